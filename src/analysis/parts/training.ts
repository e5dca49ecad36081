/** Figures along pre-training: trends, and agreement of checkpoints on the order of prompts. */

import { kendallW } from "../../statistics/rank-agreement.js";
import { spearman, theilSen } from "../../statistics/trend.js";
import type { AnalysedCheckpoint, Comparison, RankAgreement, TaskAtCheckpoint, Trend, TrendQuantity } from "../document/document.js"; // prettier-ignore
import { intervalRecord, type Streams } from "../document/records.js";

/** Fewest checkpoints that a trend is looked for in. */
const FEWEST_POINTS = 3;

type Point = Trend["points"][number];

/** Trends of one task: of its base checkpoints, and of those fine-tuned on each task. */
export function trendsOf(
  task: string,
  levels: readonly TaskAtCheckpoint[],
  comparisons: readonly Comparison[],
  checkpoints: readonly AnalysedCheckpoint[],
  streams: Streams,
): Trend[] {
  const trend = (sftTask: string | null, quantity: TrendQuantity, values: readonly (Point | null)[]): Trend[] => {
    const points = values.filter((point) => point !== null).sort((a, b) => a.step - b.step);
    if (new Set(points.map(({ step }) => step)).size < FEWEST_POINTS) return [];
    const [x, y] = [points.map(({ step }) => step), points.map(({ value }) => value)];
    const rank = spearman(x, y, streams("spearman", sftTask ?? "", quantity));
    const line = theilSen(x, y);
    const slope = line && {
      per_100k_steps: line.slope * 1e5,
      interval: intervalRecord({ low: line.interval.low * 1e5, high: line.interval.high * 1e5 }),
    };
    return [{ task, sft_task: sftTask, quantity, points, spearman: rank, slope }];
  };
  const sides: (string | null)[] = [null, ...sftTasks(checkpoints)];
  const ofCheckpoints = sides.flatMap((sftTask) => {
    const own = levels.flatMap((level) => {
      const checkpoint = checkpoints.find(({ name }) => name === level.checkpoint);
      return checkpoint && isOf(checkpoint, sftTask) ? [{ level, checkpoint }] : [];
    });
    const of = (quantity: TrendQuantity, value: (level: TaskAtCheckpoint) => number | null | undefined) =>
      trend(
        sftTask,
        quantity,
        own.map(({ level, checkpoint }) => point(checkpoint.name, checkpoint.step, value(level))),
      );
    return [
      ...of("level", ({ level }) => level.mean),
      ...of("raw SD", ({ sensitivity }) => sensitivity.probability?.raw_sd),
      ...of("SD, probability scale", ({ sensitivity }) => sensitivity.probability?.corrected_sd),
      ...of("SD, logit scale", ({ sensitivity }) => sensitivity.logit?.corrected_sd),
    ];
  });
  const ofChanges = sftTasks(checkpoints).flatMap((sftTask) => {
    const own = comparisons.filter(({ sft_task }) => sft_task === sftTask);
    const of = (quantity: TrendQuantity, value: (one: Comparison) => number | null | undefined) =>
      trend(
        sftTask,
        quantity,
        own.map((one) => point(one.sft, one.step, value(one))),
      );
    return [
      ...of("change of level", ({ level }) => level.change),
      ...of(
        "change of raw SD",
        ({ sensitivity: { probability: here } }) => here && here.raw_sd_after - here.raw_sd_before,
      ),
      ...of("change of SD, probability scale", ({ sensitivity }) => sdChange(sensitivity.probability)),
      ...of("change of SD, logit scale", ({ sensitivity }) => sdChange(sensitivity.logit)),
    ];
  });
  return [...ofCheckpoints, ...ofChanges];
}

/** Kendall's W over the checkpoints of a stage, on the prompts that all of them have. */
export function agreementOf(
  task: string,
  levels: readonly TaskAtCheckpoint[],
  checkpoints: readonly AnalysedCheckpoint[],
  streams: Streams,
): RankAgreement[] {
  const sides: (string | null)[] = [null, ...sftTasks(checkpoints)];
  return sides.flatMap((sftTask) => {
    const own = levels.filter((level) => {
      const checkpoint = checkpoints.find(({ name }) => name === level.checkpoint);
      return checkpoint !== undefined && isOf(checkpoint, sftTask);
    });
    const ids = own[0]?.prompts.map(({ prompt }) => prompt) ?? [];
    const shared = ids.filter((id) => own.every(({ prompts }) => prompts.some(({ prompt }) => prompt === id)));
    const scores = own.map(({ prompts }) =>
      shared.map((id) => prompts.find(({ prompt }) => prompt === id)?.mean ?? NaN),
    );
    const agreement = kendallW(scores, streams("W", sftTask ?? ""));
    if (agreement === null || shared.length < 3) return [];
    const { w, p, meanSpearman } = agreement;
    return [
      {
        task,
        sft_task: sftTask,
        checkpoints: own.map(({ checkpoint }) => checkpoint),
        prompts: shared.length,
        w,
        p,
        mean_spearman: meanSpearman,
      },
    ];
  });
}

export function sftTasks(checkpoints: readonly AnalysedCheckpoint[]): string[] {
  return [...new Set(checkpoints.flatMap(({ sft_task }) => (sft_task === null ? [] : [sft_task])))];
}

function isOf({ stage, sft_task }: AnalysedCheckpoint, sftTask: string | null): boolean {
  return sftTask === null ? stage !== "sft" : sft_task === sftTask;
}

function point(checkpoint: string, step: number | null, value: number | null | undefined): Point | null {
  return step === null || value === null || value === undefined ? null : { checkpoint, step, value };
}

function sdChange(record: Comparison["sensitivity"]["logit"]): number | null {
  return record === null || record.sd_before === null || record.sd_after === null
    ? null
    : record.sd_after - record.sd_before;
}
