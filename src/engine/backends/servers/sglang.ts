/** Asks an SGLang server. */

import type { Draw } from "../backend.js";
import { compileSchema } from "../../../base/validation.js";
import { UserError } from "../../../base/errors.js";
import { arrayOf, generatedIds, INTEGER, objectOf, reader, STRING, tokenScore, tokenized } from "./answers.js";
import { BadAnswer, RequestRefused, type ServerClient } from "./client.js";
import { ALL_TOKENS, type Asked, type Dialect, type Generated, type Question, type ServerAbout, type TokenScore } from "./dialect.js"; // prettier-ignore
import { findModel } from "./models.js";

const PLAIN = { temperature: 0, repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0, min_new_tokens: 0 };
const TOP = 20;

/** Holds a log-probability, a token id and the text of the token. */
type Entry = readonly [number | null, number, ...unknown[]];

interface Answer {
  readonly output_ids?: readonly number[];
  readonly meta_info: {
    readonly prompt_tokens: number;
    readonly cached_tokens?: number;
    readonly weight_version?: string;
    readonly finish_reason?: { readonly type?: string } | null;
    readonly input_token_logprobs?: readonly Entry[];
    readonly input_top_logprobs?: readonly (readonly Entry[] | null)[];
    readonly output_token_logprobs?: readonly Entry[];
    readonly output_token_ids_logprobs?: readonly (readonly Entry[] | null)[];
    readonly output_top_logprobs?: readonly (readonly Entry[] | null)[];
  };
}

const entry = { type: "array", minItems: 2, items: { type: ["number", "string", "null"] } };
const entries = arrayOf(entry);
const lists = arrayOf({ anyOf: [entries, { type: "null" }] });
const generated = reader(
  compileSchema<Answer>(
    objectOf(
      {
        meta_info: objectOf(
          { prompt_tokens: INTEGER },
          {
            cached_tokens: INTEGER,
            weight_version: STRING,
            input_token_logprobs: entries,
            input_top_logprobs: lists,
            output_token_logprobs: entries,
            output_token_ids_logprobs: lists,
            output_top_logprobs: lists,
          },
        ),
      },
      { output_ids: arrayOf(INTEGER) },
    ),
  ),
);
const modelInfo = reader(
  compileSchema<{ model_path: string; tokenizer_path?: string; weight_version?: string }>(
    objectOf({ model_path: STRING }, { tokenizer_path: STRING, weight_version: STRING }),
  ),
);

/** Describes what is taken of /server_info, which also holds the whole configuration. */
const FLAGS = ["dtype", "quantization", "kv_cache_dtype", "attention_backend", "tp_size", "revision"] as const;

export class Sglang implements Dialect {
  readonly kind = "sglang";
  readonly advice =
    "start it with --dtype float32 for exact scores, and without a router in front that drops return_logprob";
  readonly resumes = true;
  shape = "";
  private weightVersion: string | undefined;

  /** Returns the window that a context length leaves: a prompt and its last token have to be fewer than the context. */
  windowOf(contextLength: number): number {
    return contextLength - 2;
  }

  async about(client: ServerClient, name: string | undefined, url: string): Promise<ServerAbout> {
    const says = (await client.get("/model_info", url)) ?? (await client.get("/get_model_info", url));
    if (says === undefined) {
      throw new UserError(
        `${url}: no SGLang server (it has no /model_info); other kinds are vllm:, llamacpp: and openai:`,
      );
    }
    const info = modelInfo(says);
    const { model } = await findModel(client, name, url);
    const server = ((await client.get("/server_info", url)) ??
      (await client.get("/get_server_info", url)) ??
      {}) as Record<string, unknown>;
    const flags = Object.fromEntries(
      FLAGS.flatMap((flag) => {
        const value = server[flag];
        return typeof value === "string" || typeof value === "number" ? [[flag, value]] : [];
      }),
    );
    this.weightVersion = info.weight_version;
    return {
      engine: "sglang",
      version: typeof server["version"] === "string" ? server["version"] : "unknown",
      model: model.id,
      root: info.tokenizer_path ?? info.model_path,
      parent: model.parent,
      contextLength: model.contextLength,
      vocabSize: undefined,
      dtype: typeof flags["dtype"] === "string" ? flags["dtype"] : undefined,
      parameters: undefined,
      flags: { ...flags, ...(info.weight_version === undefined ? {} : { weight_version: info.weight_version }) },
      slots: undefined,
    };
  }

  async tokenize(client: ServerClient, { model }: ServerAbout, text: string): Promise<readonly number[] | undefined> {
    const answer = await client.ask("/tokenize", { model, prompt: text, add_special_tokens: false });
    return answer === undefined ? undefined : tokenized(answer).tokens;
  }

  async prepare(client: ServerClient, about: ServerAbout, tokens: readonly number[]): Promise<string | undefined> {
    const question = { context: tokens.slice(0, -2), continuations: [{ tokens: tokens.slice(-2) }] };
    try {
      await this.score(client, about, question, { affinity: 0 });
    } catch (error) {
      if (!(error instanceof BadAnswer || error instanceof RequestRefused)) throw error;
      return error.message;
    }
    this.shape = "log-probabilities from the end of the context on";
    return undefined;
  }

  async score(
    client: ServerClient,
    about: ServerAbout,
    { context, continuations }: Question,
    asked: Asked,
  ): Promise<TokenScore[][]> {
    if (continuations.length > 1 && continuations.every(({ tokens }) => tokens.length === 1)) {
      const labels = continuations.map(({ tokens }) => tokens[0] as number);
      const scores = await this.labels(client, about, context, labels, asked);
      return scores.map((score) => [score]);
    }
    const scores: TokenScore[][] = [];
    // One after the other: together each would compute the context again.
    for (const { tokens } of continuations) scores.push(await this.continuation(client, about, context, tokens, asked));
    return scores;
  }

  private continuation(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    tokens: readonly number[],
    asked: Asked,
  ): Promise<TokenScore[]> {
    const more = { logprob_start_len: context.length - 1, top_logprobs_num: 1 };
    return this.ask(client, about, [...context, ...tokens], { max_new_tokens: 0 }, more, asked, ({ meta_info }) => {
      const { input_token_logprobs: own = [], input_top_logprobs: top = [] } = meta_info;
      // The first entry is that of the context's last token, which has none.
      if (own.length !== tokens.length + 1)
        throw new BadAnswer(`${own.length} log-probabilities of the prompt where ${tokens.length + 1} were asked for`);
      return tokens.map((token, t) => {
        const [logprob, id] = own[t + 1] as Entry;
        if (id !== token)
          throw new BadAnswer(`the log-probability of token ${id} where that of ${token} was asked for`);
        return tokenScore(logprob, top[t + 1]?.[0]?.[0]);
      });
    });
  }

  private labels(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    labels: readonly number[],
    asked: Asked,
  ): Promise<TokenScore[]> {
    return this.ask(
      client,
      about,
      context,
      { max_new_tokens: 1 },
      { token_ids_logprob: labels },
      asked,
      ({ meta_info }) => {
        const { output_token_ids_logprobs: own = [], output_token_logprobs: next = [] } = meta_info;
        const byId = new Map((own[0] ?? []).map(([logprob, id]) => [id, logprob]));
        return labels.map((label) => tokenScore(byId.get(label), next[0]?.[0]));
      },
    );
  }

  distribution(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    asked: Asked,
  ): Promise<ReadonlyMap<number, number> | undefined> {
    return this.ask(
      client,
      about,
      context,
      { max_new_tokens: 1 },
      { top_logprobs_num: about.vocabSize !== undefined && about.vocabSize <= 4096 ? about.vocabSize : TOP },
      asked,
      ({ meta_info }) => {
        const top = meta_info.output_top_logprobs?.[0];
        if (top === undefined || top === null) return undefined;
        return new Map(top.map(([logprob, id]) => [id, tokenScore(logprob, logprob).logprob]));
      },
    );
  }

  generate(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    maxNewTokens: number,
    asked: Asked,
    draw?: Draw,
  ): Promise<Generated> {
    // Its servers take a seed only where they were started to be deterministic, so none is sent.
    const sampling = { max_new_tokens: maxNewTokens, ...(draw && { ...ALL_TOKENS, temperature: draw.temperature }) };
    return this.ask(client, about, context, sampling, {}, asked, ({ output_ids: ids, meta_info }) => {
      return generatedIds(ids, meta_info.finish_reason?.type === "stop", maxNewTokens);
    });
  }

  private ask<T>(
    client: ServerClient,
    { model, parent }: ServerAbout,
    ids: readonly number[],
    sampling: object,
    more: object,
    asked: Asked,
    read: (answer: Answer) => T,
  ): Promise<T> {
    const body = {
      input_ids: ids,
      sampling_params: { ...PLAIN, ...sampling },
      ...(Object.keys(more).length === 0 ? {} : { return_logprob: true, ...more }),
      // An adapter is asked for by its name.
      ...(parent === undefined ? {} : { lora_path: model }),
    };
    return client.post("/generate", body, {
      tokens: ids.length,
      ...asked,
      read: (answer) => {
        const about = generated(answer);
        const { prompt_tokens: seen, cached_tokens: cached = 0, weight_version: weights } = about.meta_info;
        if (seen !== ids.length) throw new BadAnswer(`${seen} tokens were read where ${ids.length} were sent`);
        if (this.weightVersion !== undefined && weights !== undefined && weights !== this.weightVersion)
          throw new UserError(
            `the server's weights were replaced during the run (${this.weightVersion} by ${weights})`,
          );
        const result = read(about);
        client.count(asked, ids.length, ids.length - cached);
        return result;
      },
    });
  }
}
