/** Provides studies of means alone: the intervals of a mean and of its change, without the rest of the path. */

import { fewChanges, withWidth } from "../../src/analysis/parts/few-rows.js";
import { randomStream } from "../../src/base/random.js";
import { crossedLevel } from "../../src/statistics/crossed/level.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import { differenceMoments, pairedMoments } from "../../src/statistics/moments.js";
import type { ScoreGrid } from "../../src/statistics/grid.js";
import { Tally, within } from "./study.js";
import { latentOf, layoutOf, scoresOf, type World } from "./worlds.js";

/** Lists what is counted: intervals for new wordings and rows that hold the truth. */
export const MEANS_FIGURES = ["mean before", "mean after", "mean change", "change above", "change below"] as const;

/** Simulates studies of a world without passages. @param seed begins the name of the stream */
export function simulatedMeans(world: World, studies: number, seed: string): Tally {
  const tally = new Tally();
  const latent = latentOf(world);
  const { mean } = latent.truth;
  const design = layoutOf(world).crossed;
  const uniform = fastStream(randomStream(seed, "means", world.name, world.design, world.items));
  const normal = normalDraws(uniform);
  for (let study = 0; study < studies; study++) {
    const [before, after] = scoresOf(world, latent, uniform, normal).map(rowsOf) as [Rows, Rows];
    const paired = pairedMoments(before.grid, after.grid);
    const own = crossedLevel(differenceMoments(paired), design)?.wordingInterval;
    const few = fewChanges(before, after)?.interval;
    for (const [k, name] of ["mean before", "mean after"].entries()) {
      const interval = crossedLevel(k === 0 ? paired.before : paired.after, design)?.wordingInterval;
      tally.add(name, within(interval && withWidth(interval, k === 0 ? before : after), mean[k] as number));
    }
    if (!own) continue;
    const change = {
      low: Math.min(own.low, few?.low ?? Infinity),
      high: Math.max(own.high, few?.high ?? -Infinity),
    };
    const truth = mean[1] - mean[0];
    tally.add("mean change", within(change, truth));
    tally.add("change above", change.low > truth);
    tally.add("change below", change.high < truth);
  }
  return tally;
}

type Rows = Parameters<typeof withWidth>[1];

function rowsOf(scores: readonly (readonly number[])[]): Rows {
  const grid: ScoreGrid = {
    prompts: scores.length,
    items: scores[0]?.length ?? 0,
    values: Float64Array.from(scores.flat()),
  };
  return { grid, clusters: null };
}
