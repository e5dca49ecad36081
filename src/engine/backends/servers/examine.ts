/** Finds out by numbers what a server gives: nothing that it says of itself about log-probabilities is believed. */

import { UserError } from "../../../base/errors.js";
import { counted } from "../../../base/wording.js";
import type { TextTokenizer } from "../../text/tokenizer.js";
import type { ServerClient } from "./client.js";
import type { Asked, Dialect, Question, ServerAbout, TokenScore } from "./dialect.js";
import { PROBE_SENTENCES, PROBE_TEXTS } from "./probe-texts.js";

/**
 * Limits the difference between two ways to the same log-probability, in nats: what bfloat16 does to sums of another
 * order.
 */
const AGREE = 0.15;
/** Limits how far the sum of the probabilities of all tokens may be from 1, where it is but for rounding. */
const SUM_ERROR = 0.02;
/** Sets the largest difference between two answers to one question with which scores still mean something. */
const MOST_NOISE = 0.5;
const CONTEXT_TOKENS = 12;
const CONTINUATION_TOKENS = 6;

/** Holds what was found out about a server by asking it. */
export interface Examination {
  /** Undefined where it gives log-probabilities of given tokens; else what was seen instead. */
  readonly noScores: string | undefined;
  /** Log-probabilities of the probes, or ids of generated tokens where it gives none: the same for the same model. */
  readonly probes: readonly number[];
  /** Largest difference between answers to one question: asked again, from the cache, and among others. */
  readonly noise: number;
  /** Sum of probabilities, and over how many tokens; undefined where it shows none. */
  readonly sum: { readonly total: number; readonly tokens: number; readonly whole: boolean } | undefined;
  /** Texts on which its tokenizer agrees; undefined where it cannot be asked. */
  readonly texts: number | undefined;
}

interface Examined {
  readonly client: ServerClient;
  readonly dialect: Dialect;
  readonly about: ServerAbout;
}

/**
 * Compares a server's tokenizer with ours.
 * @returns texts compared; undefined where the server has no tokenizer to ask
 * @throws UserError naming the first text on which they differ
 */
export async function compareTokenizers(
  { client, dialect, about }: Examined,
  tokenizer: TextTokenizer,
  source: string,
): Promise<number | undefined> {
  for (const [i, text] of PROBE_TEXTS.entries()) {
    const theirs = await dialect.tokenize(client, about, text);
    if (theirs === undefined) return undefined;
    const ours = tokenizer.encode(text);
    if (ours.length === theirs.length && ours.every((id, at) => id === theirs[at])) continue;
    const at = ours.findIndex((id, place) => id !== theirs[place]);
    throw new UserError(
      `${client.urls.join(", ")} has another tokenizer than ${source}: probe text ${i + 1} of ${PROBE_TEXTS.length}, ` +
        `${JSON.stringify(text)}, is [${shown(theirs)}] there and [${shown(ours)}] here (token ${(at < 0 ? ours.length : at) + 1} differs); ` +
        "give the tokenizer of the served model with --tokenizer",
    );
  }
  return PROBE_TEXTS.length;
}

/**
 * @param texts texts on which the tokenizers agree
 * @throws UserError where the server gives numbers that are no log-probabilities of the model
 */
export async function examine(
  server: Examined,
  tokenizer: TextTokenizer,
  texts: number | undefined,
): Promise<Examination> {
  const { client, dialect, about } = server;
  const questions = probeQuestions(tokenizer);
  const [first] = questions as [Question];
  const wrong = (seen: string) =>
    new UserError(`${client.urls.join(", ")} cannot be used for scoring: ${seen}; ${dialect.advice}`);
  const noScores = await dialect.prepare(client, about, [...first.context, ...(first.continuations[0]?.tokens ?? [])]);
  if (noScores !== undefined && dialect.kind !== "openai")
    throw wrong(`${noScores} (named openai: it can be asked for what is answered by generation)`);
  if (noScores !== undefined)
    return { noScores, probes: await generatedProbes(server, questions), noise: 0, sum: undefined, texts };
  const values = await askProbes(server, questions);
  const all = values.map(({ logprob }) => logprob);
  if (new Set(all).size < 3)
    throw wrong(`${all.length} log-probabilities of different tokens have but ${counted(new Set(all).size, "value")}`);
  if (values.every(({ best }) => best > -1e-6))
    throw wrong("the most likely token always has probability 1: these are probabilities after sampling");
  const above = values.find(({ logprob, best }) => logprob > best + AGREE);
  if (above !== undefined)
    throw wrong(`a token has log-probability ${above.logprob}, the most likely one ${above.best}`);
  const sum = await checkDistribution(server, questions, wrong);
  // Ids that were made of text need not be those that were generated.
  if (dialect.resumes) await checkGreedy(server, first, wrong);
  const again = await askProbes(server, questions);
  const together = (await Promise.all(questions.map((question) => askProbes(server, [question])))).flat();
  const noise = Math.max(
    ...values.map(({ logprob }, i) =>
      Math.max(...[again, together].map((other) => Math.abs((other[i] as TokenScore).logprob - logprob))),
    ),
  );
  if (noise > MOST_NOISE) throw wrong(`the same question gets log-probabilities that differ by ${noise.toFixed(2)}`);
  return { noScores: undefined, probes: all, noise, sum, texts };
}

/** Sets how many of the first probes a quick look asks. */
export const QUICK_PROBES = 2;

/** Asks the probes of one address again, all or the first. @returns their log-probabilities, or generated ids */
export async function probesNow(
  server: Examined,
  tokenizer: TextTokenizer,
  scores: boolean,
  only: string,
  count?: number,
): Promise<number[]> {
  const questions = probeQuestions(tokenizer).slice(0, count);
  if (!scores) return generatedProbes(server, questions, only);
  return (await askProbes(server, questions, only)).map(({ logprob }) => logprob);
}

/** Makes questions whose answers tell models apart. */
export function probeQuestions(tokenizer: TextTokenizer): Question[] {
  return PROBE_SENTENCES.flatMap((text) => {
    const ids = tokenizer.encodeContext(text).slice(0, CONTEXT_TOKENS + CONTINUATION_TOKENS);
    const cut = Math.min(CONTEXT_TOKENS, ids.length - 2);
    return cut < 1 ? [] : [{ context: ids.slice(0, cut), continuations: [{ tokens: ids.slice(cut) }] }];
  });
}

async function askProbes(
  { client, dialect, about }: Examined,
  questions: readonly Question[],
  only?: string,
): Promise<TokenScore[]> {
  const scores: TokenScore[] = [];
  for (const question of questions)
    scores.push(...(await dialect.score(client, about, question, { affinity: 0, only })).flat());
  return scores;
}

/** Asks for the first new tokens of each probe, of servers that give no log-probabilities. */
async function generatedProbes(
  { client, dialect, about }: Examined,
  questions: readonly Question[],
  only?: string,
): Promise<number[]> {
  const ids: number[] = [];
  for (const { context } of questions.slice(0, 4)) {
    const generated = await dialect.generate(client, about, context, 4, { affinity: 0, only });
    ids.push(...[0, 1, 2, 3].map((i) => generated.ids[i] ?? -1));
  }
  return ids;
}

/**
 * Compares the scores with what the server shows of all tokens in a place: at the context's end, and behind some
 * tokens.
 */
async function checkDistribution(
  { client, dialect, about }: Examined,
  questions: readonly Question[],
  wrong: (seen: string) => UserError,
): Promise<Examination["sum"]> {
  let sum: Examination["sum"];
  const asked: Asked = { affinity: 0 };
  for (const { context, continuations } of questions.slice(0, 2)) {
    const tokens = continuations[0]?.tokens ?? [];
    for (const length of [0, 3]) {
      const before = tokens.slice(0, length);
      const shownTokens = await dialect.distribution(client, about, [...context, ...before], asked);
      if (shownTokens === undefined || shownTokens.size === 0) return undefined;
      const total = [...shownTokens.values()].reduce((all, logprob) => all + Math.exp(logprob), 0);
      const whole = shownTokens.size === about.vocabSize;
      if (total > 1 + SUM_ERROR || (whole && total < 1 - SUM_ERROR))
        throw wrong(`the probabilities of ${counted(shownTokens.size, "token")} add up to ${total.toFixed(3)}`);
      sum ??= { total, tokens: shownTokens.size, whole };
      const [top, logprob] = [...shownTokens].reduce((best, one) => (one[1] > best[1] ? one : best));
      const question = { context, continuations: [{ tokens: [...before, top] }] };
      const score = (await dialect.score(client, about, question, asked))[0]?.at(-1);
      if (score === undefined || Math.abs(score.logprob - logprob) > AGREE || Math.abs(score.best - logprob) > AGREE) {
        throw wrong(
          `token ${top} has log-probability ${logprob.toFixed(3)} among all tokens, and ${String(score?.logprob.toFixed(3))} ` +
            `(the most likely one ${String(score?.best.toFixed(3))}) when it is asked for`,
        );
      }
    }
  }
  return sum;
}

/** Checks that greedy answers consist of the most likely tokens. */
async function checkGreedy(
  { client, dialect, about }: Examined,
  { context }: Question,
  wrong: (seen: string) => UserError,
): Promise<void> {
  const { ids } = await dialect.generate(client, about, context, 4, { affinity: 0 });
  const tokens = ids.slice(0, 4);
  if (tokens.length === 0) return;
  const [scores = []] = await dialect.score(client, about, { context, continuations: [{ tokens }] }, { affinity: 0 });
  const worse = scores.findIndex(({ logprob, best }) => best - logprob > AGREE);
  if (worse >= 0) throw wrong(`token ${worse + 1} of its greedy answer is not the most likely one`);
}

function shown(ids: readonly number[]): string {
  return ids.slice(0, 12).join(" ") + (ids.length > 12 ? " …" : "");
}
