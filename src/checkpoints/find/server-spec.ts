/**
 * Specs of models behind inference servers: `vllm:http://HOST:8000#MODEL`, or a checkpoint that a server is started
 * for.
 */

import { didYouMean, UsageError } from "../../base/errors.js";

export const SERVER_KINDS = ["vllm", "sglang", "llamacpp", "openai"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** Describes a model that servers offer already; several addresses are a pool that serves the same model. */
export interface RunningModel {
  readonly kind: ServerKind;
  /** Without a slash at the end. */
  readonly urls: readonly string[];
  /** Name among those the server offers; undefined where it offers one. */
  readonly model: string | undefined;
}

/** Describes a checkpoint that a server has to be started for. */
export interface ModelToServe {
  readonly kind: Exclude<ServerKind, "openai">;
  /** A spec of a checkpoint, or the path of a GGUF file. */
  readonly checkpoint: string;
}

/** @returns true where a spec names a kind of server first */
export function isServerSpec(spec: string): boolean {
  return kindOf(spec) !== undefined;
}

/**
 * Takes a spec apart that begins with a kind of server.
 * @returns undefined for any other spec
 * @throws UsageError where an address is none, or holds a password
 */
export function parseServerSpec(spec: string): RunningModel | ModelToServe | undefined {
  const kind = kindOf(spec);
  if (kind === undefined) return undefined;
  const rest = spec.slice(kind.length + 1);
  if (!/^https?:/i.test(rest)) {
    if (rest === "") throw new UsageError(`${spec}: give an address, such as ${kind}:http://127.0.0.1:8000`);
    if (kind === "openai") throw new UsageError(`${spec}: give an address, such as openai:https://HOST/v1`);
    return { kind, checkpoint: rest };
  }
  const hash = rest.indexOf("#");
  const addresses = hash < 0 ? rest : rest.slice(0, hash);
  const model = hash < 0 ? undefined : rest.slice(hash + 1);
  if (model === "") throw new UsageError(`${spec}: nothing follows the #; name a model of the server`);
  return { kind, urls: addresses.split(",").map((address) => urlOf(address, spec)), model };
}

/** Returns the items of a comma list in which addresses of one pool were cut apart, with each pool in one item. */
export function joinPools(items: readonly string[]): string[] {
  const joined: string[] = [];
  for (const item of items) {
    const before = joined.at(-1);
    if (before !== undefined && /^https?:\/\//i.test(item) && isServerSpec(before.replace(/^[\w.@+-]+=/, "")))
      joined[joined.length - 1] = `${before},${item}`;
    else joined.push(item);
  }
  return joined;
}

function kindOf(spec: string): ServerKind | undefined {
  const name = /^([a-z.-]+):/.exec(spec)?.[1];
  const kind = SERVER_KINDS.find((known) => known === name);
  if (kind === undefined && name !== undefined && /^[a-z.-]+:https?:/.test(spec))
    throw new UsageError(`${spec}: no kind of server is called "${name}"${didYouMean(name, SERVER_KINDS)}`);
  return kind;
}

function urlOf(address: string, spec: string): string {
  let url: URL;
  try {
    url = new URL(address.trim());
  } catch {
    throw new UsageError(`${spec}: "${address}" is no address; give http://HOST:PORT`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      `the address of ${url.host} holds a name or password; keys of servers come from the environment (AMURO_EVAL_SERVER_KEY)`,
    );
  }
  if (url.search !== "") throw new UsageError(`${spec}: an address of a server has no "?"`);
  // What follows the /v1 of OpenAI-like services is added by each request.
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "").replace(/\/v1$/, "");
}
