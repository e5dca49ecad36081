/** Provides studies of one checkpoint alone: the SDs between prompts and the contrast, without the rest of the path. */

import { fewContrast, largestUnseenSd } from "../../src/analysis/parts/few-rows.js";
import { sensitivityOf } from "../../src/analysis/parts/sensitivity-of.js";
import { randomStream } from "../../src/base/random.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import type { ScoreGrid } from "../../src/statistics/grid.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { Tally, within } from "./study.js";
import { latentOf, layoutOf, scoresOf, type World } from "./worlds.js";

/** Lists what is counted: intervals that hold the truth; of the SD with presentations those above and below it too. */
export const SDS_FIGURES = [
  "SD prob.",
  "SD logit",
  "contrast",
  "with presentations",
  "the same, logit",
  "above",
  "below",
] as const;

/**
 * Simulates checkpoints of a world without passages, two of each study: one with the first mean and SD, one with the
 * second. @param seed begins the name of the stream
 */
export function simulatedSds(world: World, studies: number, seed: string): Tally {
  const tally = new Tally();
  const latent = latentOf(world);
  const { crossed } = layoutOf(world);
  const { truth } = latent;
  const none = world.kind === "label-biased";
  const uniform = fastStream(randomStream(seed, "sds", world.name, world.design, world.items));
  const normal = normalDraws(uniform);
  for (let study = 0; study < studies; study++) {
    for (const [k, scores] of scoresOf(world, latent, uniform, normal).entries()) {
      const side = k as 0 | 1;
      const values = Float64Array.from(scores.flat());
      const grid: ScoreGrid = { prompts: scores.length, items: world.items, values };
      const rows = { grid, clusters: null };
      const unseen = largestUnseenSd(rows, crossed);
      const bounds = { shares: true, width: 1, unseen, contrast: fewContrast(rows, crossed) };
      const { byScale, presentations } = sensitivityOf(gridMoments(grid), crossed, "crossed", bounds);
      const of = (scale: "probability" | "logit") => (none ? 0 : truth.within[scale][side]);
      tally.add("SD prob.", within(byScale.probability?.interval, of("probability")));
      tally.add("SD logit", within(byScale.logit?.interval, of("logit")));
      if (presentations === null) continue;
      const [total, inLogits] = none ? [0, 0] : [truth.total.probability[side], truth.total.logit[side]];
      const { contrast, total_interval: interval, total_interval_logit: logits } = presentations;
      tally.add("contrast", within(contrast?.interval, none ? 0 : truth.contrast[side]));
      tally.add("with presentations", within(interval, total));
      tally.add("the same, logit", within(logits, inLogits));
      tally.add("above", (interval.low ?? 0) > total + 1e-9);
      tally.add("below", (interval.high ?? Infinity) < total - 1e-9);
    }
  }
  return tally;
}
