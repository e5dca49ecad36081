/** Says what each kind of server has to be able to do, and the words in which it is asked. */

import type { ServerKind } from "../../../checkpoints/find/server-spec.js";
import type { Draw } from "../backend.js";
import type { ServerClient } from "./client.js";

/**
 * Lets every token be drawn, whatever the model's generation_config.json says: the words of vLLM and SGLang.
 */
export const ALL_TOKENS = { top_p: 1, top_k: -1, min_p: 0 } as const;

/** Holds a context and what may follow it. */
export interface Question {
  /** Never empty. */
  readonly context: readonly number[];
  readonly continuations: readonly Continuation[];
}

export interface Continuation {
  /** Never empty. */
  readonly tokens: readonly number[];
}

/** Holds the log-probabilities, in nats, of a token and of the most likely one in its place. */
export interface TokenScore {
  readonly logprob: number;
  readonly best: number;
}

/** Holds what a server says of itself and of the model. */
export interface ServerAbout {
  readonly engine: string;
  readonly version: string;
  /** The model's name at the server. */
  readonly model: string;
  /** What the model was loaded from, where the server says so. */
  readonly root: string | undefined;
  /** Base of an adapter. */
  readonly parent: string | undefined;
  /** Tokens that a prompt and its answer may have together. */
  readonly contextLength: number | undefined;
  readonly vocabSize: number | undefined;
  readonly dtype: string | undefined;
  readonly parameters: number | undefined;
  /** Everything else that may move a score. */
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  /** Requests that it works on at a time, where the server says so. */
  readonly slots: number | undefined;
}

export interface Asked {
  /** Requests of one number share their beginning; they go to one address. */
  readonly affinity: number;
  /** The one address to ask. */
  readonly only?: string | undefined;
  /** Told of the tokens that an answer had to compute. */
  readonly onTokens?: ((computed: number) => void) | undefined;
}

export interface Generated {
  readonly ids: readonly number[];
  /** True where the model ended its answer. */
  readonly ended: boolean;
}

/** Turns ids into text and text into ids, for servers that take no ids. */
export interface Codec {
  decode(ids: readonly number[]): string;
  encode(text: string): readonly number[];
}

/** Describes a kind of server. */
export interface Dialect {
  readonly kind: ServerKind;
  /** Start flag that makes scoring possible or exact, for messages. */
  readonly advice: string;
  /** How continuations are asked for, in a few words; set by `prepare`. */
  readonly shape: string;
  /** True where a continuation of its own answer is the answer's continuation: ids go both ways. */
  readonly resumes: boolean;
  /** Longest sequence that can be scored, of a context length. */
  windowOf(contextLength: number): number;
  /** Told of the tokenizer before anything is generated. */
  useTokenizer?(codec: Codec): void;
  /**
   * Finds the model.
   * @param name as the spec gives it; undefined where there is but one
   * @throws UserError where it is no such server, or has no such model
   */
  about(client: ServerClient, name: string | undefined, url: string): Promise<ServerAbout>;
  /** Token ids of a text without special tokens around it; undefined where the server has no tokenizer to ask. */
  tokenize(client: ServerClient, about: ServerAbout, text: string): Promise<readonly number[] | undefined>;
  /**
   * Finds out by asking which requests give log-probabilities of given tokens.
   * @returns undefined when it works; else what was seen
   */
  prepare(client: ServerClient, about: ServerAbout, tokens: readonly number[]): Promise<string | undefined>;
  /** @returns a score for each token of each continuation */
  score(client: ServerClient, about: ServerAbout, question: Question, asked: Asked): Promise<TokenScore[][]>;
  /**
   * Log-probabilities of all tokens after a context, by id, or of as many as the server shows.
   * @returns undefined where it shows none
   */
  distribution(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    asked: Asked,
  ): Promise<ReadonlyMap<number, number> | undefined>;
  /** Continues a context: greedily, or by a draw. */
  generate(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    maxNewTokens: number,
    asked: Asked,
    draw?: Draw,
  ): Promise<Generated>;
}
