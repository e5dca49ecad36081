/** Resamples wordings and rows together. */

import type { Random } from "../../base/random.js";
import { fastStream, resampleCounts } from "../draws.js";
import type { ScoreGrid } from "../grid.js";
import { cellSizes, type CrossedDesign } from "./design.js";

/**
 * Draws the mean of a grid over new wordings and new rows by the pigeonhole bootstrap: wordings and rows are drawn with
 * replacement, each on their own, and a score counts as often as its wording times its row. Wordings that stand in the
 * same presentations are drawn among themselves, and presentations keep their weight. It takes the variance of single
 * answers three times, so its intervals are too wide rather than too narrow. Source: Owen 2007, "The pigeonhole
 * bootstrap", Annals of Applied Statistics 1(2).
 * @param random grids of one design with the same stream get the same resamples
 * @returns one mean a draw
 */
export function pigeonholeMeans(grid: ScoreGrid, design: CrossedDesign, random: Random, draws: number): Float64Array {
  const { prompts, items, values } = grid;
  const strata = wordingStrata(design);
  const weights = cellSizes(design.presentation, design.presentations);
  const uniform = fastStream(random);
  const ofWording = new Float64Array(design.wordings);
  const rows = new Float64Array(items);
  const out = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    for (const stratum of strata) {
      const counts = new Float64Array(stratum.length);
      resampleCounts(counts, uniform);
      stratum.forEach((wording, k) => (ofWording[wording] = counts[k] as number));
    }
    resampleCounts(rows, uniform);
    const sums = new Float64Array(design.presentations);
    const taken = new Float64Array(design.presentations);
    for (let p = 0; p < prompts; p++) {
      const count = ofWording[design.wording[p] as number] as number;
      if (count === 0) continue;
      const c = design.presentation[p] as number;
      let sum = 0;
      for (let i = 0; i < items; i++) sum += (rows[i] as number) * (values[p * items + i] as number);
      sums[c] = (sums[c] as number) + (count * sum) / items;
      taken[c] = (taken[c] as number) + count;
    }
    for (let c = 0; c < sums.length; c++) {
      out[draw] =
        (out[draw] as number) + ((weights[c] as number) / prompts) * ((sums[c] as number) / (taken[c] as number));
    }
  }
  return out;
}

/** Returns the wordings that stand in the same presentations, together. */
function wordingStrata({ wording, presentation, wordings }: CrossedDesign): number[][] {
  const places = Array.from({ length: wordings }, (): number[] => []);
  wording.forEach((own, p) => places[own]?.push(presentation[p] as number));
  const strata = new Map<string, number[]>();
  places.forEach((own, w) => {
    const key = own.sort((a, b) => a - b).join();
    strata.set(key, [...(strata.get(key) ?? []), w]);
  });
  return [...strata.values()];
}
