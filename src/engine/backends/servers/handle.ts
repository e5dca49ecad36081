/** A model behind servers that is opened when it is first needed, and opened again after it was closed. */

import { hashValue } from "../../../base/hash.js";
import { openServer, type OpenedServer } from "./open-server.js";
import { ServerBackend } from "./server-backend.js";

/** What a study knows of a served model. */
export interface ServerHandle {
  /** Tells models apart. */
  readonly key: string;
  /** True where opening starts a server: it is opened when its turn comes. */
  readonly isStarted?: boolean;
  open(): Promise<OpenedServer>;
  /** Gives up what is open; the server itself, where it was started for this. */
  close(): Promise<void>;
}

/**
 * @param start opens the server
 * @param end called after each closing
 */
export function serverHandle(
  key: string,
  start: () => Promise<OpenedServer>,
  end: () => Promise<void> = () => Promise.resolve(),
): ServerHandle {
  let opened: Promise<OpenedServer> | undefined;
  return {
    key,
    open: () => {
      opened ??= start().catch(async (error: unknown) => {
        opened = undefined;
        await end();
        throw error;
      });
      return opened;
    },
    close: async () => {
      const open = opened;
      opened = undefined;
      const server = await open?.catch(() => undefined);
      server?.served.client.close();
      await end();
    },
  };
}

/** A handle of servers that run already. */
export function runningServer(...options: Parameters<typeof openServer>): ServerHandle {
  return serverHandle(hashValue(options[0]), () => openServer(...options));
}

/** A backend over a handle's server; closing it closes the handle. */
export async function serverBackend(handle: ServerHandle): Promise<ServerBackend> {
  const { served, window, eosIds } = await handle.open();
  return new ServerBackend(served, window, eosIds, () => handle.close());
}
