/** Measures one checkpoint on one task. */

import { majorityShare } from "../../statistics/majority.js";
import { type CrossedDesign, ownWordings } from "../../statistics/crossed/design.js";
import { crossedLevel } from "../../statistics/crossed/level.js";
import { drawnComponents } from "../../statistics/drawn-texts.js";
import { type Interval, normalInverse, wilsonInterval } from "../../statistics/distributions.js";
import { percentile, promptRange } from "../../statistics/level.js";
import type { GridMoments } from "../../statistics/moments.js";
import { combinedPerformance, expectedRange, saturation } from "../../statistics/sensitivity.js";
import { mean } from "../../statistics/uncertainty.js";
import { answersOf, posixOf } from "./answers-of.js";
import { axesOf } from "./axes-of.js";
import { designOf } from "./design-of.js";
import type { AnalysedPrompt, IntervalRecord, LevelRecord, PromptLevel, PromptRangeRecord, SplitRecord, TaskAtCheckpoint } from "../document/document.js"; // prettier-ignore
import { type JudgedBy, type JudgedTask, type Measured, widthOf } from "../read/input.js";
import { finite, intervalRecord, type Streams } from "../document/records.js";
import {
  fewContrast,
  largestUnseenSd,
  largestUnseenSdOfMeans,
  shareWithWidth,
  shownStderr,
  stderrWithWidth,
  withWidth,
} from "./few-rows.js";
import { pssOf } from "../read/remembered.js";
import { quantilesOf } from "./order-of.js";
import { scorerOf } from "./scorer.js";
import { sensitivityOf } from "./sensitivity-of.js";
import { subsetMoments } from "../read/subset.js";

export function levelOf(
  measured: Measured,
  task: JudgedTask,
  described: readonly AnalysedPrompt[],
  streams: Streams,
): TaskAtCheckpoint {
  const { checkpoint, prompts, moments, noise, scores } = measured;
  const about = prompts.map((id) => described.find((one) => one.id === id) ?? { id, seen: null, axes: {} });
  const { design, record } = designOf(prompts, described);
  const { judged } = task;
  const { shares } = measured;
  const unseen =
    scores === null
      ? largestUnseenSdOfMeans(moments.means, shares ? measured.items : null, design)
      : largestUnseenSd(scores, design);
  const contrast = scores && fewContrast(scores, design);
  const bounds = { shares, width: widthOf(judged), unseen, contrast };
  const { byScale, presentations } = sensitivityOf(moments, design, noise, bounds);
  const pss = shares && scores ? pssOf(scores.grid) : null;
  return {
    checkpoint,
    task: task.name,
    metric: task.metric,
    prompts: prompts.map((_, p) => promptLevel(measured, p, judged, about[p]?.seen ?? null)),
    items: measured.items,
    median_shots: measured.medianShots,
    majority_share: scores?.answers?.sameLabels === true ? majorityShare(scores.answers.gold) : null,
    validity: [...measured.validity],
    level: levelRecord(measured, design, judged),
    range: rangeRecord(
      measured,
      judged,
      noise === "crossed" ? (byScale.probability?.components?.residual ?? null) : null,
    ),
    quantiles: quantilesOf(measured, design, streams, judged),
    design: record,
    saturation: shares ? saturation(moments.means) : null,
    combined_performance: shares ? combinedPerformance(moments.means) : null,
    sensitivity: byScale,
    ...samplingOf(measured),
    presentations,
    pss: pss && { value: pss.value, item_stderr: finite(pss.itemStderr), crossed_stderr: finite(pss.crossedStderr) },
    answers: scores?.answers ? answersOf(scores.answers, about) : null,
    posix: scores?.answers ? posixOf(scores.answers) : null,
    scorer: scorerOf(measured, task, design),
    axes: noise === "crossed" && shares ? axesOf(moments, about, streams("axes")) : null,
    seen: split(measured, about, true, judged),
    unseen: split(measured, about, false, judged),
    noisy: measured.noisy.map((one) => ({
      ...one,
      interval: normalInterval(one.mean, one.stderr),
      label_mass: null,
      unparseable: null,
      seen: false,
    })),
  };
}

/** Returns what drawing texts adds, where several were drawn for each row. */
function samplingOf({ scores }: Measured): Pick<TaskAtCheckpoint, "sampling"> {
  const { grid, drawn, clusters = null } = scores ?? {};
  const found = grid && drawn && drawnComponents(grid, drawn.within, drawn.samples, clusters ?? undefined);
  if (!found) return {};
  const { sampling, interaction, shareOfNoise } = found;
  return {
    sampling: {
      samples: drawn.samples,
      temperature: drawn.temperature,
      variance: sampling.value,
      interval: intervalRecord({ ...sampling.interval, low: Math.max(0, sampling.interval.low) }),
      interaction: interaction && interaction.value,
      interaction_interval: interaction && intervalRecord(interaction.interval),
      share_of_noise: shareOfNoise,
    },
  };
}

function promptLevel(measured: Measured, p: number, judged: JudgedBy, seen: boolean | null): PromptLevel {
  const value = measured.moments.means[p] as number;
  return {
    prompt: measured.prompts[p] as string,
    mean: value,
    stderr: promptStderr(measured, p),
    interval: promptInterval(measured, p, judged),
    label_mass: measured.labelMass[p] ?? null,
    unparseable: measured.unparseable[p] ?? null,
    seen,
  };
}

/** Returns the standard error of a prompt's mean: never 0 for shares; null where rows of other scores are all alike. */
function promptStderr({ moments, stderrs, scores, shares }: Measured, p: number): number | null {
  const own = stderrs[p] ?? null;
  if (own === null) return null;
  return shownStderr({ mean: moments.means[p] as number, stderr: own, n: moments.items }, scores !== null && shares);
}

/**
 * Returns the interval of a prompt's mean: of right/wrong scores by Wilson, of others and of clusters from the standard
 * error.
 */
function promptInterval(
  { moments, stderrs, scores, shares, items: known }: Measured,
  p: number,
  judged: JudgedBy,
): IntervalRecord | null {
  const value = moments.means[p] as number;
  if (scores === null) return ofMeans(value, stderrs[p] ?? null, known, shares, judged);
  const { items, values } = scores.grid;
  const own = values.subarray(p * items, (p + 1) * items);
  const { clusters } = scores;
  if (shares && clusters === null && own.every((one) => one === 0 || one === 1)) return wilsonInterval(value, items);
  const interval = normalInterval(value, stderrs[p] === 0 && !shares ? null : (stderrs[p] ?? null));
  return interval && within(withWidth(interval, { grid: { prompts: 1, items, values: own }, clusters }), judged);
}

/** Keeps an interval within the range of the metric. */
function within({ low, high }: IntervalRecord, { range: [least, most] }: JudgedBy): IntervalRecord {
  return {
    low: least === null ? low : Math.max(least, low ?? least),
    high: most === null ? high : Math.min(most, high ?? most),
  };
}

/** Returns the interval of a mean of which no rows are known. */
function ofMeans(
  value: number,
  stderr: number | null,
  items: number | null,
  shares: boolean,
  judged: JudgedBy,
): IntervalRecord | null {
  const own = normalInterval(value, stderr);
  if (own === null || stderr === null) return null;
  return within(shares ? shareWithWidth(own, { mean: value, stderr }, items) : own, judged);
}

function normalInterval(value: number, stderr: number | null): IntervalRecord | null {
  const half = normalInverse(0.975) * (stderr ?? NaN);
  return stderr === null ? null : { low: value - half, high: value + half };
}

/**
 * Describes the level of a checkpoint. Where only means are known the standard error is the mean of theirs: what it
 * would be if all prompts erred alike on the items they share, and so never too small.
 */
function levelRecord(measured: Measured, design: CrossedDesign, judged: JudgedBy): LevelRecord {
  const { moments, noise, scores, stderrs } = measured;
  const none = { crossed_stderr: null, crossed_interval: null };
  const own = noise === "crossed" && scores !== null ? crossedLevel(moments, design) : null;
  if (own === null || scores === null) {
    const stderr = stderrs.some((one) => one === null) ? null : mean(stderrs as number[]);
    const value = mean(moments.means);
    const interval = ofMeans(value, stderr, measured.items, measured.shares && scores === null, judged);
    return { mean: value, item_stderr: stderr, item_interval: interval, ...none };
  }
  const bounded = (interval: Interval) => within(withWidth(intervalRecord(interval), scores), judged);
  const item = stderrWithWidth(own.itemStderr, scores);
  // Rows of a metric without such an interval that are all alike say nothing of others.
  if (item === 0) return { mean: own.mean, item_stderr: null, item_interval: null, ...none };
  return {
    mean: own.mean,
    item_stderr: item,
    item_interval: bounded(own.itemInterval),
    crossed_stderr: own.wordingStderr === null ? null : stderrWithWidth(own.wordingStderr, scores),
    crossed_interval: own.wordingInterval && bounded(own.wordingInterval),
  };
}

function rangeRecord({ prompts, moments }: Measured, judged: JudgedBy, residual: number | null): PromptRangeRecord {
  const { best: largest, worst: smallest, p5, median, p95, spread } = promptRange(moments.means);
  const [best, worst] = judged.higher_is_better ? [largest, smallest] : [smallest, largest];
  const at = (value: number) => prompts[moments.means.indexOf(value)] as string;
  return {
    best,
    best_prompt: at(best),
    worst,
    worst_prompt: at(worst),
    p5,
    median,
    p95,
    spread,
    // Errors of few rows are no normal numbers, and their range has no room beyond that of the metric.
    spread_from_noise:
      residual === null
        ? null
        : Math.min(widthOf(judged), expectedRange(prompts.length) * Math.sqrt(residual / moments.items)),
  };
}

function split(
  measured: Measured,
  about: readonly AnalysedPrompt[],
  seen: boolean,
  judged: JudgedBy,
): SplitRecord | null {
  const chosen = about.flatMap((prompt, p) => (prompt.seen === seen ? [p] : []));
  if (chosen.length === 0) return null;
  const moments: GridMoments = subsetMoments(measured.moments, chosen);
  const ids = chosen.map((p) => measured.prompts[p] as string);
  const { design } = designOf(ids, about);
  const { shares, noise } = measured;
  const sd = sensitivityOf(moments, design, noise, { shares, width: widthOf(judged), unseen: null }).byScale
    .probability;
  return {
    prompts: chosen.length,
    mean: mean(moments.means),
    stderr:
      measured.noise === "crossed" ? (crossedLevel(moments, ownWordings(chosen.length))?.itemStderr ?? null) : null,
    raw_sd: sd?.raw_sd ?? null,
    corrected_sd: sd?.corrected_sd ?? null,
    worst: percentile(moments.means, judged.higher_is_better ? 0 : 1),
  };
}
