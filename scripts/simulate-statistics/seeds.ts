/**
 * Simulated arms of several seeds through the whole path: a table of row scores with a column seed that `analyze`
 * reads.
 */

import { analyse } from "../../src/analysis/analyse.js";
import type { AnalysisInput } from "../../src/analysis/read/input.js";
import { readRowTable } from "../../src/analysis/read/read-row-table.js";
import { randomStream } from "../../src/base/random.js";
import { parseRowTable } from "../../src/importers/row-table.js";
import type { TableLine } from "../../src/importers/table-records.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import { below, Tally, within } from "./study.js";
import { figuresAt, INTERACTION_SD, ITEM_SD, type Latent, latentOf, layoutOf, normalMean, offsetOf, sigmoid, type World } from "./worlds.js"; // prettier-ignore

/** Describes an arm: what its seeds do to the level, in logits, and to the logarithm of the SD between prompts. */
export interface SeedWorld {
  readonly name: string;
  readonly seeds: number;
  readonly items: number;
  readonly mean: number;
  /** SD between prompts in logits, before and in the middle of the seeds after. */
  readonly sds: readonly [number, number];
  readonly spread: readonly [level: number, sd: number];
  /** What fine-tuning adds to the level, in logits; 0 leaves the mean over seeds where it was. */
  readonly gain?: number;
}

/** Holds the figures that are counted. */
export const SEED_FIGURES = ["p mean", "p SD", "mean", "SD", "SD between seeds"] as const;

const HEADER = [
  "checkpoint",
  "stage",
  "sft_task",
  "seed",
  "step",
  "task",
  "prompt",
  "item",
  "value",
  "axes.wording",
  "axes.choices",
];
/** Share of what wordings and rows do after fine-tuning that is the seed's own. */
const OWN = 0.2;
const ROW_CORRELATION = 0.8;
const WORDING_CORRELATION = 0.5;

/** Tables of an arm as `analyze` reads them, and what is true of them. */
export interface SeedTables {
  /** Change of the mean over endless seeds, wordings and rows. */
  readonly change: number;
  readonly before: Latent["truth"];
  readonly tuned: { readonly mean: number; readonly sd: number; readonly between: number };
  readonly draw: () => Promise<AnalysisInput>;
}

/** @param seed begins the name of the stream */
export function seedTables(one: SeedWorld, seed: string): SeedTables {
  const uniform = fastStream(randomStream(seed, "seeds", one.name, one.seeds, one.items));
  const normal = normalDraws(uniform);
  const world: World = {
    name: one.name, design: "C", prompts: 24, items: one.items, means: [one.mean, one.mean], sds: one.sds, presentation: 0.2,
  }; // prettier-ignore
  const latent = latentOf(world);
  const tuned = tunedLatent(one, world, latent);
  const draw = async () => {
    const lines = linesOf(one, world, latent, tuned.mu, uniform, normal);
    return readRowTable(await parseRowTable({ header: HEADER, unit: "row", lines }, "simulation"), "simulation");
  };
  return { change: tuned.mean - latent.truth.mean[0], before: latent.truth, tuned, draw };
}

/** Simulates studies of a world. @param seed begins the names of the streams */
export async function simulatedSeeds(one: SeedWorld, studies: number, seed: string): Promise<Tally> {
  const tally = new Tally();
  const { before, tuned, change, draw } = seedTables(one, seed);
  for (let study = 0; study < studies; study++) {
    const { replicates } = await analyse(await draw(), { seed: study });
    const [found] = replicates;
    tally.add("p mean", below(found?.level.p));
    tally.add("p SD", below(found?.sensitivity.logit?.p));
    tally.add("mean", within(found?.level.interval, change));
    tally.add("SD", within(found?.sensitivity.logit?.interval, tuned.sd - before.within.logit[0]));
    tally.add("SD between seeds", within(found?.level.sd_interval, tuned.between));
  }
  return tally;
}

/**
 * Finds the level after fine-tuning at which the mean over seeds is the wanted one, and what the seeds' means are then.
 */
function tunedLatent({ spread, gain = 0 }: SeedWorld, world: World, { mu, sd, truth }: Latent) {
  const over = (at: number) => {
    let [weights, mean, squares, sds] = [0, 0, 0, 0];
    for (let j = -6; j <= 6; j++) {
      for (let k = -6; k <= 6; k++) {
        const weight = Math.exp(-(j * j + k * k) / 8);
        const found = figuresAt(world, at + (spread[0] * j) / 2, sd[1] * spreadOf(spread[1], k / 2));
        weights += weight;
        mean += weight * found.mean;
        squares += weight * found.mean ** 2;
        sds += weight * found.withinLogit;
      }
    }
    return {
      mean: mean / weights,
      sd: sds / weights,
      between: Math.sqrt(Math.max(0, squares / weights - (mean / weights) ** 2) + ownVariance(world, at, sd[1])),
    };
  };
  // One step of Newton's rule: seeds move the mean a little towards .5.
  const slope = (figuresAt(world, mu[1] + 0.05, sd[1]).mean - figuresAt(world, mu[1] - 0.05, sd[1]).mean) / 0.1;
  const start = mu[1] + (truth.mean[1] - over(mu[1]).mean) / slope + gain;
  return { mu: start, ...over(start) };
}

/** Variance of a seed's mean on given prompts and rows: what the seed does to single wordings, rows and answers. */
function ownVariance({ items, presentation, prompts }: World, at: number, sd: number): number {
  const spread = Math.hypot(sd, ITEM_SD, INTERACTION_SD);
  const slope = normalMean((x) => sigmoid(x) * (1 - sigmoid(x)), at, spread);
  const own = OWN * (((1 - presentation) * sd ** 2) / prompts + ITEM_SD ** 2 / items);
  const single = normalMean((x) => sigmoid(x) ** 2, at, spread) - normalMean((x) => sigmoid(x), at, spread) ** 2;
  // An answer is 0 or 1 by chance around what prompt and row make of it; the spread of these is not the seed's.
  const fixed = single - slope ** 2 * INTERACTION_SD ** 2;
  const level = normalMean(sigmoid, at, spread);
  return slope ** 2 * own + (level * (1 - level) - fixed) / (prompts * items);
}

/** Returns a factor with a logarithm of the given SD, and a mean of 1. */
function spreadOf(spread: number, z: number): number {
  return Math.exp(spread * z - spread ** 2 / 2);
}

function* linesOf(
  { seeds, items, spread }: SeedWorld,
  world: World,
  { mu, sd }: Latent,
  tuned: number,
  uniform: () => number,
  normal: () => number,
): Generator<TableLine> {
  const { wording, presentation } = layoutOf(world);
  const random = Math.sqrt(1 - world.presentation);
  const draw = (size: number) => Array.from({ length: size }, () => normal());
  const mixed = (share: number, one: readonly number[]) => {
    const other = draw(one.length);
    return one.map((value, at) => Math.sqrt(share) * value + Math.sqrt(1 - share) * (other[at] as number));
  };
  const [prompts, rows] = [draw(wording.length), draw(items)];
  const after = { prompts: mixed(WORDING_CORRELATION ** 2, prompts), rows: mixed(ROW_CORRELATION ** 2, rows) };
  let line = 0;
  for (let seed = 0; seed <= seeds; seed++) {
    const base = seed === 0;
    const level = base ? mu[0] : tuned + spread[0] * normal();
    const scale = base ? sd[0] : sd[1] * spreadOf(spread[1], normal());
    const [ofPrompts, ofRows] = base ? [prompts, rows] : [mixed(1 - OWN, after.prompts), mixed(1 - OWN, after.rows)];
    const head = base ? ["model", "base", "", ""] : ["model", "sft", "task", String(seed)];
    for (const [p, w] of wording.entries()) {
      const prompt = level + scale * (random * (ofPrompts[p] as number) + offsetOf(world, p));
      for (let i = 0; i < items; i++) {
        const right = uniform() < sigmoid(prompt + ITEM_SD * (ofRows[i] as number) + INTERACTION_SD * normal());
        yield {
          values: [...head, "1", "task", `p${p}`, String(i), right ? "1" : "0", `w${w}`, `c${presentation[p]}`],
          line: ++line,
        };
      }
    }
  }
}
