/** Reads from a pilot what a plan takes for true. */

import { randomStream } from "../../base/random.js";
import { type CrossedChange, crossedChange } from "../../statistics/crossed/change.js";
import type { CrossedDesign } from "../../statistics/crossed/design.js";
import { differenceDf, sharedNoise } from "../../statistics/crossed/shared-noise.js";
import { differenceMoments, pairedMoments, type PairedMoments } from "../../statistics/moments.js";
import { assumedSides } from "../../statistics/planning/assumed.js";
import { type LevelComponents, levelComponents } from "../../statistics/planning/level-error.js";
import type { AskedDesign, AssumedSides } from "../../statistics/planning/sd-power.js";
import type { AnalysedPrompt, AxesRecord } from "../document/document.js";
import { axesOf } from "../parts/axes-of.js";
import { sameRows } from "../parts/change-of.js";
import { designOf } from "../parts/design-of.js";
import type { Measured } from "../read/input.js";
import { momentsOf, unitsOf } from "../read/remembered.js";
import { subsetGrid } from "../read/subset.js";

/** Holds what one checkpoint, or a pair, says on one task. */
export interface Pilot {
  readonly design: CrossedDesign;
  readonly rows: number;
  readonly mean: number;
  /** Half as wide an interval as its ends say: 95 % of the SD before, in score units. */
  readonly sdInterval: { readonly low: number; readonly high: number };
  readonly sides: AssumedSides;
  /** Degrees of freedom of the pilot's design. */
  readonly asked: AskedDesign;
  /** Part of the degrees of freedom that noise shared by wordings leaves. */
  readonly left: number;
  readonly level: LevelComponents;
  readonly change: LevelComponents;
  readonly axes: AxesRecord | null;
}

/**
 * @param after null for a checkpoint alone: after SFT is taken to be like before, of other rows and wordings' effects
 * @returns why nothing can be said, where that is so
 */
export function pilotOf(
  before: Measured,
  after: Measured | null,
  described: readonly AnalysedPrompt[],
): Pilot | string {
  const ids = after === null ? before.prompts : before.prompts.filter((id) => after.prompts.includes(id));
  if (ids.length < 2) return `${ids.length === 0 ? "no" : "one"} prompt: nothing is known of how wordings differ`;
  if (after !== null && !sameRows(before, after)) return "the two were scored on different rows";
  const grids = [before, after ?? before].map((one) => {
    const units = one.scores && unitsOf(one.scores);
    return units && subsetGrid(units, ids.map((id) => one.prompts.indexOf(id))); // prettier-ignore
  });
  const [x, y] = grids;
  if (!x || !y || before.noise !== "crossed") return "the scores of single rows are not known, so that noise and wordings cannot be told apart"; // prettier-ignore
  const { design } = designOf(ids, described);
  const paired = pairedMoments(x, y, momentsOf);
  const moments: PairedMoments = after === null ? apart(paired) : paired;
  const change = crossedChange(moments, design, (name) => randomStream("plan", name), {
    shares: before.shares,
    draws: 2,
  });
  const level = levelComponents(moments.before, design);
  const changed = after === null ? level && twice(level) : levelComponents(differenceMoments(moments), design);
  if (change === null || level === null || changed === null) {
    return "nothing varies between prompts, or no presentation has two prompts on two rows";
  }
  // Two sides with the same scores look as if they moved together, of which nothing is known.
  const alone = { ...change.moments, shared: 0 };
  const difference = after === null ? differenceDf(alone, change.blockDf, sharedNoise(alone).ofDifference) : change.differenceDf; // prettier-ignore
  const about = ids.map((id) => described.find((one) => one.id === id) ?? { id, seen: null, axes: {} });
  return {
    design,
    rows: x.items,
    mean: change.moments.level[0],
    sdInterval: change.sides[0].interval,
    sides: assumed(change, before.shares, after === null),
    asked: { design, rows: x.items, blockDf: change.blockDf, differenceDf: difference },
    left: Math.min(1, difference / change.blockDf),
    level,
    change: changed,
    axes: before.shares ? axesOf(moments.before, about, randomStream("plan", "axes")) : null,
  };
}

function assumed(change: CrossedChange, shares: boolean, isAlone: boolean): AssumedSides {
  const sides = assumedSides(change.moments, change.presentations?.beside ?? [0, 0], shares);
  return isAlone ? { ...sides, correlation: 0, rowCovariance: 0 } : sides;
}

/** Returns the components of the difference of two sides that are alike and have nothing in common. */
function twice({ wording, row, residual }: LevelComponents): LevelComponents {
  return { wording: 2 * wording, row: 2 * row, residual: 2 * residual };
}

/** Pairs two sides as if they had nothing in common. */
function apart(paired: PairedMoments): PairedMoments {
  return { ...paired, cross: new Float64Array(paired.cross.length) };
}
