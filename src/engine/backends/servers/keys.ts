/** Handles the keys of servers: read from the environment, sent in one header, and never shown. */

import type { ServerKind } from "../../../checkpoints/find/server-spec.js";

/** Names the variables that may hold a key; the first that is set counts. */
export const SERVER_KEYS: Readonly<Record<ServerKind, readonly string[]>> = {
  vllm: ["AMURO_EVAL_SERVER_KEY", "VLLM_API_KEY"],
  sglang: ["AMURO_EVAL_SERVER_KEY", "SGLANG_API_KEY"],
  llamacpp: ["AMURO_EVAL_SERVER_KEY", "LLAMA_API_KEY"],
  openai: ["AMURO_EVAL_SERVER_KEY", "OPENAI_API_KEY"],
};

export class ServerKey {
  private constructor(
    private readonly key: string | undefined,
    /** Names of the variables that were looked at. */
    readonly variables: readonly string[],
  ) {}

  static of(kind: ServerKind, environment: NodeJS.ProcessEnv = process.env): ServerKey {
    const variables = SERVER_KEYS[kind];
    const key = variables.map((name) => environment[name]?.trim()).find((value) => value !== undefined && value !== "");
    return new ServerKey(key, variables);
  }

  get headers(): Readonly<Record<string, string>> {
    return this.key === undefined ? {} : { authorization: `Bearer ${this.key}` };
  }

  /** Returns a text of a server, without the key or a part of it that the server quotes. */
  hide(text: string): string {
    const { key } = this;
    if (key === undefined) return text;
    const parts = [key, ...(key.length >= 16 ? [key.slice(0, 8), key.slice(-8)] : [])];
    return parts.reduce((hidden, part) => hidden.replaceAll(part, "***"), text);
  }

  toJSON(): string {
    return "***";
  }
}
