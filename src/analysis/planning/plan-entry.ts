/** Plans one task of one checkpoint or pair. */

import { crossedDesign, type CrossedDesign } from "../../statistics/crossed/design.js";
import { logitNormalSd, logitSd } from "../../statistics/crossed/logit-normal.js";
import {
  predictedChangePower,
  predictedDetectable,
  predictedHalfWidth,
} from "../../statistics/planning/level-error.js";
import { predictedSdInterval } from "../../statistics/planning/sd-error.js";
import { type AssumedSides, detectableSds, powerOfSdChange } from "../../statistics/planning/sd-power.js";
import { needOf, type Size } from "../../statistics/planning/search.js";
import { finite, intervalRecord } from "../document/records.js";
import type { Pilot } from "./pilot.js";
import type { NeedRecord, PlanEntry, Wanted } from "./plan-document.js";

/** Sets the rows that are tried where nobody knows how many there are. */
const MANY_ROWS = 20_000;

export interface Entry {
  readonly task: string;
  readonly base: string;
  readonly sft: string | null;
  readonly mostRows: number | null;
}

export function entryOf(entry: Entry, pilot: Pilot | string, wanted: Wanted, alpha: number): PlanEntry {
  const { task, base, sft, mostRows } = entry;
  const head = { task, base, sft };
  if (typeof pilot === "string") {
    const none = { prompts: 0, wordings: 0, presentations: 0, rows: 0, most_rows: mostRows };
    return { ...head, pilot: none, assumed: null, sees: null, needs: [], axes: [], why: pilot };
  }
  const { design, rows, sides, axes } = pilot;
  return {
    ...head,
    pilot: {
      prompts: design.prompts,
      wordings: design.wordings,
      presentations: design.presentations,
      rows,
      most_rows: mostRows,
    },
    assumed: {
      mean: pilot.mean,
      sd: Math.sqrt(Math.max(0, sides.component[0])),
      sd_interval: intervalRecord(pilot.sdInterval),
      row_sd: Math.sqrt(sides.rowVariance[0]),
      correlation: sides.correlation,
    },
    sees: seesOf(pilot, wanted.power, alpha),
    needs: needsOf(pilot, wanted, alpha, mostRows ?? MANY_ROWS),
    axes: (axes?.terms ?? []).length < 2 ? [] : axisShares(axes),
    why: null,
  };
}

function axisShares(axes: Pilot["axes"]): PlanEntry["axes"] {
  return (axes?.terms ?? [])
    .filter(({ share, term }) => share !== null && term !== "rest")
    .map(({ term, share, item_interval }) => ({
      axis: term,
      share: share ?? 0,
      certain: (item_interval.low ?? 0) > 0,
    }))
    .sort((a, b) => b.share - a.share);
}

/** Makes a design of each wording once, presentations in turn. */
export function plannedDesign(wordings: number, presentations: number): CrossedDesign {
  const each = Array.from({ length: wordings }, (_, p) => p);
  return crossedDesign(each, each.map((p) => p % presentations)); // prettier-ignore
}

/** Counts the presentations of a planned design: the default design has two at most. */
function presentationsOf({ design }: Pilot): number {
  return Math.min(2, design.presentations);
}

/** Returns the SD in logits of one side, beside what its presentations add. */
function inLogits({ beside, level }: AssumedSides, sd: number, k: 0 | 1): number {
  const whole = sd * sd + beside[k];
  return whole === 0 ? 0 : Math.sqrt((sd * sd) / whole) * logitSd(level[k], Math.sqrt(whole));
}

/** Returns the SD after, in score units, that is `ratio` times the one before; in logits for shares. */
export function sdAfter(sides: AssumedSides, ratio: number): number {
  const { component, level, shares } = sides;
  const before = Math.max(0, component[0]);
  if (!shares || before === 0) return ratio * Math.sqrt(before);
  const target = ratio * inLogits(sides, Math.sqrt(before), 0);
  let [low, high] = [0, logitNormalSd(level[1], 8)];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (inLogits(sides, middle, 1) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function seesOf({ sides, asked, change, design, rows }: Pilot, power: number, alpha: number): PlanEntry["sees"] {
  const { fall, rise } = detectableSds(sides, asked, power, alpha);
  const [before] = sides.component;
  const ratio = (sd: number | null) => (sd === null || before <= 0 ? null : ratioOf(sides, sd));
  const asked2 = { wordings: design.wordings, presentations: presentations(design), rows };
  return {
    fall_ratio: ratio(fall),
    rise_ratio: ratio(rise),
    rise_to: rise,
    change:
      design.wordings - presentations(design) < 1 ? null : finite(predictedDetectable([change, asked2], power, alpha)),
  };
}

const presentations = ({ presentations: c, wordings }: CrossedDesign) => Math.min(c, Math.max(1, wordings - 1));

/** Inverts {@link sdAfter}. */
function ratioOf(sides: AssumedSides, sd: number): number {
  const root = Math.sqrt(sides.component[0]);
  return sides.shares ? inLogits(sides, sd, 1) / inLogits(sides, root, 0) : sd / root;
}

/** Returns the power of the default design of this size, where the SD after is `ratio` times the one before. */
export function predictedPower(pilot: Pilot, ratio: number, size: Size, alpha: number): number {
  const { sides, left } = pilot;
  const design = plannedDesign(size.wordings, presentationsOf(pilot));
  const differenceDf = Math.max(1.5, design.df * left);
  return powerOfSdChange(sides, { design, rows: size.rows, differenceDf }, sdAfter(sides, ratio) ** 2, alpha);
}

function needsOf(pilot: Pilot, wanted: Wanted, alpha: number, mostRows: number): NeedRecord[] {
  const present = { wordings: pilot.design.wordings, rows: pilot.rows };
  const c = presentationsOf(pilot);
  const { power } = wanted;
  const over = (what: string, now: number | null, reached: ((size: Size) => boolean) | null, why: string | null, range: NeedRecord["range"] = null): NeedRecord => {
    const none = { wordings: null, rows: null, least: null };
    return { what, present: now === null ? null : finite(now), ...(reached === null ? none : needOf(reached, present, mostRows)), range, why };
  }; // prettier-ignore
  const needs: NeedRecord[] = [];
  const { ratio, change, sd_error, mean_error, change_error } = wanted;
  if (ratio !== null) {
    const reached = (sides: AssumedSides) => (size: Size) =>
      predictedPower({ ...pilot, sides }, ratio, size, alpha) >= power;
    const least = (sd: number) => {
      const sides = withComponent(pilot.sides, sd * sd);
      return sd === 0 ? null : needOf(reached(sides), present, mostRows).least;
    };
    const zero = pilot.sides.component[0] <= 0;
    const range = { best: least(pilot.sdInterval.high), worst: least(pilot.sdInterval.low) };
    const now = zero ? null : powerOfSdChange(pilot.sides, pilot.asked, sdAfter(pilot.sides, ratio) ** 2, alpha);
    const why = "the SD between wordings is estimated at 0, which has no multiple";
    const what = `SD x ${ratio}`;
    needs.push(over(what, now, zero ? null : reached(withComponent(pilot.sides, pilot.sides.component[0])), zero ? why : null, range)); // prettier-ignore
  }
  const asked = (size: Size) => ({ ...size, presentations: c });
  if (change !== null) {
    const seen = (size: Size) => predictedDetectable([pilot.change, asked(size)], power, alpha);
    const now = predictedChangePower([pilot.change, asked(present)], change, alpha);
    needs.push(over(`change of the mean by ${change}`, now, (size) => seen(size) <= Math.abs(change), null));
  }
  if (sd_error !== null) {
    const half = (size: Size) => {
      const { low, high } = predictedSdInterval(pilot.sides.component[0], pilot.sides.rowVariance[0], plannedDesign(size.wordings, c), size.rows); // prettier-ignore
      return (high - low) / 2;
    };
    needs.push(over(`SD within ${sd_error}`, half(present), (size) => half(size) <= sd_error, null));
  }
  const within = (what: string, components: Pilot["level"], error: number) => {
    const half = (size: Size) => predictedHalfWidth(components, asked(size));
    needs.push(over(`${what} within ${error}`, half(present), (size) => half(size) <= error, null));
  };
  if (mean_error !== null) within("mean", pilot.level, mean_error);
  if (change_error !== null) within("change of the mean", pilot.change, change_error);
  return needs;
}

/** Returns the same sides with another component. */
function withComponent(sides: AssumedSides, component: number): AssumedSides {
  return { ...sides, component: [component, component] };
}
