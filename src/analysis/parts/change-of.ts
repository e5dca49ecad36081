/** Compares one checkpoint before and after fine-tuning, on one task. */

import { type CrossedChange, crossedChange } from "../../statistics/crossed/change.js";
import { type CrossedDesign, ownWordings } from "../../statistics/crossed/design.js";
import { type CrossedLevel, crossedLevel } from "../../statistics/crossed/level.js";
import { type Interval, normalInverse, normalTwoSided, tInterval, tTwoSided } from "../../statistics/distributions.js";
import { differenceMoments, type GridMoments, pairedMoments, type PairedMoments } from "../../statistics/moments.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { detectableDifference } from "../../statistics/power.js";
import { kendallTau } from "../../statistics/rank-agreement.js";
import { mean } from "../../statistics/uncertainty.js";
import type {
  AnalysedCheckpoint, AnalysedPrompt, Comparison, FloorRecord, LevelChange, PromptChange, RankChange, SplitChange,
} from "../document/document.js"; // prettier-ignore
import { type JudgedTask, type Measured, widthOf } from "../read/input.js";
import { finite, intervalRecord, type Streams } from "../document/records.js";
import { momentsOf, pssOf, unitsOf } from "../read/remembered.js";
import { subsetGrid, subsetMoments } from "../read/subset.js";
import { contrastRecord, rawTest, sensitivityRecord, totalRecord } from "./change-tests.js";
import { designOf } from "./design-of.js";
import { fewChangedSd, fewChanges, fewContrastChanges, largestUnseenSd, type MeanChange } from "./few-rows.js";
import { flipsOf } from "./flips.js";

/** Holds a comparison before its p-values are adjusted, with what pooling needs. */
export interface RawComparison {
  readonly record: Omit<Comparison, "verdict">;
  readonly change: CrossedChange | null;
  readonly noise: Measured["noise"];
  readonly shares: boolean;
}

/** @returns null where the two share no prompt or were not scored on the same rows */
export function changeOf(
  before: Measured,
  after: Measured,
  task: JudgedTask & { readonly chance: number | null },
  sft: AnalysedCheckpoint,
  described: readonly AnalysedPrompt[],
  streams: Streams,
): RawComparison | null {
  const shared = before.prompts.filter((id) => after.prompts.includes(id));
  if (shared.length === 0 || !sameRows(before, after)) return null;
  const [b, a] = [at(before, shared), at(after, shared)];
  const [x, y] = [before.scores && subsetGrid(before.scores.grid, b), after.scores && subsetGrid(after.scores.grid, a)];
  const [u, v] = [before.scores && unitsOf(before.scores), after.scores && unitsOf(after.scores)];
  const noise = before.noise === after.noise ? before.noise : null;
  const moments =
    u && v
      ? pairedMoments(subsetGrid(u, b), subsetGrid(v, a), momentsOf)
      : withoutCross(subsetMoments(before.moments, b), subsetMoments(after.moments, a));
  const { design, record } = designOf(shared, described);
  const shares = before.shares && after.shares;
  const change = crossedChange(moments, design, (name) => streams("crossed", name), { shares });
  // The noise of means lies between none and that of prompts with rows of their own: a change must be one at both ends.
  const raw =
    noise === "independent" ? rawTest(moments.before.means, moments.after.means, streams("prompt swap")) : null;
  const difference = crossedLevel(differenceMoments(moments), design);
  const rows = (grid: ScoreGrid | null, { scores }: Measured) => scores && grid && { grid, clusters: scores.clusters };
  const [p, q] = [rows(x, before), rows(y, after)];
  const unseen = (own: typeof p) => own && largestUnseenSd(own, design);
  const noiseless =
    noise === "independent"
      ? crossedChange(withoutNoise(moments), design, (name) => streams("crossed", name), { shares })
      : null;
  const few = p && q && fewChangedSd(p, q, design);
  const bounds = { shares, width: widthOf(task.judged), unseen: [unseen(p), unseen(q)] as const, few, noiseless };
  return {
    change,
    noise,
    shares,
    record: {
      base: before.checkpoint,
      sft: after.checkpoint,
      sft_task: sft.sft_task,
      step: sft.step,
      task: task.name,
      metric: task.metric,
      items: before.items === after.items ? before.items : null,
      prompts: shared.map((id, p) => promptChange(id, p, moments, before, after, noise)),
      design: record,
      level:
        noise === "crossed" && difference !== null
          ? levelChange(moments, difference, p && q && fewChanges(p, q))
          : meansChange(moments, before, after, b, a, design),
      sensitivity: {
        probability: change && sensitivityRecord(change, "probability", noise, raw, bounds),
        logit: change && sensitivityRecord(change, "logit", noise, raw, bounds),
      },
      total: change && noise === "crossed" ? totalRecord(change, bounds) : null,
      contrast:
        change && noise === "crossed"
          ? contrastRecord(change, record.presentations, 2 * bounds.width, p && q && fewContrastChanges(p, q, design))
          : null,
      floor: floorOf(moments, design, noise, task),
      pss: shares ? pssChange(x, y) : null,
      ranking: rankChange(moments, shared, task.judged),
      flips: flipsOf(before, after, b, a),
      seen: split(moments, shared, described, true, noise),
      unseen: split(moments, shared, described, false, noise),
    },
  };
}

/**
 * Tells for each side whether it is at the floor: the 95 % interval of its mean, for new rows, reaches down to the
 * score of guessing.
 */
function floorOf(
  { before, after }: PairedMoments,
  design: CrossedDesign,
  noise: Measured["noise"],
  { chance, judged: { higher_is_better } }: JudgedTask & { readonly chance: number | null },
): FloorRecord {
  const at = (moments: GridMoments): boolean | null => {
    if (chance === null) return null;
    const bounds = noise === "crossed" ? crossedLevel(moments, design)?.itemInterval : meansInterval(moments, noise);
    if (bounds === undefined) return null;
    return higher_is_better ? bounds.low <= chance : bounds.high >= chance;
  };
  return { before: at(before), after: at(after), p_holm_above: null };
}

/** Returns the interval of a mean over prompts as if all prompts erred alike. */
function meansInterval(
  { means, covariance, prompts, items }: GridMoments,
  noise: Measured["noise"],
): Interval | undefined {
  if (noise === null) return undefined;
  const errors = means.map((_, p) => Math.sqrt((covariance[p * prompts + p] as number) / items));
  const half = normalInverse(0.975) * mean(errors);
  return { low: mean(means) - half, high: mean(means) + half };
}

/** Tells whether both were scored on the same rows, as far as rows are known. */
export function sameRows(before: Measured, after: Measured): boolean {
  const [x, y] = [before.scores?.rows, after.scores?.rows];
  if (x === undefined || y === undefined) return x === y;
  return x.length === y.length && x.every((row, i) => row === y[i]);
}

function at({ prompts }: Measured, shared: readonly string[]): number[] {
  return shared.map((id) => prompts.indexOf(id));
}

/** Counts the prompts of one name that were not the same text for both: other shots, or another template. */
export function differentlyAsked(before: Measured, after: Measured): number {
  const [x, y] = [before.scores?.asked, after.scores?.asked];
  if (x === undefined || y === undefined) return 0;
  return before.prompts.filter((id, p) => {
    const q = after.prompts.indexOf(id);
    return q >= 0 && x[p] !== y[q];
  }).length;
}

function withoutNoise({ before, after, cross }: PairedMoments): PairedMoments {
  const none = new Float64Array(cross.length);
  return { before: { ...before, covariance: none }, after: { ...after, covariance: none }, cross: none };
}

/**
 * Pairs the means of two checkpoints where nothing is known of how they go together. Both are put on the smaller number
 * of rows, each with its own errors: covariances are of one row, and a table may say other numbers for the two.
 */
function withoutCross(before: GridMoments, after: GridMoments): PairedMoments {
  const items = Math.min(before.items, after.items);
  const on = (side: GridMoments): GridMoments => ({
    ...side,
    items,
    covariance: side.covariance.map((value) => (value * items) / side.items),
  });
  return { before: on(before), after: on(after), cross: new Float64Array(before.prompts ** 2) };
}

function promptChange(
  prompt: string,
  p: number,
  { before, after, cross }: PairedMoments,
  measuredBefore: Measured,
  measuredAfter: Measured,
  noise: Measured["noise"],
): PromptChange {
  const n = before.prompts;
  const [x, y] = [before.means[p] as number, after.means[p] as number];
  const entry = p * n + p;
  let stderr: number | null;
  if (noise === "crossed") {
    const paired =
      (before.covariance[entry] as number) + (after.covariance[entry] as number) - 2 * (cross[entry] as number);
    const own = Math.sqrt(Math.max(0, paired) / before.items);
    stderr = own === 0 ? null : own;
  } else {
    const errors = [measuredBefore, measuredAfter].map((one) => one.stderrs[one.prompts.indexOf(prompt)] ?? null);
    stderr = errors.includes(null) ? null : Math.hypot(...(errors as number[]));
  }
  const half = normalInverse(0.975) * (stderr ?? NaN);
  const interval = stderr === null ? null : { low: y - x - half, high: y - x + half };
  return { prompt, before: x, after: y, change: y - x, stderr, interval };
}

function levelChange({ before, after }: PairedMoments, own: CrossedLevel, few: MeanChange | null): LevelChange {
  const common = { before: mean(before.means), after: mean(after.means), change: own.mean, p_holm: null };
  const item = Math.max(own.itemStderr, few?.stderr ?? 0);
  // Rows of scores without such an interval that all changed alike say nothing of others.
  if (item === 0)
    return { ...common, item_stderr: null, item_interval: null, ...NO_CROSSED, p: null, detectable: null };
  const wide = ({ low, high }: Interval) =>
    intervalRecord({
      low: Math.min(low, few?.interval.low ?? Infinity),
      high: Math.max(high, few?.interval.high ?? -Infinity),
    });
  const crossed = own.wordingStderr === null ? null : Math.max(own.wordingStderr, few?.stderr ?? 0);
  const stderr = crossed ?? item;
  const df = own.wordingDf ?? before.items - 1;
  return {
    ...common,
    item_stderr: item,
    item_interval: wide(own.itemInterval),
    crossed_stderr: crossed,
    crossed_interval: own.wordingInterval && wide(own.wordingInterval),
    p: Math.max(tTwoSided(own.mean / stderr, df), few?.p ?? 0),
    detectable: finite(detectableDifference(stderr, df)),
  };
}

const NO_CROSSED = { crossed_stderr: null, crossed_interval: null };

/**
 * Returns the change of means as if all prompts erred alike on the items they share and nothing were shared by before
 * and after: its error is never too small.
 */
function meansChange(
  { before, after }: PairedMoments,
  measuredBefore: Measured,
  measuredAfter: Measured,
  b: readonly number[],
  a: readonly number[],
  design: CrossedDesign,
): LevelChange {
  const errors = [...b.map((p) => measuredBefore.stderrs[p]), ...a.map((p) => measuredAfter.stderrs[p])];
  const known = errors.every((one) => typeof one === "number");
  const half = errors.length / 2;
  const together = known ? Math.hypot(mean(errors.slice(0, half)), mean(errors.slice(half))) : null;
  const item = together === 0 ? null : together;
  const changes = after.means.map((value, p) => value - (before.means[p] as number));
  const change = mean(changes);
  const wordings = item === null ? null : betweenWordings(changes, design);
  const crossed = item === null || wordings === null ? null : Math.sqrt(item ** 2 + wordings);
  const stderr = crossed ?? item;
  // The wordings' part has fewer degrees of freedom, and nothing is known of the items' number.
  const df = crossed === null ? Infinity : design.togetherDf;
  return {
    before: mean(before.means),
    after: mean(after.means),
    change,
    item_stderr: item,
    item_interval: item === null ? null : intervalRecord(tInterval(change, item, Infinity)),
    crossed_stderr: crossed,
    crossed_interval: crossed === null ? null : intervalRecord(tInterval(change, crossed, df)),
    p: stderr === null ? null : zeroSafe(change, stderr, df),
    p_holm: null,
    detectable: stderr === null ? null : finite(detectableDifference(stderr, df)),
  };
}

/**
 * Returns the variance of the mean that the wordings make, their noise included; null where they cannot be compared.
 */
function betweenWordings(changes: Float64Array, design: CrossedDesign): number | null {
  const none = new Float64Array(changes.length ** 2);
  const own = crossedLevel({ prompts: changes.length, items: 2, means: changes, covariance: none }, design);
  return own?.wordingStderr == null ? null : own.wordingStderr ** 2;
}

function zeroSafe(change: number, stderr: number, df: number): number {
  if (stderr === 0) return change === 0 ? 1 : 0;
  return df === Infinity ? normalTwoSided(change / stderr) : tTwoSided(change / stderr, df);
}

function pssChange(x: ScoreGrid | null, y: ScoreGrid | null): Comparison["pss"] {
  const [before, after] = [x && pssOf(x), y && pssOf(y)];
  return before && after ? { before: before.value, after: after.value } : null;
}

function rankChange(
  { before, after }: PairedMoments,
  shared: readonly string[],
  { higher_is_better }: JudgedTask["judged"],
): RankChange | null {
  const tau = kendallTau(before.means, after.means);
  if (tau === null) return null;
  const best = (means: Float64Array) =>
    shared[means.indexOf(higher_is_better ? Math.max(...means) : Math.min(...means))] as string;
  return { ...tau, best_before: best(before.means), best_after: best(after.means) };
}

function split(
  moments: PairedMoments,
  shared: readonly string[],
  described: readonly AnalysedPrompt[],
  seen: boolean,
  noise: Measured["noise"],
): SplitChange | null {
  const chosen = shared.flatMap((id, p) => (described.find((one) => one.id === id)?.seen === seen ? [p] : []));
  if (chosen.length === 0) return null;
  const own = subsetMoments(differenceMoments(moments), chosen);
  const error = noise === "crossed" ? crossedLevel(own, ownWordings(chosen.length)) : null;
  return { prompts: chosen.length, change: mean(own.means), stderr: error && error.itemStderr };
}
