/** Plans how many fine-tunings with other seeds, or how many runs, an arm needs. */

import { differenceMoments, pairedMoments } from "../../statistics/moments.js";
import { chiSquareInverse } from "../../statistics/distributions.js";
import { levelComponents, predictedHalfWidth } from "../../statistics/planning/level-error.js";
import {
  type AssumedSeeds,
  fewestSeeds,
  seedDetectable,
  seedHalfWidth,
  seedPower,
} from "../../statistics/planning/seed-error.js";
import { mean, variance } from "../../statistics/uncertainty.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import type { AnalysedCheckpoint, AnalysedPrompt } from "../document/document.js";
import { sameRows } from "../parts/change-of.js";
import { designOf } from "../parts/design-of.js";
import type { Measured } from "../read/input.js";
import { unitsOf } from "../read/remembered.js";
import { subsetGrid } from "../read/subset.js";
import type { SeedPlan, Wanted } from "./plan-document.js";

/** Holds one fine-tuning of an arm. */
export interface SeedMember {
  readonly sft: AnalysedCheckpoint;
  readonly before: Measured;
  readonly after: Measured;
}

/** Holds what a pilot of several seeds says, with the design that it was asked in. */
export interface SeedPilot {
  readonly seeds: number;
  readonly assumed: AssumedSeeds;
  readonly asked: { readonly wordings: number; readonly presentations: number; readonly rows: number };
}

/** @returns null where the seeds were not asked the same prompts on the same rows, or nothing varies */
export function seedPilotOf(members: readonly SeedMember[], described: readonly AnalysedPrompt[]): SeedPilot | null {
  const [first] = members;
  if (first === undefined || members.length < 2) return null;
  const ids = first.after.prompts.filter((id) => members.every(({ before, after }) => before.prompts.includes(id) && after.prompts.includes(id))); // prettier-ignore
  const alike = members.every(({ before, after }) => sameRows(first.after, after) && sameRows(before, after));
  if (ids.length < 2 || !alike) return null;
  const sides = members.map(({ before, after }) => [gridOf(before, ids), gridOf(after, ids)] as const);
  const [base, tuned] = [averaged(sides.map(([x]) => x)), averaged(sides.map(([, y]) => y))];
  if (base === null || tuned === null) return null;
  const { design } = designOf(ids, described);
  const shared = levelComponents(differenceMoments(pairedMoments(base, tuned)), design);
  if (shared === null) return null;
  const changes = sides.map(([x, y]) => mean((y as ScoreGrid).values) - mean((x as ScoreGrid).values));
  const presentations = Math.min(design.presentations, Math.max(1, design.wordings - 1));
  return {
    seeds: members.length,
    assumed: { sd: Math.sqrt(variance(changes)), shared },
    asked: { wordings: design.wordings, presentations, rows: base.items },
  };
}

/** Says what the pilot's seeds see, and how many are needed for what is wanted of the mean. */
export function seedPlanOf(
  about: Pick<SeedPlan, "arm" | "task">,
  { seeds, assumed, asked }: SeedPilot,
  { change, change_error: error, power }: Wanted,
  alpha: number,
): SeedPlan {
  const [low, high] = [chiSquareInverse(0.975, seeds - 1), chiSquareInverse(0.025, seeds - 1)].map(
    (one) => assumed.sd * Math.sqrt((seeds - 1) / one),
  ) as [number, number];
  const needs: SeedPlan["needs"][number][] = [];
  const need = (what: string, present: number, reached: (of: AssumedSeeds, n: number) => boolean) => {
    const fewest = (sd: number) => fewestSeeds((n) => reached({ ...assumed, sd }, n));
    needs.push({ what, present, seeds: fewest(assumed.sd), range: { best: fewest(low), worst: fewest(high) } });
  };
  if (change !== null) {
    need(`change of the mean by ${change}`, seedPower(assumed, asked, seeds, alpha)(change), (of, n) => {
      return seedPower(of, asked, n, alpha)(change) >= power;
    });
  }
  if (error !== null) {
    need(`change of the mean within ${error}`, seedHalfWidth(assumed, asked, seeds), (of, n) => {
      return seedHalfWidth(of, asked, n) <= error;
    });
  }
  return {
    ...about,
    seeds,
    wordings: asked.wordings,
    rows: asked.rows,
    sd: assumed.sd,
    sd_interval: { low, high },
    sees: seedDetectable(assumed, asked, seeds, power, alpha),
    endless: predictedHalfWidth(assumed.shared, asked),
    needs,
  };
}

function gridOf({ scores, prompts }: Measured, ids: readonly string[]): ScoreGrid | null {
  const units = scores && unitsOf(scores);
  return units && subsetGrid(units, ids.map((id) => prompts.indexOf(id))); // prettier-ignore
}

function averaged(grids: readonly (ScoreGrid | null)[]): ScoreGrid | null {
  const [first] = grids;
  if (!first || grids.includes(null)) return null;
  return { ...first, values: first.values.map((_, at) => mean(grids.map((grid) => (grid as ScoreGrid).values[at] as number))) }; // prettier-ignore
}
