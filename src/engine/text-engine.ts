/** Text in, scores out: tokenizes, fits contexts into the window, batches, and puts results in request order. */

import { UserError } from "../errors.js";
import type { Backend } from "./backend.js";
import { coverPrefixes, planBatches, type Sequence } from "./batch.js";
import { conversation } from "./chat-template.js";
import { encodePair, splitPair, type EncodedPair } from "./pair.js";
import { withoutTrailingSpace, type ContextEncoder, type TextTokenizer } from "./tokenizer.js";
import type {
  Answerer, Context, ContinuationScore, Encoded, Engine, Fit, GenerateRequest, GenerateResult, Progress, ScoreRequest, ScoreResult,
} from "./types.js"; // prettier-ignore

/** Tokens of a batch, padding included: speed is flat from about 64 to 2k tokens per run and falls above 4k. */
const BATCH_TOKENS = 2048;
/** Rows of one generation batch: enough to share the reading of the weights, few enough for the key/value cache. */
const GENERATION_ROWS = 16;

/** A request's continuations as ids: several alternatives for first-token scoring, one otherwise. */
interface PreparedScore extends Fit {
  readonly contextIds: readonly number[];
  readonly pairs: readonly EncodedPair[];
  /** For first-token scoring: the ids that count for each continuation. */
  readonly firstTokens: readonly (readonly number[])[] | undefined;
}

/** A request's context, up to where the answer begins. */
interface ContextText {
  readonly text: string;
  /** White space between the text and the answer; it is scored with the answer. */
  readonly space: string;
  readonly encoder: ContextEncoder;
}

export class TextEngine implements Engine {
  readonly window: number;

  /**
   * @param batchTokens tokens of a batch, padding included
   * @param adapters by folder
   */
  constructor(
    private readonly tokenizer: TextTokenizer,
    private readonly backend: Backend,
    private readonly batchTokens = BATCH_TOKENS,
    private readonly adapters: ReadonlyMap<string, Answerer> = new Map(),
  ) {
    this.window = backend.window;
  }

  adapted(folder: string): Answerer {
    const answerer = this.adapters.get(folder);
    if (answerer === undefined) throw new TypeError(`the engine was not opened with the adapter ${folder}`);
    return answerer;
  }

  async score(requests: readonly ScoreRequest[], onProgress?: (progress: Progress) => void): Promise<ScoreResult[]> {
    const prepared = requests.map((request) => this.prepare(request));
    const work = prepared.flatMap((item, request) =>
      this.sequencesOf(item).map((sequence) => ({ request, ...sequence })),
    );
    const answers = work.map((): { logprobs: number[]; argmax: number[] } => ({ logprobs: [], argmax: [] }));
    const remaining = new Array<number>(requests.length).fill(0);
    for (const { request } of work) remaining[request] = (remaining[request] as number) + 1;
    const lengths = work.map((item) => item.ids.length);
    let done = 0;
    let tokens = 0;
    for (const batch of planBatches(lengths, this.batchTokens)) {
      const items = batch.map((index) => work[index] as (typeof work)[number]);
      const { logprobs, argmax } = await this.backend.score(items);
      let at = 0;
      for (const index of batch) {
        const { request, targets, ids } = work[index] as (typeof work)[number];
        const end = at + targets.length;
        const scored = slice(logprobs, at, end);
        // NaN is neither larger nor smaller than anything, so it would be ranked as the first answer.
        if (scored.some(Number.isNaN)) throw notANumber(requests, request);
        answers[index] = { logprobs: scored, argmax: slice(argmax, at, end) };
        at = end;
        tokens += ids.length;
        const left = (remaining[request] as number) - 1;
        remaining[request] = left;
        if (left === 0) done++;
      }
      onProgress?.({ done, total: requests.length, tokens });
    }
    let next = 0;
    return prepared.map((item): ScoreResult => {
      const sequences = this.sequencesOf(item);
      const results = sequences.map((sequence, i) => ({
        ...sequence,
        ...(answers[next + i] as (typeof answers)[number]),
      }));
      next += sequences.length;
      return { ...fitOf(item), continuations: this.collect(item, results) };
    });
  }

  /** The sequences to run for a request; one whose ids begin another's is answered by that other. */
  private sequencesOf(item: PreparedScore): (Sequence & { readonly covers: readonly number[] })[] {
    if (item.firstTokens !== undefined) {
      const position = item.contextIds.length - 1;
      const targets = [...new Set(item.firstTokens.flat())].map((token) => ({ position, token }));
      return [{ ids: item.contextIds, targets, covers: [] }];
    }
    const inputs = item.pairs.map(({ contextIds, continuationIds }) =>
      this.cut([...contextIds, ...continuationIds].slice(0, -1)),
    );
    const cover = coverPrefixes(inputs);
    return inputs.flatMap((ids, index) => {
      if (cover[index] !== index) return [];
      const covers = cover.flatMap((by, i) => (by === index ? [i] : []));
      const targets = covers.flatMap((i) => targetsOf(item.pairs[i] as EncodedPair, (inputs[i] as number[]).length));
      return [{ ids, targets, covers }];
    });
  }

  private collect(
    item: PreparedScore,
    results: readonly (Sequence & { covers: readonly number[]; logprobs: number[]; argmax: number[] })[],
  ): ContinuationScore[] {
    if (item.firstTokens !== undefined) {
      const [result] = results;
      const byToken = new Map(result?.targets.map(({ token }, i) => [token, result.logprobs[i] as number]));
      return item.firstTokens.map((tokens) => {
        const logprobs = tokens.map((token) => byToken.get(token) as number);
        const logprob = Math.max(...logprobs);
        const best = tokens[logprobs.indexOf(logprob)];
        return {
          logprob,
          tokenLogprobs: [logprob],
          alternatives: logprobs,
          greedy: result?.argmax[0] === best,
          merged: false,
        };
      });
    }
    const scores = new Array<ContinuationScore>(item.pairs.length);
    for (const { covers, targets, logprobs, argmax } of results) {
      let at = 0;
      for (const index of covers) {
        const pair = item.pairs[index] as EncodedPair;
        const end = at + pair.continuationIds.length;
        const tokenLogprobs = logprobs.slice(at, end);
        scores[index] = {
          logprob: sum(tokenLogprobs),
          tokenLogprobs,
          greedy: argmax.slice(at, end).every((id, i) => id === targets[at + i]?.token),
          merged: pair.merged,
        };
        at = end;
      }
    }
    return scores;
  }

  /** The last tokens that fit the window, as lm-evaluation-harness cuts. */
  private cut(ids: number[]): number[] {
    return ids.length > this.window ? ids.slice(-this.window) : ids;
  }

  async generate(
    requests: readonly GenerateRequest[],
    onProgress?: (progress: Progress) => void,
  ): Promise<GenerateResult[]> {
    const prepared = requests.map((request) => {
      if (request.maxNewTokens >= this.window) {
        throw new UserError(
          `${request.maxNewTokens} new tokens do not fit the model's window of ${this.window} tokens`,
        );
      }
      const room = this.window - request.maxNewTokens;
      return this.fit(request, room);
    });
    const results = new Array<GenerateResult>(requests.length);
    const lengths = prepared.map(({ ids }) => ids.length);
    let done = 0;
    let tokens = 0;
    for (const maxNewTokens of new Set(requests.map((request) => request.maxNewTokens))) {
      const group = [...requests.keys()].filter((index) => requests[index]?.maxNewTokens === maxNewTokens);
      const groupLengths = group.map((index) => lengths[index] as number);
      for (const batch of planBatches(groupLengths, this.batchTokens, GENERATION_ROWS)) {
        const indices = batch.map((i) => group[i] as number);
        const stops = indices.map((index) => (requests[index] as GenerateRequest).stop);
        const contexts = indices.map((index) => (prepared[index] as { ids: number[] }).ids);
        const textOf = (row: number, ids: readonly number[]) =>
          this.tokenizer.decodeAfter(contexts[row] as number[], ids);
        const ids = await this.backend.generate(contexts, maxNewTokens, (row, generated) => {
          const rowStops = stops[row] as readonly string[];
          return rowStops.length > 0 && rowStops.some((stop) => textOf(row, generated).includes(stop));
        });
        indices.forEach((index, row) => {
          const generated = ids[row] as number[];
          const { fit } = prepared[index] as (typeof prepared)[number];
          results[index] = {
            ...fit,
            text: cutAtStop(textOf(row, generated), stops[row] as readonly string[]),
            tokens: generated.length,
          };
          tokens += (lengths[index] as number) + generated.length;
        });
        done += indices.length;
        onProgress?.({ done, total: requests.length, tokens });
      }
    }
    return results;
  }

  encode(requests: readonly ScoreRequest[]): Promise<Encoded[]> {
    return Promise.resolve(
      requests.map((request) => {
        const item = this.prepare(request);
        const continuations = item.pairs.map((pair, i) => {
          const ids = item.firstTokens?.[i] ?? pair.continuationIds;
          return { ids, tokens: this.tokenizer.pieces(ids), merged: pair.merged };
        });
        const inputTokens =
          item.pairs.length === 0 ? item.contextTokens : sum(this.sequencesOf(item).map(({ ids }) => ids.length));
        const { text, space } = this.contextFrom(request, 0, (whole) => whole);
        return { ...fitOf(item), text: text + space, contextIds: item.contextIds, continuations, inputTokens };
      }),
    );
  }

  close(): Promise<void> {
    return this.backend.close();
  }

  /** Drops segments from the front until context and longest continuation fit, and encodes what is left. */
  private prepare(request: ScoreRequest): PreparedScore {
    if (request.continuations.includes("")) throw new UserError("an answer is empty, so there is nothing to score");
    const firstToken = request.mode === "first-token";
    const { segments } = request;
    // A label's first token must not be a newline of the prompt, so only spaces, which merge with it, are moved.
    const trim = firstToken ? (text: string) => text.replace(/ +$/, "") : withoutTrailingSpace;
    const encodeFrom = (first: number) => {
      const { text: context, space, encoder } = this.contextFrom(request, first, trim);
      const contextIds = encoder.encodeContext(context);
      // A context that is too long by itself need not be encoded with each answer.
      if (contextIds.length > this.window && first + 1 < segments.length) return undefined;
      const pairs = request.continuations.map((text) => splitPair(encoder, contextIds, context, space + text));
      const lengths = pairs.map((pair) => pair.contextIds.length + pair.continuationIds.length - 1);
      return { contextIds, pairs, fits: Math.max(contextIds.length, ...lengths) <= this.window };
    };
    const last = Math.max(0, segments.length - 1);
    let dropped = 0;
    let encoded = encodeFrom(dropped);
    while (encoded?.fits !== true && dropped < last) encoded = encodeFrom(++dropped);
    if (encoded === undefined) throw new TypeError("the last segment is always encoded");
    const { pairs } = encoded;
    const tooLong = pairs.findIndex((pair) => pair.continuationIds.length > this.window);
    if (tooLong >= 0) {
      throw new UserError(
        `an answer of ${String(pairs[tooLong]?.continuationIds.length)} tokens does not fit the model's window of ${this.window} tokens`,
      );
    }
    // Where the input is cut, the tokens of the continuation leave that much less of the context.
    const shortest =
      firstToken || pairs.length === 0 ? 1 : Math.min(...pairs.map((pair) => pair.continuationIds.length));
    const room = this.window + 1 - shortest;
    const whole = firstToken ? encoded.contextIds : (pairs[0]?.contextIds ?? encoded.contextIds);
    const contextIds = whole.slice(-Math.min(room, whole.length));
    return {
      contextIds,
      pairs,
      contextTokens: contextIds.length,
      droppedSegments: dropped,
      truncated: !encoded.fits,
      firstTokens: firstToken ? this.firstTokens(request, pairs) : undefined,
    };
  }

  /** First tokens that count for each continuation: in its place after the context, and the bare word. */
  private firstTokens(request: ScoreRequest, pairs: readonly EncodedPair[]): number[][] {
    const tokens = request.continuations.map((continuation, i) => {
      const bare = this.tokenizer.encode(continuation.trim())[0];
      const spaced = encodePair(this.tokenizer, "a", ` ${continuation.trim()}`).continuationIds[0];
      const inPlace = pairs[i]?.continuationIds[0];
      return [...new Set([inPlace, bare, spaced].filter((id) => id !== undefined))];
    });
    tokens.forEach((ids, i) => {
      const twin = tokens.findIndex((others, j) => j < i && others.some((id) => ids.includes(id)));
      if (twin >= 0) {
        throw new UserError(
          `the answers "${String(request.continuations[twin])}" and "${String(request.continuations[i])}" begin with the same ` +
            `token in this tokenizer, so first-token scoring cannot tell them apart; use --answer loglikelihood`,
        );
      }
    });
    return tokens;
  }

  private fit(request: Context, room: number): { ids: number[]; fit: Fit } {
    const encodeFrom = (first: number) => {
      const { text, encoder } = this.contextFrom(request, first, withoutTrailingSpace);
      return encoder.encodeContext(text);
    };
    const last = Math.max(0, request.segments.length - 1);
    let dropped = 0;
    let ids = encodeFrom(dropped);
    while (ids.length > room && dropped < last) ids = encodeFrom(++dropped);
    const truncated = ids.length > room;
    if (truncated) ids = ids.slice(-room);
    return { ids, fit: { contextTokens: ids.length, droppedSegments: dropped, truncated } };
  }

  /**
   * The context without its first segments.
   * @param trim what a plain text is without the white space that goes with its answer; of a rendered conversation that
   *   is only spaces, since its line breaks are the template's and no part of an answer
   */
  private contextFrom({ segments, chat }: Context, first: number, trim: (text: string) => string): ContextText {
    const kept = segments.slice(first);
    if (chat === undefined) {
      const whole = kept.join("");
      const text = trim(whole);
      return { text, space: whole.slice(text.length), encoder: this.tokenizer };
    }
    const messages = conversation(kept, chat.answers?.slice(first));
    return { ...this.tokenizer.chat.render(messages, chat.template), encoder: this.tokenizer.rendered };
  }
}

function notANumber(requests: readonly ScoreRequest[], row: number): UserError {
  const end = (requests[row]?.segments.at(-1) ?? "").slice(-40);
  return new UserError(
    `row ${row + 1} of ${requests.length} (a prompt that ends in ${JSON.stringify(end)}): the model gives NaN as a ` +
      `log-probability; its weights or its configuration make it compute with numbers beyond f32`,
  );
}

function fitOf({ contextTokens, droppedSegments, truncated }: Fit): Fit {
  return { contextTokens, droppedSegments, truncated };
}

/** Every token of the continuation, asked for at the position before it. */
function targetsOf(pair: EncodedPair, inputLength: number): { position: number; token: number }[] {
  const first = inputLength - pair.continuationIds.length;
  return pair.continuationIds.map((token, i) => ({ position: first + i, token }));
}

function cutAtStop(text: string, stops: readonly string[]): string {
  const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function slice(values: ArrayLike<number>, from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => values[from + i] as number);
}
