/** One checkpoint before and after fine-tuning, on one task. */

import { changeOfMoments, type SensitivityChange, sensitivityChanges } from "../../statistics/change.js";
import { normalInverse, normalTwoSided, tInterval, tTwoSided } from "../../statistics/distributions.js";
import {
  atBoundary,
  differenceMoments,
  type GridMoments,
  pairedMoments,
  type PairedMoments,
  type Scale,
} from "../../statistics/moments.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { level } from "../../statistics/level.js";
import { detectableChange, detectableDifference } from "../../statistics/power.js";
import { kendallTau } from "../../statistics/rank-agreement.js";
import { mean, variance } from "../../statistics/uncertainty.js";
import type {
  AnalysedCheckpoint, AnalysedPrompt, ChangeTests, Comparison, LevelChange, PromptChange, RankChange,
  SensitivityChangeRecord, SplitChange,
} from "../document/document.js"; // prettier-ignore
import type { Measured } from "../read/input.js";
import { finite, intervalRecord, type Streams } from "../document/records.js";
import { momentsOf, pssOf } from "../read/remembered.js";
import { subsetGrid, subsetMoments } from "../read/subset.js";
import { flipsOf } from "./flips.js";

/** A comparison before its p-values are adjusted, with what pooling needs. */
export interface RawComparison {
  readonly record: Omit<Comparison, "verdict">;
  readonly moments: PairedMoments;
  readonly noise: Measured["noise"];
}

/** @returns null where the two share no prompt or were not scored on the same rows */
export function changeOf(
  before: Measured,
  after: Measured,
  task: { readonly name: string; readonly metric: string },
  sft: AnalysedCheckpoint,
  described: readonly AnalysedPrompt[],
  streams: Streams,
): RawComparison | null {
  const shared = before.prompts.filter((id) => after.prompts.includes(id));
  if (shared.length === 0 || !sameRows(before, after)) return null;
  const [b, a] = [at(before, shared), at(after, shared)];
  const [x, y] = [before.scores && subsetGrid(before.scores.grid, b), after.scores && subsetGrid(after.scores.grid, a)];
  const noise = before.noise === after.noise ? before.noise : null;
  const moments =
    x && y
      ? pairedMoments(x, y, momentsOf)
      : withoutCross(subsetMoments(before.moments, b), subsetMoments(after.moments, a));
  const boundary = atBoundary(moments.before) + atBoundary(moments.after) > 0;
  const [probability, logit] = changesOf(x, y, moments, streams).map((change) => ({
    ...sensitivityRecord(change, noise, moments.before.items),
    at_boundary: boundary,
  }));
  const difference = level(differenceMoments(moments));
  return {
    moments,
    noise,
    record: {
      base: before.checkpoint,
      sft: after.checkpoint,
      sft_task: sft.sft_task,
      step: sft.step,
      task: task.name,
      metric: task.metric,
      items: before.items === after.items ? before.items : null,
      prompts: shared.map((id, p) => promptChange(id, p, moments, before, after, noise)),
      level: noise === "crossed" ? levelChange(moments, difference) : meansChange(moments, before, after, b, a),
      sensitivity: { probability: probability ?? null, logit: logit ?? null },
      pss: pssChange(x, y),
      ranking: rankChange(moments, shared),
      flips: flipsOf(before, after, b, a),
      seen: split(moments, shared, described, true, noise),
      unseen: split(moments, shared, described, false, noise),
    },
  };
}

/** On both scales; none where there are too few prompts or rows. */
function changesOf(
  x: ScoreGrid | null,
  y: ScoreGrid | null,
  moments: PairedMoments,
  streams: Streams,
): readonly SensitivityChange[] {
  const scales: readonly Scale[] = ["probability", "logit"];
  if (moments.before.prompts < 2 || moments.before.items < 2) return [];
  if (x && y) return sensitivityChanges(x, y, scales, streams, { moments });
  return scales.map((scale) => changeOfMoments(moments, scale, (name) => streams(scale, name)));
}

function sameRows(before: Measured, after: Measured): boolean {
  const [x, y] = [before.scores?.rows, after.scores?.rows];
  if (x === undefined || y === undefined) return x === y;
  return x.length === y.length && x.every((row, i) => row === y[i]);
}

function at({ prompts }: Measured, shared: readonly string[]): number[] {
  return shared.map((id) => prompts.indexOf(id));
}

/** How many prompts of one name were not the same text for both: other shots, or another template. */
export function differentlyAsked(before: Measured, after: Measured): number {
  const [x, y] = [before.scores?.asked, after.scores?.asked];
  if (x === undefined || y === undefined) return 0;
  return before.prompts.filter((id, p) => {
    const q = after.prompts.indexOf(id);
    return q >= 0 && x[p] !== y[q];
  }).length;
}

/** What is known of two checkpoints' means alone: nothing of how they go together. */
function withoutCross(before: GridMoments, after: GridMoments): PairedMoments {
  return { before, after, cross: new Float64Array(before.prompts ** 2) };
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
    stderr = Math.sqrt(Math.max(0, paired) / before.items);
  } else {
    const errors = [measuredBefore, measuredAfter].map((one) => one.stderrs[one.prompts.indexOf(prompt)] ?? null);
    stderr = errors.includes(null) ? null : Math.hypot(...(errors as number[]));
  }
  const half = normalInverse(0.975) * (stderr ?? NaN);
  const interval = stderr === null ? null : { low: y - x - half, high: y - x + half };
  return { prompt, before: x, after: y, change: y - x, stderr, interval };
}

function levelChange({ before, after }: PairedMoments, own: ReturnType<typeof level>): LevelChange {
  const stderr = own.crossedStderr ?? own.itemStderr;
  const df = own.crossedStderr === null ? before.items - 1 : (own.crossedDf ?? NaN);
  return {
    before: mean(before.means),
    after: mean(after.means),
    change: own.mean,
    item_stderr: own.itemStderr,
    item_interval: own.itemInterval && intervalRecord(own.itemInterval),
    crossed_stderr: own.crossedStderr,
    crossed_interval: own.crossedInterval && intervalRecord(own.crossedInterval),
    p: stderr === null ? null : zeroSafe(own.mean, stderr, df),
    p_holm: null,
    detectable: stderr === null ? null : finite(detectableDifference(stderr, df)),
  };
}

/** As if all prompts erred alike on the items they share and nothing were shared by before and after: never too small. */
function meansChange(
  { before, after }: PairedMoments,
  measuredBefore: Measured,
  measuredAfter: Measured,
  b: readonly number[],
  a: readonly number[],
): LevelChange {
  const errors = [...b.map((p) => measuredBefore.stderrs[p]), ...a.map((p) => measuredAfter.stderrs[p])];
  const known = errors.every((one) => typeof one === "number");
  const half = errors.length / 2;
  const item = known ? Math.hypot(mean(errors.slice(0, half)), mean(errors.slice(half))) : null;
  const changes = after.means.map((value, p) => value - (before.means[p] as number));
  const change = mean(changes);
  const prompts = before.prompts;
  const crossed = item === null || prompts < 2 ? null : Math.sqrt(item ** 2 + variance(changes) / prompts);
  const stderr = crossed ?? item;
  // The prompts' part has prompts - 1 degrees of freedom, and nothing is known of the items' number.
  const df = crossed === null ? Infinity : prompts - 1;
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

function zeroSafe(change: number, stderr: number, df: number): number {
  if (stderr === 0) return change === 0 ? 1 : 0;
  return df === Infinity ? normalTwoSided(change / stderr) : tTwoSided(change / stderr, df);
}

function sensitivityRecord(
  result: SensitivityChange,
  noise: Measured["noise"],
  items: number,
): Omit<SensitivityChangeRecord, "at_boundary"> {
  const { noiseCorrected, pitmanMorgan, promptSwap, noiseCorrectedSwap, crossedBootstrap } = result;
  const corrected = noise === null ? null : noiseCorrected;
  const tests: ChangeTests = {
    pitman_morgan: pitmanMorgan && {
      t: finite(pitmanMorgan.t),
      df: pitmanMorgan.df,
      p: pitmanMorgan.p,
      sd_ratio: pitmanMorgan.sdRatio,
      interval: intervalRecord(pitmanMorgan.interval),
    },
    prompt_swap: promptSwap && { p: promptSwap.p, exact: promptSwap.exact },
    noise_corrected: corrected && { p: corrected.p },
    noise_corrected_swap:
      noise === null || !noiseCorrectedSwap ? null : { p: noiseCorrectedSwap.p, exact: noiseCorrectedSwap.exact },
  };
  return {
    raw_sd_before: rawSd(result.componentsBefore, items),
    raw_sd_after: rawSd(result.componentsAfter, items),
    sd_before: corrected && corrected.sdBefore,
    sd_after: corrected && corrected.sdAfter,
    sd_change_interval: corrected && intervalRecord(corrected.sdChange),
    sd_ratio_interval: corrected && intervalRecord(corrected.sdRatio),
    variance_change: corrected && corrected.varianceChange,
    variance_interval: corrected && intervalRecord(corrected.varianceInterval),
    p: headline(result, noise),
    p_holm: null,
    tests,
    crossed_bootstrap: crossedBootstrap && {
      log_sd_ratio: intervalRecord(crossedBootstrap.logSdRatio),
      variance_change: intervalRecord(crossedBootstrap.varianceChange),
      mean_change: intervalRecord(crossedBootstrap.meanChange),
    },
    power: powerOf(result, noise),
  };
}

function rawSd(components: SensitivityChange["componentsBefore"], items: number): number {
  return Math.sqrt((components?.msPrompt ?? NaN) / items);
}

/**
 * From scores, the larger of the two noise-corrected p-values. From means, whose noise lies between none and that of
 * prompts with items of their own, the largest of both kinds of tests at both ends.
 */
function headline(result: SensitivityChange, noise: Measured["noise"]): number | null {
  if (noise === null || result.p === null) return null;
  if (noise === "crossed") return result.p;
  return Math.max(result.p, result.pitmanMorgan?.p ?? 1, result.promptSwap?.p ?? 1);
}

function powerOf(result: SensitivityChange, noise: Measured["noise"]): SensitivityChangeRecord["power"] {
  const { componentsBefore: before, componentsAfter: after } = result;
  if (noise === null || before === null || after === null || before.prompts < 5) return null;
  const { fall, rise } = detectableChange({
    prompts: before.prompts,
    items: before.items,
    promptSd: Math.sqrt(Math.max(0, before.prompt)),
    residualBefore: before.residual,
    residualAfter: after.residual,
    correlation: 0,
  });
  return { fall_to: before.prompt > 0 ? fall : null, rise_to: rise };
}

function pssChange(x: ScoreGrid | null, y: ScoreGrid | null): Comparison["pss"] {
  const [before, after] = [x && pssOf(x), y && pssOf(y)];
  return before && after ? { before: before.value, after: after.value } : null;
}

function rankChange({ before, after }: PairedMoments, shared: readonly string[]): RankChange | null {
  const tau = kendallTau(before.means, after.means);
  if (tau === null) return null;
  const best = (means: Float64Array) => shared[means.indexOf(Math.max(...means))] as string;
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
  const own = level(subsetMoments(differenceMoments(moments), chosen));
  return { prompts: chosen.length, change: own.mean, stderr: noise === "crossed" ? own.itemStderr : null };
}
