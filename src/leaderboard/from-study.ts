/** Entries of a leaderboard from stored results, whose scores are computed again from the rows. */

import { UserError } from "../base/errors.js";
import { promptMeans, type ScoreGrid } from "../statistics/grid.js";
import { resampledMeans } from "../statistics/bootstrap.js";
import { level, percentile, sortedPercentile } from "../statistics/level.js";
import { gridMoments, type GridMoments } from "../statistics/moments.js";
import { promptSd, varianceComponents } from "../statistics/variance-components.js";
import { randomStream } from "../base/random.js";
import type { CheckpointRecord, TaskRecord } from "../store/results.js";
import { recordOf } from "../store/metric-values.js";
import type { StudyData, TaskScores } from "../store/study-data.js";
import { isRecordedNoisy } from "../templates/axes/noise.js";
import { DRAW_UNIT, withHash, type Entry, type Ranked } from "./entry.js";

/** Resamples of the rows: their 2.5 and 97.5 percentiles move by about a tenth of a standard error from seed to seed. */
export const LEADERBOARD_DRAWS = 400;
/** Stored means are the means of the stored rows up to rounding. */
const TOLERANCE = 1e-9;

/**
 * @param report address of the page of a task, by its number in the study
 * @throws UserError where the rows do not give the scores that the results name
 */
export async function studyEntries(study: StudyData, report: (task: number) => string | null): Promise<Entry[]> {
  const { results } = study;
  const entries: Entry[] = [];
  for (const [number, task] of results.tasks.entries()) {
    for (const checkpoint of results.checkpoints) {
      const scores = await study.scores(checkpoint.name, task.name);
      if (scores === undefined) continue;
      verifyScores(study, checkpoint.name, task, scores);
      entries.push(entryOf(checkpoint, task, scores, report(number)));
    }
  }
  return entries;
}

function entryOf(checkpoint: CheckpointRecord, task: TaskRecord, scores: TaskScores, report: string | null): Entry {
  const noisy = new Set(task.prompts.filter(isRecordedNoisy).map(({ id }) => id));
  const places = scores.prompts.flatMap((id, p) => (noisy.has(id) ? [] : [p]));
  const rows = places.map((p) => scores.scores.subarray(p * scores.rows.length, (p + 1) * scores.rows.length));
  const grid: ScoreGrid = {
    prompts: rows.length,
    items: scores.rows.length,
    values: Float64Array.from(rows.flatMap((row) => [...row])),
  };
  const means = promptMeans(grid);
  const { higher_is_better } = recordOf(task.metric, task);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const worst = means.indexOf(higher_is_better ? least : most);
  const moments = gridMoments(grid);
  const { itemStderr } = level(moments);
  const hashes = new Map(task.prompts.map(({ id, hash }) => [id, hash]));
  return withHash({
    checkpoint: {
      name: checkpoint.name,
      spec: checkpoint.spec,
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
    prompts: places.map((p) => hashes.get(scores.prompts[p] ?? "") ?? "").sort(),
    scores: {
      mean: rounded(means.reduce((sum, mean) => sum + mean, 0) / means.length),
      mean_stderr: itemStderr === null ? null : rounded(itemStderr),
      worst: rounded(means[worst] ?? 0),
      worst_prompt: scores.prompts[places[worst] ?? 0] ?? "",
      p5: rounded(percentile(means, higher_is_better ? 0.05 : 0.95)),
      best: rounded(higher_is_better ? most : least),
      ...sdOf(moments),
    },
    draws: drawsOf(rows, task.rows_hash, higher_is_better),
    report,
  });
}

function sdOf(moments: GridMoments): { raw_sd: number | null; sd: number | null } {
  const components = varianceComponents(moments);
  if (components === null) return { raw_sd: null, sd: null };
  const { raw, corrected } = promptSd(components);
  return { raw_sd: rounded(raw), sd: rounded(corrected) };
}

/** The stream is named by the rows alone: checkpoints with the same rows get the same resamples, on any machine. */
function drawsOf(rows: readonly Float64Array[], rowsHash: string, higherIsBetter: boolean): Record<Ranked, number[]> {
  const draws: Record<Ranked, number[]> = { mean: [], worst: [], p5: [] };
  const options = { random: randomStream("leaderboard", rowsHash), draws: LEADERBOARD_DRAWS, exactItems: Infinity };
  const none = () => new Float64Array();
  const unit = (value: number) => Math.round(value / DRAW_UNIT);
  for (const means of resampledMeans(rows, none, options)) {
    const sorted = Float64Array.from(means).sort();
    draws.mean.push(unit(means.reduce((sum, mean) => sum + mean, 0) / means.length));
    draws.worst.push(unit((higherIsBetter ? sorted[0] : sorted.at(-1)) ?? 0));
    draws.p5.push(unit(sortedPercentile(sorted, higherIsBetter ? 0.05 : 0.95)));
  }
  return draws;
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
        `${source}: the rows of ${checkpoint}, ${task.name}, ${prompt} give ${own.toFixed(6)}, the results say ${stored?.toFixed(6) ?? "nothing"}; they were changed after the run, so nothing of it is taken`,
      );
    }
  });
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
