/** Provides simulated training runs: the trends that `analyze` finds along their checkpoints, nothing else of them. */

import type { AnalysedCheckpoint, AnalysedPrompt, Trend } from "../../src/analysis/document/document.js";
import type { Streams } from "../../src/analysis/document/records.js";
import { adjustedTrends, trendsOf } from "../../src/analysis/parts/trends.js";
import { type Measured, stderrsOf, withoutRequests } from "../../src/analysis/read/input.js";
import { randomStream } from "../../src/base/random.js";
import { slopeWeights } from "../../src/statistics/crossed/cell-trend.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import type { ScoreGrid } from "../../src/statistics/grid.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { below, Tally, within } from "./study.js";
import { INTERACTION_SD, ITEM_SD, normalMean, sigmoid, solve } from "./worlds.js";

const PROMPTS = 24;
const PROMPT_SD = 0.4;
/** Spread over rows of what a run adds to a row's logit from its middle to its end. */
const ITEM_SLOPE_SD = 0.3;

/** Describes a training run: what wobbles and what rises. */
export interface TrendWorld {
  readonly name: string;
  readonly checkpoints: number;
  readonly items: number;
  readonly mean: number;
  /** SD of the wobble of the level in logits, and of the logarithm of the SD between prompts. */
  readonly wobble: readonly [level: number, sd: number];
  /** Correlation of the wobble at neighbouring checkpoints; "walk" for a random walk. */
  readonly rho: number | "walk";
  /** What the level gains over the run, in logits, and the SD as a factor. */
  readonly rise?: number;
  readonly factor?: number;
}

/** Holds the figures that are counted. */
export const TREND_FIGURES = ["level", "SD", "slope"] as const;

/** Simulates runs of a world. @param seed begins the names of the streams */
export function simulatedTrends(world: TrendWorld, studies: number, seed: string): Tally {
  const tally = new Tally();
  const uniform = fastStream(randomStream(seed, "trend", world.name, world.checkpoints));
  const normal = normalDraws(uniform);
  const mu = solve((x) => expected(x, PROMPT_SD, 0), world.mean, -12, 12);
  for (let study = 0; study < studies; study++) {
    const run = runOf(world, mu, uniform, normal);
    const trends = trendsAlone(run.grids, study);
    const of = (quantity: string) => trends.find((one) => one.quantity === quantity);
    tally.add("level", below(of("level")?.p));
    tally.add("SD", below(of("SD")?.p));
    const level = of("level");
    tally.add("slope", within(level?.interval, run.slope * (level?.unit ?? NaN)));
  }
  return tally;
}

const TASK = "task";
const RUN = "run";

/** Returns what `analyse` has in `trends` of such grids. */
function trendsAlone(grids: readonly ScoreGrid[], seed: number): Trend[] {
  const prompts = Array.from({ length: PROMPTS }, (_, p) => `p${p}`);
  const described = prompts.map((id): AnalysedPrompt => ({ id, seen: null, axes: { wording: id } }));
  const at = (t: number) => `step${stepOf(t)}`;
  const checkpoints = grids.map((_, t): AnalysedCheckpoint => ({
    name: at(t),
    step: stepOf(t),
    stage: "base",
    sft_task: null,
    base: null,
    run: RUN,
  }));
  const measured = new Map(grids.map((grid, t) => [at(t), measuredOf(at(t), prompts, grid)]));
  const streams: Streams = (...names) => randomStream("analysis", seed, TASK, "trend", ...names);
  return adjustedTrends(trendsOf(TASK, measured, checkpoints, described, streams).trends);
}

function measuredOf(checkpoint: string, prompts: readonly string[], grid: ScoreGrid): Measured {
  const rows = Array.from({ length: grid.items }, (_, i) => String(i));
  const moments = gridMoments(grid);
  return {
    ...withoutRequests(prompts.length),
    checkpoint,
    prompts,
    moments,
    noise: "crossed",
    shares: true,
    items: grid.items,
    stderrs: stderrsOf(moments),
    scores: { grid, rows, clusters: null, asked: [], answers: null, alternatives: [] },
  };
}

function stepOf(t: number): number {
  return 1000 * (t + 1);
}

/** Expected score of rows and prompts at one checkpoint, x being its place from -1 to 1. */
function expected(level: number, sd: number, x: number): number {
  return normalMean(sigmoid, level, Math.hypot(sd, ITEM_SD, ITEM_SLOPE_SD * x, INTERACTION_SD));
}

function runOf(world: TrendWorld, mu: number, uniform: () => number, normal: () => number) {
  const { checkpoints: n, items, wobble, rho, rise = 0, factor = 1 } = world;
  const many = n >= 20;
  const place = (t: number) => (2 * t) / (n - 1) - 1;
  const drift = (sd: number) => series(n, rho, normal).map((value) => sd * value);
  const [levels, spreads] = [drift(wobble[0]), drift(wobble[1])];
  const prompts = Array.from({ length: PROMPTS }, () => series(n, many ? 0.985 : 0.9, normal));
  const rows = Array.from({ length: items }, () => {
    const ease = series(n, many ? 0.99 : 0.93, normal);
    const slope = ITEM_SLOPE_SD * normal();
    return ease.map((value, t) => ITEM_SD * value + slope * place(t));
  });
  const levelAt = (t: number) => mu + (levels[t] as number) + (rise * place(t)) / 2;
  const sdAt = (t: number) => PROMPT_SD * Math.exp((spreads[t] as number) + (Math.log(factor) * place(t)) / 2);
  const truth = Array.from({ length: n }, (_, t) => expected(levelAt(t), sdAt(t), place(t)));
  const weights = slopeWeights(truth.map((_, t) => stepOf(t)));
  const grids = truth.map((_, t): ScoreGrid => {
    const values = new Float64Array(PROMPTS * items);
    for (let p = 0; p < PROMPTS; p++) {
      const logit = levelAt(t) + sdAt(t) * (prompts[p]?.[t] as number);
      for (let i = 0; i < items; i++) {
        const share = sigmoid(logit + (rows[i]?.[t] as number) + INTERACTION_SD * normal());
        values[p * items + i] = Number(uniform() < share);
      }
    }
    return { prompts: PROMPTS, items, values };
  });
  return { grids, slope: truth.reduce((sum, value, t) => sum + value * (weights[t] as number), 0) };
}

/** Returns an AR(1) series of unit variance, or a random walk that ends with about that. */
function series(n: number, rho: number | "walk", normal: () => number): number[] {
  const values = [normal()];
  const [keep, add] = rho === "walk" ? [1, Math.sqrt(2 / n)] : [rho, Math.sqrt(1 - rho ** 2)];
  for (let t = 1; t < n; t++) values.push(keep * (values[t - 1] as number) + add * normal());
  return values;
}
