/** Asks a llama.cpp server. */

import type { Draw } from "../backend.js";
import { compileSchema } from "../../../base/validation.js";
import { UserError } from "../../../base/errors.js";
import {
  arrayOf,
  INTEGER,
  NUMBER,
  NUMBER_OR_NULL,
  objectOf,
  reader,
  STRING,
  tokenScore,
  tokenized,
} from "./answers.js";
import { BadAnswer, RequestRefused, type ServerClient } from "./client.js";
import type { Asked, Dialect, Generated, Question, ServerAbout, TokenScore } from "./dialect.js";
import { findModel } from "./models.js";
import { prefixesOf } from "./prefixes.js";

/** Labels of one token each beyond which one answer with the whole vocabulary is smaller than an answer for each. */
const MANY_LABELS = 8;

/** Holds the sampling options that start flags may set, set to what changes nothing. */
const PLAIN = {
  temperature: 0, seed: 0, repeat_penalty: 1, presence_penalty: 0, frequency_penalty: 0, dry_multiplier: 0,
  post_sampling_probs: false, cache_prompt: true,
}; // prettier-ignore

/** Lets every token be drawn: the server's defaults keep only the likeliest. */
const ALL_TOKENS = { top_k: 0, top_p: 1, min_p: 0, typical_p: 1, xtc_probability: 0, dynatemp_range: 0, mirostat: 0 };

interface Probability {
  readonly id: number;
  readonly logprob: number | null;
}

interface Completion {
  readonly tokens?: readonly number[];
  readonly stop_type?: string;
  readonly completion_probabilities?: readonly (Probability & { readonly top_logprobs: readonly Probability[] })[];
  readonly tokens_evaluated: number;
  readonly timings?: { readonly cache_n?: number; readonly prompt_n?: number };
}

const probability = { id: INTEGER, logprob: NUMBER_OR_NULL };
const completion = reader(
  compileSchema<Completion>(
    objectOf(
      { tokens_evaluated: INTEGER },
      {
        tokens: arrayOf(INTEGER),
        stop_type: STRING,
        completion_probabilities: arrayOf(objectOf({ ...probability, top_logprobs: arrayOf(objectOf(probability)) })),
        timings: objectOf({}, { cache_n: NUMBER, prompt_n: NUMBER }),
      },
    ),
  ),
);

interface Props {
  readonly total_slots: number;
  readonly model_path?: string;
  readonly model_ftype?: string;
  readonly build_info?: string;
  readonly default_generation_settings: { readonly n_ctx: number };
}

const props = reader(
  compileSchema<Props>(
    objectOf(
      { total_slots: INTEGER, default_generation_settings: objectOf({ n_ctx: INTEGER }) },
      { model_path: STRING, model_ftype: STRING, build_info: STRING },
    ),
  ),
);

export class LlamaCpp implements Dialect {
  readonly kind = "llamacpp";
  readonly advice = "start llama-server with -fa off for log-probabilities in f32, and without a proxy in front";
  readonly resumes = true;
  shape = "";
  /** Whether a grammar of token ids is understood. */
  private grammar = false;
  /** A token that is a whole character, for the places where a part of one stands. */
  private wholeToken = 0;

  windowOf(contextLength: number): number {
    return contextLength - 1;
  }

  async about(client: ServerClient, name: string | undefined, url: string): Promise<ServerAbout> {
    const says = await client.get("/props", url);
    if (says === undefined) {
      throw new UserError(`${url}: no llama.cpp server (it has no /props); other kinds are vllm:, sglang: and openai:`);
    }
    const { total_slots: slots, default_generation_settings: settings, model_path: root, ...about } = props(says);
    const { model } = await findModel(client, name, url);
    const number = (key: string) => (typeof model.meta[key] === "number" ? model.meta[key] : undefined);
    return {
      engine: "llama.cpp",
      version: about.build_info ?? "unknown",
      model: model.id,
      root,
      parent: undefined,
      contextLength: settings.n_ctx,
      vocabSize: number("n_vocab"),
      dtype: about.model_ftype ?? (model.meta["ftype"] as string | undefined),
      parameters: number("n_params"),
      flags: {},
      slots,
    };
  }

  async tokenize(client: ServerClient, _about: ServerAbout, text: string): Promise<readonly number[] | undefined> {
    const answer = await client.ask("/tokenize", { content: text, add_special: false, parse_special: false });
    return answer === undefined ? undefined : tokenized(answer).tokens;
  }

  async prepare(client: ServerClient, about: ServerAbout, tokens: readonly number[]): Promise<string | undefined> {
    this.wholeToken = tokens.at(-1) as number;
    const [context, next] = [tokens.slice(0, -2), tokens.slice(-2)];
    const asked = { affinity: 0 };
    try {
      await this.forced(client, context, next, asked);
      this.grammar = true;
      this.shape = "continuations forced by a grammar of token ids";
      return undefined;
    } catch (error) {
      if (!(error instanceof BadAnswer || error instanceof RequestRefused)) throw error;
      this.shape = "one token after the other, read from the whole vocabulary";
      try {
        await this.afterContext(client, about, context, next, asked);
        return undefined;
      } catch (cause) {
        if (!(cause instanceof BadAnswer || cause instanceof RequestRefused)) throw cause;
        return `${error.message}; ${cause.message}`;
      }
    }
  }

  async score(client: ServerClient, about: ServerAbout, question: Question, asked: Asked): Promise<TokenScore[][]> {
    const { context, continuations } = question;
    const areLabels = continuations.every(({ tokens }) => tokens.length === 1);
    if (areLabels && continuations.length > MANY_LABELS) {
      const labels = continuations.map(({ tokens }) => tokens[0] as number);
      return (await this.afterContext(client, about, context, labels, asked)).map((score) => [score]);
    }
    const scores: TokenScore[][] = [];
    for (const { tokens } of continuations) {
      const forced = this.grammar ? await this.forced(client, context, tokens, asked) : undefined;
      scores.push(forced ?? (await this.stepByStep(client, about, { context, continuations: [{ tokens }] }, asked)));
    }
    return scores;
  }

  async distribution(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    asked: Asked,
  ): Promise<ReadonlyMap<number, number> | undefined> {
    const top = await this.vocabularyAfter(client, about, context, asked);
    return new Map(top.map(({ id, logprob }) => [id, tokenScore(logprob, logprob).logprob]));
  }

  /** @returns undefined where the tokens cannot be forced, as some are parts of a character */
  private async forced(
    client: ServerClient,
    context: readonly number[],
    tokens: readonly number[],
    asked: Asked,
  ): Promise<TokenScore[] | undefined> {
    const grammar = `root ::= ${tokens.map((id) => `<[${id}]>`).join(" ")}`;
    try {
      return await this.complete(
        client,
        context,
        { n_predict: tokens.length, n_probs: 1, grammar },
        asked,
        (answer) => {
          const found = answer.completion_probabilities ?? [];
          // The server leaves out tokens that are parts of a character, and says so in no other way.
          if (found.length < tokens.length && this.grammar) return undefined;
          return tokens.map((token, i) => {
            const here = found[i];
            if (here?.id !== token)
              throw new BadAnswer(`token ${String(here?.id)} where the grammar allows ${token} alone`);
            return tokenScore(here.logprob, here.top_logprobs[0]?.logprob);
          });
        },
      );
    } catch (error) {
      if (this.grammar && error instanceof RequestRefused && /grammar/i.test(error.answer)) return undefined;
      throw error;
    }
  }

  private async stepByStep(
    client: ServerClient,
    about: ServerAbout,
    question: Question,
    asked: Asked,
  ): Promise<TokenScore[]> {
    const scores: TokenScore[] = [];
    for (const { ids, wanted } of prefixesOf(question)) {
      const [score] = await this.afterContext(client, about, ids, [...wanted.keys()], asked);
      scores.push(score as TokenScore);
    }
    return scores;
  }

  /** Scores of several tokens in one place. */
  private async afterContext(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    tokens: readonly number[],
    asked: Asked,
  ): Promise<TokenScore[]> {
    const top = await this.vocabularyAfter(client, about, context, asked);
    const byId = new Map(top.map(({ id, logprob }) => [id, logprob]));
    return tokens.map((token) => tokenScore(byId.get(token), top[0]?.logprob));
  }

  /** Returns the whole vocabulary, most likely first. The bias moves what is sampled, not what is told of it. */
  private vocabularyAfter(
    client: ServerClient,
    { vocabSize = 1e6 }: ServerAbout,
    context: readonly number[],
    asked: Asked,
  ): Promise<readonly Probability[]> {
    const more = { n_predict: 1, n_probs: vocabSize, logit_bias: [[this.wholeToken, 1e5]] };
    return this.complete(client, context, more, asked, ({ completion_probabilities: found }) => {
      const top = found?.[0]?.top_logprobs;
      if (top === undefined) throw new BadAnswer("an answer without log-probabilities");
      return top;
    });
  }

  async generate(
    client: ServerClient,
    _about: ServerAbout,
    context: readonly number[],
    maxNewTokens: number,
    asked: Asked,
    draw?: Draw,
  ): Promise<Generated> {
    const more = { n_predict: maxNewTokens, return_tokens: true, ...(draw && { ...ALL_TOKENS, ...draw }) };
    return this.complete(client, context, more, asked, (answer) => {
      const { tokens: ids, stop_type: stop } = answer;
      if (ids === undefined) throw new BadAnswer("an answer without ids of its tokens");
      const ended = stop === "eos";
      if (!ended && ids.length < maxNewTokens)
        throw new BadAnswer(`${ids.length} new tokens where ${maxNewTokens} were asked for`);
      return { ids, ended };
    });
  }

  private complete<T>(
    client: ServerClient,
    prompt: readonly number[],
    more: object,
    asked: Asked,
    read: (answer: Completion) => T,
  ): Promise<T> {
    return client.post(
      "/completion",
      { prompt, ...PLAIN, ...more },
      {
        tokens: prompt.length,
        final: /grammar/i,
        ...asked,
        read: (answer) => {
          const about = completion(answer);
          if (about.tokens_evaluated !== prompt.length)
            throw new BadAnswer(`${about.tokens_evaluated} tokens were read where ${prompt.length} were sent`);
          const result = read(about);
          client.count(asked, prompt.length, about.timings?.prompt_n ?? prompt.length);
          return result;
        },
      },
    );
  }
}
