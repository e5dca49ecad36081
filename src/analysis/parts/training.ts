/** Computes figures along pre-training: agreement of checkpoints on the order of prompts. */

import { kendallW } from "../../statistics/rank-agreement.js";
import type { AnalysedCheckpoint, RankAgreement, TaskAtCheckpoint } from "../document/document.js";
import type { Streams } from "../document/records.js";

/** Computes Kendall's W over the checkpoints of a stage, on the prompts that all of them have. */
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

export function isOf({ stage, sft_task }: AnalysedCheckpoint, sftTask: string | null): boolean {
  return sftTask === null ? stage !== "sft" : sft_task === sftTask;
}
