/** Puts a LoRA adapter on running vLLM servers as a model of its own, and takes it away again. */

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../../../base/errors.js";
import { hashFile, hashValue } from "../../../base/hash.js";
import type { RunningModel } from "../../../checkpoints/find/server-spec.js";
import { ADAPTER_CONFIG } from "../../../checkpoints/files/adapter-folder.js";
import { ADAPTER_WEIGHTS } from "../../../checkpoints/files/lora.js";
import { ServerClient } from "./client.js";
import { serverHandle, type ServerHandle } from "./handle.js";
import { findModel, offeredModels } from "./models.js";
import { openServer, type OpenedServer, type ServerOptions } from "./open-server.js";
import { ServerKey } from "./keys.js";

/** Sets the digits of the adapter's hash in the name that it gets there. */
const DIGITS = 12;

/**
 * Returns a handle of the base's servers that answers for the adapter: opening it loads the adapter under a name made
 * of its content, closing it unloads what this loaded.
 * @param folder the adapter's; servers read it themselves, so they have to see it under the same path
 */
export function servedAdapter(base: RunningModel, folder: string, options: ServerOptions): ServerHandle<OpenedServer> {
  const { urls } = base;
  const { waitSeconds, tell, signal } = options;
  const withClient = async <T>(act: (client: ServerClient) => Promise<T>): Promise<T> => {
    const client = new ServerClient({
      urls,
      key: ServerKey.of(base.kind),
      waitSeconds: waitSeconds ?? 5,
      tell,
      signal,
    });
    try {
      return await act(client);
    } finally {
      client.close();
    }
  };
  let loaded: { readonly name: string; readonly urls: readonly string[] } | undefined;
  const start = async () => {
    const name = await adapterName(folder);
    await withClient(async (client) => {
      for (const url of urls) {
        const { model } = await findModel(client, base.model, url);
        if ((await offeredModels(client, url)).some(({ id, parent }) => id === name && parent === model.id)) continue;
        await load(client, url, name, folder);
        loaded = { name, urls: [...(loaded?.urls ?? []), url] };
      }
    });
    return openServer({ ...base, model: name }, { ...options, servesAdapters: true });
  };
  const end = async () => {
    const last = loaded;
    loaded = undefined;
    if (last === undefined) return;
    const unload = async (client: ServerClient, url: string) => {
      const { status, said } = await client.command("/v1/unload_lora_adapter", { lora_name: last.name }, url);
      if (status !== 200) tell(`${url} keeps the adapter ${last.name}: it answers ${status}: ${said}`);
    };
    // A server that is gone has no adapter either.
    await withClient((client) => Promise.all(last.urls.map((url) => unload(client, url)))).catch(() => undefined);
  };
  return serverHandle(hashValue({ base, folder }), start, end);
}

/**
 * Returns what an adapter is called on servers: a name made of its content.
 * @throws UserError where the adapter's files are not there
 */
export async function adapterName(folder: string): Promise<string> {
  const weights = ADAPTER_WEIGHTS.find((name) => existsSync(join(folder, name)));
  if (weights === undefined || !existsSync(join(folder, ADAPTER_CONFIG)))
    throw new UserError(`${folder}: no LoRA adapter (${ADAPTER_CONFIG} and ${ADAPTER_WEIGHTS.join(" or ")})`);
  const hashes = await Promise.all([ADAPTER_CONFIG, weights].map((name) => hashFile(join(folder, name))));
  return `${basename(folder)}-${hashValue(hashes).slice(0, DIGITS)}`;
}

async function load(client: ServerClient, url: string, name: string, folder: string): Promise<void> {
  const { status, said } = await client.command("/v1/load_lora_adapter", { lora_name: name, lora_path: folder }, url);
  if (status === 200) return;
  const start = "--enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment";
  const isUnknown = status === 405 || (status === 404 && /"detail": ?"Not Found"/i.test(said));
  const cause = isUnknown
    ? `it loads none while it runs, unless it was started with ${start}`
    : `it answers ${status}: ${said}; it reads adapters itself, under the same path, up to the rank of --max-lora-rank, and needs ${start}`;
  throw new UserError(
    `${url} does not load the adapter ${folder}: ${cause}; an adapter that it serves already is vllm:${url}#NAME`,
  );
}
