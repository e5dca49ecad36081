/** Provides a model behind a server of this machine, opened as a study opens it. */

import { serverHandle, type ServerHandle } from "../../src/engine/backends/servers/handle.js";
import { openServer, type OpenedServer, type ServerOptions } from "../../src/engine/backends/servers/open-server.js";
import { ServerBackend } from "../../src/engine/backends/servers/server-backend.js";
import type { ModelServer } from "./model-server.js";

export interface Served {
  readonly opened: OpenedServer;
  readonly backend: ServerBackend;
  /** Lines that the user would see. */
  readonly told: string[];
}

/** @param more servers of the same pool */
export async function openServed(
  server: ModelServer,
  options: Partial<ServerOptions> & { readonly folder?: string; readonly model?: string } = {},
  ...more: ModelServer[]
): Promise<Served> {
  const { kind, folder: own } = server.options;
  const { folder = own, model, ...others } = options;
  const told: string[] = [];
  const opened = await openServer(
    { kind, urls: [server, ...more].map(({ url }) => url), model },
    {
      tell: (line) => told.push(line),
      findTokenizer: () => Promise.resolve({ folder, tokenizerFolder: folder }),
      waitSeconds: 20,
      ...others,
    },
  );
  const backend = new ServerBackend(opened.served, opened.window, opened.eosIds, () => Promise.resolve());
  return { opened, backend, told };
}

/** Returns a handle on it. */
export function handleOf(server: ModelServer): ServerHandle {
  return serverHandle(server.url, async () => (await openServed(server)).opened);
}
