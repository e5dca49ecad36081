/** Asks a vLLM server. */

import type { Draw } from "../backend.js";
import { compileSchema } from "../../../base/validation.js";
import { UserError } from "../../../base/errors.js";
import {
  arrayOf,
  generatedIds,
  INTEGER,
  mapOf,
  NUMBER_OR_NULL,
  objectOf,
  reader,
  STRING,
  tokenScore,
  tokenized,
} from "./answers.js";
import { BadAnswer, RequestRefused, type ServerClient } from "./client.js";
import { ALL_TOKENS, type Asked, type Dialect, type Generated, type Question, type ServerAbout, type TokenScore } from "./dialect.js"; // prettier-ignore
import { findModel } from "./models.js";
import { packPrefixes, prefixesOf } from "./prefixes.js";

/** Limits the token ids whose log-probabilities one request may ask for. */
const MOST_CHOSEN = 128;
const MOST_PROMPTS = 32;
/**
 * Sets the tokens of a block of the cache on a GPU: what a prefix that is there may have to compute again. On a CPU it
 * is 128.
 */
const USUAL_BLOCK = 16;
/**
 * Sets the tokens of a prompt whose cached part tells the size of a block: no power of two up to 128 divides another's
 * part.
 */
const BLOCK_PROBE = 250;
/** Sets how many of the most likely tokens a server shows unless it was started with --max-logprobs. */
const TOP = 20;
/** Sets the size up to which a vocabulary is read whole when a server is examined. */
const SMALL_VOCABULARY = 4096;

/** Holds the sampling options that a model's generation_config.json may set, set to what changes nothing. */
const PLAIN = {
  temperature: 0,
  seed: 0,
  repetition_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  min_tokens: 0,
};

interface Completion {
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string | null;
    readonly token_ids?: readonly number[] | null;
    readonly logprobs?: {
      readonly tokens: readonly string[];
      readonly token_logprobs: readonly (number | null)[];
      readonly top_logprobs?: readonly (Readonly<Record<string, number | null>> | null)[] | null;
    } | null;
    readonly prompt_logprobs?:
      readonly (Readonly<Record<string, { logprob: number | null; rank: number | null }>> | null)[] | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
  };
}

const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });

const completion = reader(
  compileSchema<Completion>(
    objectOf(
      {
        model: STRING,
        choices: arrayOf(
          objectOf(
            { index: INTEGER, finish_reason: { type: ["string", "null"] } },
            {
              token_ids: nullable(arrayOf(INTEGER)),
              logprobs: nullable(
                objectOf(
                  { tokens: arrayOf(STRING), token_logprobs: arrayOf(NUMBER_OR_NULL) },
                  { top_logprobs: nullable(arrayOf(nullable(mapOf(NUMBER_OR_NULL)))) },
                ),
              ),
              prompt_logprobs: nullable(
                arrayOf(nullable(mapOf(objectOf({ logprob: NUMBER_OR_NULL, rank: { type: ["integer", "null"] } })))),
              ),
            },
          ),
        ),
      },
      { usage: nullable(objectOf({ prompt_tokens: INTEGER })) },
    ),
  ),
);

const version = reader(compileSchema<{ version: string }>(objectOf({ version: STRING })));

export class Vllm implements Dialect {
  readonly kind = "vllm";
  readonly advice = "start it with --logprobs-mode raw_logprobs, which is vLLM's default, and without a proxy in front";
  readonly resumes = true;
  shape = "";
  /** Whether log-probabilities of chosen ids are given, and those of the prompt. */
  private chosen = false;
  private prompt = false;
  private block = USUAL_BLOCK;

  /** @param hasAdapters prompts in an array end a server that serves adapters, so one is asked at a time */
  constructor(private hasAdapters = false) {}

  windowOf(contextLength: number): number {
    return contextLength - 1;
  }

  async about(client: ServerClient, name: string | undefined, url: string): Promise<ServerAbout> {
    const says = await client.get("/version", url);
    if (says === undefined) {
      throw new UserError(
        `${url}: no vLLM server (it has no /version); other kinds are sglang:, llamacpp: and openai:`,
      );
    }
    const { model, all } = await findModel(client, name, url);
    this.hasAdapters ||= all.some(({ parent }) => parent !== undefined);
    return {
      engine: "vllm", version: version(says).version, model: model.id, root: model.root, parent: model.parent,
      contextLength: model.contextLength, vocabSize: undefined, dtype: undefined, parameters: undefined, flags: {},
      slots: undefined,
    }; // prettier-ignore
  }

  async tokenize(client: ServerClient, { model }: ServerAbout, text: string): Promise<readonly number[] | undefined> {
    const answer = await client.ask("/tokenize", { model, prompt: text, add_special_tokens: false });
    return answer === undefined ? undefined : tokenized(answer).tokens;
  }

  async prepare(client: ServerClient, about: ServerAbout, tokens: readonly number[]): Promise<string | undefined> {
    const [context, next] = [tokens.slice(0, -1), tokens.slice(-1)];
    const question = { context, continuations: [{ tokens: next }] };
    const seen: string[] = [];
    for (const way of ["chosen", "prompt"] as const) {
      try {
        if (way === "chosen") await this.byPrefixes(client, about, question, { affinity: 0 });
        else await this.byPrompts(client, about, question, { affinity: 0 });
        this[way] = true;
      } catch (error) {
        if (!(error instanceof BadAnswer || error instanceof RequestRefused)) throw error;
        seen.push(error.message);
      }
    }
    if (this.chosen && this.prompt) await this.measureBlock(client, about, tokens);
    this.shape = this.chosen
      ? "log-probabilities of chosen ids after each prefix, prompts in the cache"
      : "log-probabilities of the prompt";
    return this.chosen || this.prompt ? undefined : seen.join("; ");
  }

  score(client: ServerClient, about: ServerAbout, question: Question, asked: Asked): Promise<TokenScore[][]> {
    const { context, continuations } = question;
    const longest = context.length + Math.max(...continuations.map((one) => one.tokens.length));
    const fits = longest < (about.contextLength ?? Infinity);
    const whole = this.prompt && fits && !this.hasAdapters && this.isShorterWhole(question);
    return whole || !this.chosen
      ? this.byPrompts(client, about, question, asked)
      : this.byPrefixes(client, about, question, asked);
  }

  /**
   * Tells whether whole prompts take fewer tokens than prefixes: prompt log-probabilities compute every prompt whole;
   * prefixes at most a block each, once the context is known.
   */
  private isShorterWhole(question: Question): boolean {
    return prefixesOf(question).length * this.block >= question.continuations.length * question.context.length;
  }

  /** Asks for one prompt twice: the second time the cache holds its whole blocks, where the server tells of it. */
  private async measureBlock(client: ServerClient, about: ServerAbout, tokens: readonly number[]): Promise<void> {
    if ((about.contextLength ?? 0) <= BLOCK_PROBE) return;
    const prompt = Array.from({ length: BLOCK_PROBE }, (_, i) => tokens[i % tokens.length] as number);
    let cached = 0;
    for (let i = 0; i < 2; i++) {
      const onTokens = (computed: number) => (cached = BLOCK_PROBE - computed);
      await this.complete(client, about, [prompt], {}, { affinity: 0, onTokens }, () => [undefined]);
    }
    const block = cached & -cached;
    if (block >= 8 && block <= 128) this.block = block;
  }

  private async byPrefixes(
    client: ServerClient,
    about: ServerAbout,
    question: Question,
    asked: Asked,
  ): Promise<TokenScore[][]> {
    const scores = question.continuations.map(({ tokens }) => new Array<TokenScore>(tokens.length));
    for (const parts of packPrefixes(prefixesOf(question), MOST_CHOSEN, this.hasAdapters ? 1 : MOST_PROMPTS)) {
      const union = [...new Set(parts.flatMap(({ tokens }) => tokens))];
      const prompts = parts.map(({ prefix }) => prefix.ids);
      const more = { logprobs: 1, logprob_token_ids: union };
      const found = await this.complete(client, about, prompts, more, asked, (choices) =>
        choices.map(({ logprobs }, i) => {
          const best = logprobs?.token_logprobs[0];
          const { tokens } = parts[i] as (typeof parts)[number];
          return tokens.map((token) => tokenScore(logprobs?.top_logprobs?.[0]?.[`token_id:${token}`], best));
        }),
      );
      parts.forEach(({ prefix, tokens }, i) => {
        tokens.forEach((token, t) => {
          for (const { continuation, place } of prefix.wanted.get(token) ?? [])
            (scores[continuation] as TokenScore[])[place] = (found[i] as TokenScore[])[t] as TokenScore;
        });
      });
    }
    return scores;
  }

  private async byPrompts(
    client: ServerClient,
    about: ServerAbout,
    { context, continuations }: Question,
    asked: Asked,
  ): Promise<TokenScore[][]> {
    const size = this.hasAdapters ? 1 : MOST_PROMPTS;
    const scores: TokenScore[][] = [];
    for (let from = 0; from < continuations.length; from += size) {
      const part = continuations.slice(from, from + size);
      const prompts = part.map(({ tokens }) => [...context, ...tokens]);
      scores.push(
        ...(await this.complete(client, about, prompts, { prompt_logprobs: 1 }, asked, (choices) =>
          choices.map(({ prompt_logprobs: places }, i) => {
            if (places?.length !== prompts[i]?.length)
              throw new BadAnswer("an answer without the prompt's log-probabilities");
            return (part[i] as (typeof part)[number]).tokens.map((token, t) => {
              const here = places?.[context.length + t];
              const best = Object.values(here ?? {}).find(({ rank }) => rank === 1);
              return tokenScore(here?.[String(token)]?.logprob, best?.logprob);
            });
          }),
        )),
      );
    }
    return scores;
  }

  async distribution(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    asked: Asked,
  ): Promise<ReadonlyMap<number, number> | undefined> {
    const { vocabSize } = about;
    if (!this.chosen || vocabSize === undefined || vocabSize > SMALL_VOCABULARY) {
      const [top] = await this.complete(client, about, [context], { logprobs: TOP }, asked, (choices) =>
        choices.map(
          ({ logprobs }) =>
            new Map(
              Object.entries(logprobs?.top_logprobs?.[0] ?? {}).map(([name, value]) => [
                Number(name.split(":")[1]),
                tokenScore(value, value).logprob,
              ]),
            ),
        ),
      );
      return top;
    }
    const all = Array.from({ length: vocabSize }, (_, id) => ({ tokens: [id] }));
    const scores = await this.byPrefixes(client, about, { context, continuations: all }, asked);
    return new Map(scores.map(([score], id) => [id, (score as TokenScore).logprob]));
  }

  async generate(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    maxNewTokens: number,
    asked: Asked,
    draw?: Draw,
  ): Promise<Generated> {
    const more = {
      max_tokens: maxNewTokens,
      logprobs: 0,
      return_token_ids: true,
      ...(draw && { ...ALL_TOKENS, ...draw }),
    };
    const [generated] = await this.complete(client, about, [context], more, asked, ([choice]) => {
      const { finish_reason, token_ids, logprobs } = choice as Completion["choices"][number];
      const ids = token_ids ?? logprobs?.tokens.map((name) => Number(/^token_id:(\d+)$/.exec(name)?.[1]));
      return [generatedIds(ids, finish_reason === "stop", maxNewTokens)];
    });
    return generated as Generated;
  }

  /** Sends one request for all prompts; the answers come in their order. */
  private complete<T>(
    client: ServerClient,
    { model }: ServerAbout,
    prompts: readonly (readonly number[])[],
    more: object,
    asked: Asked,
    read: (choices: Completion["choices"]) => T[],
  ): Promise<T[]> {
    const tokens = prompts.reduce((sum, { length }) => sum + length, 0);
    const prompt = prompts.length === 1 ? prompts[0] : prompts;
    const body = { model, prompt, max_tokens: 1, ...PLAIN, return_tokens_as_token_ids: true, ...more };
    return client.post("/v1/completions", body, {
      tokens,
      ...asked,
      read: (answer) => {
        const { choices, usage, model: answering } = completion(answer);
        if (answering !== model) throw new BadAnswer(`an answer of the model ${answering}, not of ${model}`);
        const ordered = prompts.map((_, i) => {
          const choice = choices.find(({ index }) => index === i);
          if (choice === undefined) throw new BadAnswer(`${choices.length} answers for ${prompts.length} prompts`);
          return choice;
        });
        const result = read(ordered);
        client.count(asked, tokens, tokens - (usage?.prompt_tokens_details?.cached_tokens ?? 0));
        return result;
      },
    });
  }
}
