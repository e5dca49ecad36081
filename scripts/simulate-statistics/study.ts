/**
 * Provides one simulated study through the whole path: a table of row scores, read and analysed, its printed figures
 * against the truth.
 */

import { analyse } from "../../src/analysis/analyse.js";
import type {
  Comparison,
  IntervalRecord,
  OrderRecord,
  TaskAtCheckpoint,
} from "../../src/analysis/document/document.js";
import { readRowTable } from "../../src/analysis/read/read-row-table.js";
import { randomStream } from "../../src/base/random.js";
import { parseRowTable } from "../../src/importers/row-table.js";
import type { TableLine } from "../../src/importers/table-records.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import { type Latent, latentOf, layoutOf, scoresOf, type World } from "./worlds.js";

/** Columns of a study's table. */
export const STUDY_HEADER = [
  "checkpoint",
  "step",
  "stage",
  "sft_task",
  "task",
  "prompt",
  "item",
  "value",
  "cluster",
  "axes.wording",
  "axes.choices",
  "axes.draw",
];

/** Counts of what happened in the studies of a world. */
export class Tally {
  readonly #counts = new Map<string, [hits: number, of: number]>();

  add(name: string, hit: boolean | null): void {
    if (hit === null) return;
    const [hits, of] = this.#counts.get(name) ?? [0, 0];
    this.#counts.set(name, [hits + Number(hit), of + 1]);
  }

  /** Share of the studies in which it could happen; null for none. */
  share(name: string): number | null {
    const [hits, of] = this.#counts.get(name) ?? [0, 0];
    return of === 0 ? null : hits / of;
  }

  of(name: string): number {
    return this.#counts.get(name)?.[1] ?? 0;
  }
}

/** Holds the figures that are counted, in their order: rejections first, then coverage. */
export const FIGURES = [
  "verdict",
  "p SD",
  "p SD over presentations",
  "p contrast",
  "p mean",
  "F",
  "SD prob.",
  "SD logit",
  "change prob.",
  "change logit",
  "change over presentations",
  "contrast",
  "mean",
  "mean change",
  "share",
  "reversal",
  "quantiles",
] as const;

/** Simulates studies of a world. @param seed begins the names of the streams */
export async function simulated(world: World, studies: number, seed: string): Promise<Tally> {
  const tally = new Tally();
  const latent = latentOf(world);
  const uniform = fastStream(randomStream(seed, world.name, world.design, world.prompts, world.items));
  const normal = normalDraws(uniform);
  for (let study = 0; study < studies; study++) await add(tally, world, latent, uniform, normal, study);
  return tally;
}

async function add(
  tally: Tally,
  world: World,
  latent: Latent,
  uniform: () => number,
  normal: () => number,
  seed: number,
): Promise<void> {
  const lines = linesOf(world, scoresOf(world, latent, uniform, normal));
  const table = await parseRowTable({ header: STUDY_HEADER, unit: "row", lines }, "simulation");
  const { comparisons, levels, orders } = await analyse(readRowTable(table, "simulation"), { seed });
  count(tally, world, latent, comparisons[0] as Comparison, levels);
  // Without an effect of the prompts, or one that is not normal, no share of prompts is the truth.
  if (world.sds[0] > 0 && world.heavy !== true && world.outlier === undefined) {
    countPrompts(tally, latent, orders[0] as OrderRecord, levels);
  }
}

/** Writes the lines of one task's scores. @param named begins the names of its wordings */
export function* linesOf(
  world: World,
  scores: readonly [number[][], number[][]],
  task = "task",
  named = "w",
): Generator<TableLine> {
  const { wording, presentation, draw } = layoutOf(world);
  let line = 0;
  for (const side of [0, 1] as const) {
    const head = side === 0 ? ["base", "1", "base", ""] : ["tuned", "1", "sft", "task"];
    for (const [p, rows] of scores[side].entries()) {
      const axes = [`${named}${wording[p]}`, `c${presentation[p]}`, `d${draw[p]}`];
      for (const [i, value] of rows.entries()) {
        const cluster = world.passage === undefined ? "" : `passage ${Math.floor(i / world.passage)}`;
        yield { values: [...head, task, `${named}p${p}`, String(i), value.toFixed(6), cluster, ...axes], line: ++line };
      }
    }
  }
}

/** Returns whether an interval holds a value; null where there is no interval. */
export function within(interval: IntervalRecord | null | undefined, value: number): boolean | null {
  if (interval == null) return null;
  return (interval.low ?? -Infinity) <= value + 1e-9 && value <= (interval.high ?? Infinity) + 1e-9;
}

/** Returns whether a p-value rejects at 5 %; null where there is none. */
export function below(p: number | null | undefined): boolean | null {
  return p == null ? null : p <= 0.05;
}

function countPrompts(tally: Tally, { truth }: Latent, order: OrderRecord, levels: readonly TaskAtCheckpoint[]): void {
  const { higher } = truth;
  tally.add("share", within(order.share_interval, higher));
  tally.add("reversal", within(order.reversal_interval, 2 * higher * (1 - higher)));
  for (const { checkpoint, quantiles } of levels) {
    for (const { at, interval } of quantiles.values) {
      tally.add("quantiles", within(interval, truth.quantile(at)[checkpoint === "base" ? 0 : 1]));
    }
  }
}

function count(
  tally: Tally,
  world: World,
  { truth }: Latent,
  one: Comparison,
  levels: readonly TaskAtCheckpoint[],
): void {
  tally.add("verdict", one.verdict === "rose" || one.verdict === "fell");
  tally.add("p SD", below(one.sensitivity.logit?.p));
  tally.add("p SD over presentations", below(one.total?.logit?.p));
  tally.add("p contrast", below(one.contrast?.p));
  tally.add("p mean", below(one.level.p));
  const noEffect = world.sds[0] === 0;
  const base = levels.find(({ checkpoint }) => checkpoint === "base");
  if (noEffect) tally.add("F", below(base?.sensitivity.probability?.p_no_effect));
  // The truth below is that of normal effects.
  if (world.heavy === true || world.outlier !== undefined) return;
  const change = ([before, after]: readonly [number, number]) => after - before;
  for (const level of levels) {
    const side = level.checkpoint === "base" ? 0 : 1;
    const sd = world.kind === "label-biased" ? 0 : null;
    tally.add("SD prob.", within(level.sensitivity.probability?.interval, sd ?? truth.within.probability[side]));
    tally.add("SD logit", within(level.sensitivity.logit?.interval, sd ?? truth.within.logit[side]));
    if (world.kind !== "label-biased") tally.add("mean", within(level.level.crossed_interval, truth.mean[side]));
  }
  tally.add("change prob.", within(one.sensitivity.probability?.sd_change_interval, change(truth.within.probability)));
  tally.add("change logit", within(one.sensitivity.logit?.sd_change_interval, change(truth.within.logit)));
  tally.add("change over presentations", within(one.total?.logit?.sd_change_interval, change(truth.total.logit)));
  tally.add("contrast", within(one.contrast?.interval, change(truth.contrast)));
  tally.add("mean change", within(one.level.crossed_interval, world.kind === "label-biased" ? 0 : change(truth.mean)));
}
