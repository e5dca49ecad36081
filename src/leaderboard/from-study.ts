/** Makes entries of a leaderboard from stored results, whose scores are computed again from the rows. */

import { UserError } from "../base/errors.js";
import { promptMeans, type ScoreGrid } from "../statistics/grid.js";
import { resampledMeans } from "../statistics/bootstrap.js";
import { percentile, sortedPercentile } from "../statistics/level.js";
import { gridMoments } from "../statistics/moments.js";
import { crossedLevel } from "../statistics/crossed/level.js";
import { pigeonholeMeans } from "../statistics/crossed/pigeonhole.js";
import { centredWithin, type CrossedDesign } from "../statistics/crossed/design.js";
import { clusteredGrid } from "../statistics/crossed/clusters.js";
import { largestUnseenSd, stderrWithWidth } from "../analysis/parts/few-rows.js";
import { sensitivityOf } from "../analysis/parts/sensitivity-of.js";
import { areShares, widthOf } from "../analysis/read/input.js";
import { clustersOf } from "../analysis/read/clusters-of.js";
import { designOf } from "../analysis/parts/design-of.js";
import { FEWEST_WORDINGS } from "../analysis/parts/order-of.js";
import { randomStream } from "../base/random.js";
import type { CheckpointRecord, Results, TaskRecord } from "../store/results.js";
import { recordOf } from "../store/metric-values.js";
import type { ItemText, StudyData, TaskScores } from "../store/study-data.js";
import { isRecordedNoisy } from "../templates/axes/noise.js";
import type { Range } from "../metrics/metric.js";
import { DRAW_UNIT, withHash, type Entry, type EntryContent, type Ranked } from "./entry.js";
import { rounded, score } from "../base/numbers.js";
import { withoutPlaces } from "../base/published.js";

/**
 * Resamples of the rows: their 2.5 and 97.5 percentiles move by about a tenth of a standard error from seed to seed.
 */
const LEADERBOARD_DRAWS = 400;
/** Limits how far stored means may lie from the means of the stored rows: by rounding only. */
const TOLERANCE = 1e-9;

/**
 * @param report address of the page of a task, by its name
 * @throws UserError where the rows do not give the scores that the results name
 */
export async function studyEntries(study: StudyData, report: (task: string) => string | null): Promise<Entry[]> {
  const { results } = study;
  const entries: Entry[] = [];
  for (const task of results.tasks) {
    let items: readonly ItemText[] | undefined;
    for (const checkpoint of results.checkpoints) {
      const scores = await study.scores(checkpoint.name, task.name);
      if (scores === undefined) continue;
      verifyScores(study, checkpoint.name, task, scores);
      items ??= await study.items(task.name);
      const clusters = clustersOf(
        items,
        scores.rows.map((row) => ({ row })),
      );
      entries.push(entryOf(checkpoint, task, scores, clusters, { report: report(task.name), ...versionOf(results) }));
    }
  }
  return entries;
}

/** @param clusters name of what each row belongs to; null where each stands alone */
function entryOf(
  checkpoint: CheckpointRecord,
  task: TaskRecord,
  scores: TaskScores,
  clusters: readonly string[] | null,
  about: Pick<EntryContent, "report" | "version">,
): Entry {
  const noisy = new Set(task.prompts.filter(isRecordedNoisy).map(({ id }) => id));
  const hashes = new Map(task.prompts.map(({ id, hash }) => [id, hash]));
  const hashAt = (p: number) => hashes.get(scores.prompts[p] ?? "") ?? "";
  // In one order whatever the run's, so that entries of a setting are resampled alike.
  const places = scores.prompts
    .flatMap((id, p) => (noisy.has(id) ? [] : [p]))
    .sort((a, b) => (hashAt(a) < hashAt(b) ? -1 : Number(hashAt(a) > hashAt(b))));
  const grid: ScoreGrid = {
    prompts: places.length,
    items: scores.rows.length,
    values: Float64Array.from(places.flatMap((p) => [...rowsOf(scores.scores, scores.rows.length, p)])),
  };
  // Errors are over what is independent: rows, or clusters of them.
  const independent = clusters === null ? grid : clusteredGrid(grid, clusters);
  const sampled = independent ?? grid;
  const means = promptMeans(grid);
  const judged = recordOf(task.metric, task);
  const { higher_is_better, range } = judged;
  const units = unitsWithin(range);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const worst = means.indexOf(higher_is_better ? least : most);
  const moments = gridMoments(sampled);
  const described = task.prompts.map(({ id, seen, axes }) => ({ id, seen, axes: { ...axes } }));
  const { design } = designOf(
    places.map((p) => scores.prompts[p] ?? ""),
    described,
  );
  const level = independent && crossedLevel(moments, design);
  const wide = (stderr: number) => rounded(stderrWithWidth(stderr, { grid, clusters }));
  const random = randomStream("leaderboard", "wordings", task.rows_hash);
  const unseen = largestUnseenSd({ grid, clusters }, design);
  const { probability } = sensitivityOf(moments, design, "crossed", {
    shares: areShares(judged),
    width: widthOf(judged),
    unseen,
  }).byScale;
  const sd = probability && probability.corrected_sd;
  return withHash({
    checkpoint: {
      name: withoutPlaces(checkpoint.name),
      spec: withoutPlaces(checkpoint.spec),
      revision: checkpoint.revision,
      step: checkpoint.step,
      stage: checkpoint.stage,
      sft_task: checkpoint.sft_task,
      architecture: checkpoint.architecture,
      parameters: checkpoint.parameters,
      dtype: checkpoint.dtype,
      weights: checkpoint.hashes?.weights ?? null,
      tokenizer: checkpoint.hashes?.tokenizer ?? null,
    },
    task: task.name,
    family: task.family,
    metric: task.metric,
    ...(higher_is_better ? {} : { higher_is_better }),
    answer: task.answer,
    rows: grid.items,
    rows_hash: task.rows_hash,
    shots: task.shots,
    shots_hash: task.shots_hash,
    prompts: places.map(hashAt),
    scores: {
      mean: rounded(means.reduce((sum, mean) => sum + mean, 0) / means.length),
      mean_stderr: level && wide(level.itemStderr),
      crossed_stderr: level?.wordingStderr == null ? null : wide(level.wordingStderr),
      worst: rounded(means[worst] ?? 0),
      worst_prompt: scores.prompts[places[worst] ?? 0] ?? "",
      p5: rounded(percentile(means, higher_is_better ? 0.05 : 0.95)),
      best: rounded(higher_is_better ? most : least),
      raw_sd: probability && roundedOrNull(probability.raw_sd),
      sd: roundedOrNull(sd),
      sd_interval: probability?.interval
        ? { low: roundedOrNull(probability.interval.low), high: roundedOrNull(probability.interval.high) }
        : null,
    },
    draws: drawsOf(sampled, task.rows_hash, higher_is_better, units, { design, sd: roundedOrNull(sd) }),
    ...(design.wordings < FEWEST_WORDINGS || level?.wordingStderr == null
      ? {}
      : { prompt_draws: Array.from(pigeonholeMeans(sampled, design, random, LEADERBOARD_DRAWS), units) }),
    ...about,
  });
}

/** Returns the version that scored the results; nothing where another program did. */
function versionOf({ versions, imported }: Results): Pick<EntryContent, "version"> {
  const version = imported === undefined ? versions["amuro-eval"] : undefined;
  return version === undefined ? {} : { version };
}

function rowsOf(values: Float64Array, items: number, p: number): Float64Array {
  return values.subarray(p * items, (p + 1) * items);
}

/**
 * Writes draws as whole numbers. Resampled clusters of unlike sizes may pass an end of the metric, where they are cut.
 */
function unitsWithin([low, high]: Range): (draw: number) => number {
  return (draw) => Math.round(Math.min(high ?? Infinity, Math.max(low ?? -Infinity, draw)) / DRAW_UNIT);
}

function roundedOrNull(value: number | null): number | null {
  return value === null ? null : rounded(value);
}

/** Names the random stream by the rows alone: checkpoints with the same rows get the same resamples, on any machine. */
function drawsOf(
  { prompts, items, values }: ScoreGrid,
  rowsHash: string,
  higherIsBetter: boolean,
  inUnits: (draw: number) => number,
  { design, sd }: { readonly design: CrossedDesign; readonly sd: number | null },
): Entry["draws"] {
  const rows = Array.from({ length: prompts }, (_, p) => rowsOf(values, items, p));
  const draws: Record<Ranked, number[]> = { mean: [], worst: [], p5: [] };
  const options = { random: randomStream("leaderboard", rowsHash), draws: LEADERBOARD_DRAWS, exactItems: Infinity };
  const none = () => new Float64Array();
  const variances: number[] = [];
  for (const means of resampledMeans(rows, none, options)) {
    const sorted = Float64Array.from(means).sort();
    draws.mean.push(inUnits(means.reduce((sum, mean) => sum + mean, 0) / means.length));
    draws.worst.push(inUnits((higherIsBetter ? sorted[0] : sorted.at(-1)) ?? 0));
    draws.p5.push(inUnits(sortedPercentile(sorted, higherIsBetter ? 0.05 : 0.95)));
    variances.push(centredWithin(design, means).reduce((sum, value) => sum + value ** 2, 0));
  }
  return sd === null ? draws : { ...draws, sd: sdDraws(variances, design.df, sd) };
}

/**
 * Turns sums of squares within presentations of resampled means into SDs without noise, in units. A resample holds the
 * noise of the rows twice, that of the rows and that of drawing them again: what is over the estimate in the mean over
 * the resamples is taken off each.
 */
function sdDraws(squares: readonly number[], df: number, sd: number): number[] {
  const over = squares.reduce((sum, value) => sum + value, 0) / squares.length / df - sd ** 2;
  return squares.map((value) => Math.round(Math.sqrt(Math.max(0, value / df - over)) / DRAW_UNIT));
}

function verifyScores(
  { results, source }: StudyData,
  checkpoint: string,
  task: TaskRecord,
  { prompts, rows, scores }: TaskScores,
): void {
  prompts.forEach((prompt, p) => {
    const cell = results.cells.find(
      (one) => one.checkpoint === checkpoint && one.task === task.name && one.prompt === prompt,
    );
    const stored = cell?.metrics?.[task.metric]?.mean;
    const own =
      scores.subarray(p * rows.length, (p + 1) * rows.length).reduce((sum, score) => sum + score, 0) / rows.length;
    if (stored === undefined || Math.abs(stored - own) > TOLERANCE) {
      throw new UserError(
        `${source}: the rows of ${checkpoint}, ${task.name}, ${prompt} give ${score(own, 6)}, the results say ${stored === undefined ? "nothing" : score(stored, 6)}; they were changed after the run, so nothing of it is taken`,
      );
    }
  });
}
