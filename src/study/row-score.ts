/** What one row got in one cell, with what explains it. */

import type { Context, GenerateResult, ScoreResult } from "../engine/types.js";
import { hashValue, sha256 } from "../hash.js";
import { meanPrior, preferredOverPrior } from "../metrics/calibration.js";
import { labelMass, parseLabel, preferredChoice } from "../metrics/choice.js";
import { rougeL } from "../metrics/rouge.js";
import type { Task } from "../tasks/contract.js";
import { compileSchema } from "../validation.js";
import type { CellRequests } from "./requests.js";
import type { Item, TaskRows } from "./task-rows.js";

/** One line of a cell's JSONL file. */
export interface RowScore {
  readonly row: number;
  readonly row_hash: string;
  /**
   * SHA-256 of the full prompt text, shots included, before anything was dropped. With a chat template, of the texts of
   * the turns: the same for every checkpoint, whatever its template makes of them.
   */
  readonly prompt_hash: string;
  /** Index of the right answer; absent for free text. */
  readonly gold?: number;
  /** Index of the answer given (-1: none of them), or the generated text. */
  readonly answer: number | string;
  /** The text a label was read from. */
  readonly generated?: string;
  /** Log-likelihood of each answer, in nats. */
  readonly logprobs?: readonly number[];
  /** Probability of all labels, or of all letters of choices, together. */
  readonly label_mass?: number;
  /** Score under each metric, in [0, 1]. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly correct?: boolean;
  readonly context_tokens: number;
  /** Few-shot examples left out because the prompt did not fit the window. */
  readonly shots_dropped: number;
  /** The row alone did not fit; its beginning was cut. */
  readonly truncated: boolean;
  /** A token spans the boundary of prompt and answer. */
  readonly merged?: boolean;
}

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const flag = { type: "boolean" };

/** True for a row as it was stored. */
export const isRowScore = compileSchema<RowScore>({
  type: "object",
  additionalProperties: false,
  required: ["row", "row_hash", "prompt_hash", "answer", "metrics", "context_tokens", "shots_dropped", "truncated"],
  properties: {
    row: count,
    row_hash: text,
    prompt_hash: text,
    gold: count,
    answer: { type: ["integer", "string"] },
    generated: text,
    logprobs: { type: "array", items: { type: "number" } },
    label_mass: { type: "number" },
    metrics: { type: "object", additionalProperties: { type: "number" } },
    correct: flag,
    context_tokens: count,
    shots_dropped: count,
    truncated: flag,
    merged: flag,
  },
});

/** Judges the engine's results, in the order of the rows. */
export function scoreRows(
  rows: TaskRows,
  asked: CellRequests,
  results: readonly (ScoreResult | GenerateResult)[],
): RowScore[] {
  const priors = priorsOf(rows, asked, results);
  return rows.items.map((item, i) => {
    const result = results[i] as ScoreResult | GenerateResult;
    const about = {
      row: item.row,
      row_hash: item.hash,
      prompt_hash: promptHash(asked.requests[i] as Context),
    };
    const fit = {
      context_tokens: result.contextTokens,
      shots_dropped: result.droppedSegments,
      truncated: result.truncated,
    };
    const answers = asked.answers[i] ?? [];
    const judged =
      "text" in result
        ? judgeText(item, answers, result.text)
        : judgeScores(rows.task, item, asked.numbered ? "numbered" : answers, result);
    const prior = priors(i);
    if (prior !== undefined && "logprobs" in judged && judged.logprobs !== undefined) {
      const answer = preferredOverPrior(judged.logprobs, prior);
      const name = asked.priors === "of labels" ? "acc_calibrated" : "acc_pmi";
      return { ...about, ...judged, metrics: { ...judged.metrics, [name]: Number(answer === judged.gold) }, ...fit };
    }
    return { ...about, ...judged, ...fit };
  });
}

/** The answers' log-likelihoods without a question, for each row; undefined where they were not asked for. */
function priorsOf(
  { items }: TaskRows,
  { priors }: CellRequests,
  results: readonly (ScoreResult | GenerateResult)[],
): (row: number) => readonly number[] | undefined {
  if (priors === undefined) return () => undefined;
  const asked = results
    .slice(items.length)
    .map((result) => ("text" in result ? [] : result.continuations.map(({ logprob }) => logprob)));
  if (priors === "of choices") return (row) => asked[row];
  const shared = meanPrior(asked);
  return () => shared;
}

function promptHash({ segments, chat }: Context): string {
  return chat === undefined ? sha256(segments.join("")) : hashValue([segments, chat]);
}

type Judged = Omit<RowScore, "row" | "row_hash" | "prompt_hash" | "context_tokens" | "shots_dropped" | "truncated">;

function judgeText({ example }: Item, answers: readonly string[], text: string): Judged {
  if ("references" in example) {
    // The best reference counts, as is usual where several are right.
    const best = Math.max(...example.references.map((reference) => rougeL(reference, text).f1));
    return { answer: text.trim(), metrics: { rouge_l: best } };
  }
  const answer = parseLabel(text, answers);
  const correct = answer === example.gold;
  return { gold: example.gold, answer, generated: text, metrics: { acc: Number(correct) }, correct };
}

/** @param answers whose lengths normalise; "numbered" where they are but numbers or letters of choices, whose length says nothing */
function judgeScores(
  task: Task,
  { example }: Item,
  answers: readonly string[] | "numbered",
  result: ScoreResult,
): Judged {
  if ("references" in example) throw new TypeError(`task ${task.name}: free text cannot be judged by log-likelihood`);
  const logprobs = result.continuations.map(({ logprob }) => logprob);
  const isClosed = task.answer.kind === "classification" || answers === "numbered";
  const preferred = preferredChoice(logprobs, answers === "numbered" ? logprobs.map(() => "") : answers);
  const metrics =
    task.answer.kind === "classification"
      ? { acc: Number(preferred.acc === example.gold) }
      : {
          acc: Number(preferred.acc === example.gold),
          acc_norm: Number(preferred.acc_norm === example.gold),
          acc_bytes: Number(preferred.acc_bytes === example.gold),
        };
  const answer = preferred[task.metric as keyof typeof preferred];
  return {
    gold: example.gold,
    answer,
    logprobs,
    ...(isClosed ? { label_mass: labelMass(massTerms(result)) } : {}),
    metrics,
    correct: answer === example.gold,
    merged: result.continuations.some(({ merged }) => merged),
  };
}

/** Log-probabilities that add up to the label mass: every first token that counts, or every label's whole text. */
function massTerms({ continuations }: ScoreResult): number[] {
  return continuations.flatMap(({ alternatives, logprob }) => alternatives ?? [logprob]);
}
