/** Runs a study within a budget: the distribution of the prompts' scores from a part of the grid, and its ends. */

import { UsageError } from "../base/errors.js";
import type { Answerer } from "../engine/types.js";
import { wilsonInterval } from "../statistics/distributions.js";
import { percentile } from "../statistics/level.js";
import { levelCovariates, promptEval } from "../statistics/prompt-eval.js";
import { balancedSample, thompsonExtremes } from "../statistics/sampling.js";
import { mean } from "../statistics/uncertainty.js";
import type { ScoreGrid } from "../statistics/grid.js";
import { type Random, randomStream } from "../base/random.js";
import type { AxisRecord } from "../templates/axes/axis.js";
import { axisRecord } from "../templates/axes/record.js";
import type { StudyTask } from "./plan.js";
import type { StudyOptions } from "./options.js";
import { cellRequests } from "./requests.js";
import { scoreRows } from "./row-score.js";

/** Sets the rows scored per prompt below which what prompts have in common tells more than what each of them scored. */
const SHARED_BELOW = 50;

/** Estimates of one checkpoint on one task. */
export interface BudgetResult {
  readonly checkpoint: string;
  readonly task: string;
  readonly metric: string;
  readonly prompts: number;
  readonly rows: number;
  /** Requests made, of prompts x rows. */
  readonly requests: number;
  readonly mean: number;
  /** Null at both ends where fewer than five rows a prompt were scored. */
  readonly quantiles: Readonly<Record<"p5" | "p25" | "p50" | "p75" | "p95", number | null>>;
  readonly best: BudgetPrompt;
  readonly worst: BudgetPrompt;
  /** Whether the rows that were scored tell the best from the worst, see {@link toldApart}. */
  readonly told_apart: boolean;
  readonly estimates: readonly BudgetPrompt[];
}

interface BudgetPrompt {
  readonly prompt: string;
  /** Estimated mean over all rows. */
  readonly estimate: number;
  /** Rows scored under it, and their mean; null for none. */
  readonly rows: number;
  readonly mean: number | null;
}

/** Sets the rows a prompt below which the ends of the distribution are off by a tenth and more. */
const FEWEST_FOR_TAILS = 5;
const QUANTILES = { p5: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95 };

/**
 * Keeps the score that is expected of a prompt before anything is known off 0 and 1; it is the score of the balanced
 * sample.
 */
const MARGIN = 0.05;

/**
 * Estimates within a budget, see {@link estimateWithin}, on what the engine answers.
 * @param budget requests, at most prompts x rows
 */
export async function scoreWithin(
  budget: number,
  answerer: Answerer,
  checkpoint: string,
  { rows, variants }: StudyTask,
  options: StudyOptions,
): Promise<BudgetResult> {
  const { task } = rows;
  const [headline] = task.metrics;
  if (headline?.of !== "row" || headline.range[0] !== 0 || headline.range[1] !== 1 || !headline.higherIsBetter) {
    throw new UsageError(`task ${task.name}: --budget models shares of rows, which ${task.metric} is not`);
  }
  const [prompts, items] = [variants.length, rows.items.length];
  const values = new Float64Array(prompts * items).fill(NaN);
  const stream = (what: string) => randomStream("budget", options.seed, task.name, what);
  let requests = 0;

  /** Scores of some rows under a prompt; those that are known cost nothing. */
  const ask = async (p: number, wanted: readonly number[]): Promise<number[]> => {
    const open = wanted.filter((i) => Number.isNaN(values[p * items + i]));
    const variant = variants[p];
    if (open.length > 0 && variant !== undefined) {
      const part = { ...rows, items: open.flatMap((i) => rows.items[i] ?? []) };
      const asked = cellRequests(part, variant, options.answer, false, options.drawn);
      const results =
        asked.kind === "score" ? await answerer.score(asked.requests) : await answerer.generate(asked.requests);
      scoreRows(part, asked, results).forEach((score, k) => {
        values[p * items + (open[k] as number)] = score.metrics[task.metric] as number;
      });
      requests += open.length;
    }
    return wanted.map((i) => values[p * items + i] as number);
  };

  const levels = variants.map((variant) => axisRecord(variant, task, options.numFewshot));
  const { means, best, worst } = await estimateWithin(budget, ask, { prompts, items, values }, levels, stream);
  const promptAt = (p: number): BudgetPrompt => {
    const own = values.subarray(p * items, (p + 1) * items).filter((value) => !Number.isNaN(value));
    return {
      prompt: variants[p]?.id ?? "",
      estimate: means[p] as number,
      rows: own.length,
      mean: own.length === 0 ? null : mean(own),
    };
  };
  const quantile = (share: number) => percentile(means, share);
  const tail = (share: number) => (requests < FEWEST_FOR_TAILS * prompts ? null : quantile(share));
  return {
    checkpoint,
    task: task.name,
    metric: task.metric,
    prompts,
    rows: items,
    requests,
    mean: mean(means),
    quantiles: {
      p5: tail(QUANTILES.p5),
      p25: quantile(QUANTILES.p25),
      p50: quantile(QUANTILES.p50),
      p75: quantile(QUANTILES.p75),
      p95: tail(QUANTILES.p95),
    },
    best: promptAt(best),
    worst: promptAt(worst),
    told_apart: toldApart(promptAt(best), promptAt(worst), prompts),
    estimates: variants.map((_, p) => promptAt(p)),
  };
}

/**
 * Tells whether the best prompt scores higher than the worst, on the rows that were scored under each, by Newcombe's
 * interval of the difference at a level that holds for all pairs of prompts at once (Bonferroni), since the two are
 * found by their scores.
 */
export function toldApart(best: Seen, worst: Seen, prompts: number): boolean {
  if (best.mean === null || worst.mean === null || prompts < 2) return false;
  const level = 1 - 0.05 / ((prompts * (prompts - 1)) / 2);
  const [high, low] = [wilsonInterval(best.mean, best.rows, level), wilsonInterval(worst.mean, worst.rows, level)];
  return best.mean - worst.mean > Math.hypot(best.mean - high.low, low.high - worst.mean);
}

type Seen = Pick<BudgetPrompt, "rows" | "mean">;

/** Holds estimated mean of every prompt over all rows (P), and the prompts found to be best and worst. */
interface GridEstimate {
  readonly means: Float64Array;
  readonly best: number;
  readonly worst: number;
}

/**
 * Spends half of the budget on a two-way balanced sample, half on Thompson sampling for the best and the worst prompt.
 * The estimates are PromptEval's on all that was scored: below 50 rows a prompt they share what they have in common on
 * the axes of the design, above it each speaks for itself. See docs/budget-tables.md for the errors of both.
 * @param budget scores, at most prompts x items
 * @param ask puts scores of items under a prompt into the grid, and hands them over; those known cost nothing
 * @param grid NaN where nothing is known
 * @param levels level of each prompt on each axis of the design
 * @param stream a fresh stream for each name
 */
export async function estimateWithin(
  budget: number,
  ask: (prompt: number, items: readonly number[]) => Promise<readonly number[]>,
  grid: ScoreGrid,
  levels: readonly AxisRecord[],
  stream: (what: string) => Random,
): Promise<GridEstimate> {
  const { prompts, items, values } = grid;
  const sample = balancedSample(prompts, items, Math.ceil(budget / 2), stream("balanced"));
  for (let p = 0; p < prompts; p++) {
    await ask(
      p,
      sample.filter(({ prompt }) => prompt === p).map(({ item }) => item),
    );
  }
  const known = values.filter((value) => !Number.isNaN(value));
  const extremes = await thompsonExtremes(ask, {
    prompts,
    items,
    budget: budget - sample.length,
    batch: Math.max(1, Math.min(20, Math.floor(budget / 2 / prompts))),
    expected: Math.min(1 - MARGIN, Math.max(MARGIN, mean(known))),
    random: stream("thompson"),
  });

  const names = Object.keys(levels[0] ?? {});
  const axes = names.map((name) => levels.map((record) => record[name] ?? "none"));
  const covariates = levelCovariates(axes, prompts);
  const scored = values.filter((value) => !Number.isNaN(value)).length;
  const sparse =
    scored < SHARED_BELOW * prompts && scored < prompts * items && (covariates[0]?.length ?? 0) < prompts - 1;
  const { means } = promptEval(
    { prompts, items, values },
    { random: stream("turned label"), ...(sparse ? { covariates } : {}) },
  );
  return { means, best: extremes.best, worst: extremes.worst };
}
