/** Computes figures along pre-training: agreement of checkpoints on the order of prompts. */

import { kendallW } from "../../statistics/rank-agreement.js";
import type { AnalysedCheckpoint, RankAgreement, TaskAtCheckpoint } from "../document/document.js";
import type { Streams } from "../document/records.js";

/** Holds the checkpoints of one stage, and of one run where that has several. */
interface Group {
  readonly sftTask: string | null;
  readonly run: string | null;
  readonly own: readonly { readonly level: TaskAtCheckpoint; readonly at: number | null }[];
}

/**
 * Computes Kendall's W over the checkpoints of a stage, on the prompts that all of them have: of each run that has
 * several, else of all, which are then different models. Checkpoints of one training are alike whatever the prompts do,
 * and the p-value, which takes them as independent, is left out.
 */
export function agreementOf(
  task: string,
  levels: readonly TaskAtCheckpoint[],
  checkpoints: readonly AnalysedCheckpoint[],
  streams: Streams,
): RankAgreement[] {
  const sides: (string | null)[] = [null, ...sftTasks(checkpoints)];
  const groups = sides.flatMap((sftTask): Group[] => {
    const all = levels.flatMap((level) => {
      const checkpoint = checkpoints.find(({ name }) => name === level.checkpoint);
      return checkpoint !== undefined && isOf(checkpoint, sftTask) ? [{ level, run: checkpoint.run, at: checkpoint.step ?? checkpoint.tokens ?? null }] : []; // prettier-ignore
    });
    const runs = [...new Set(all.map(({ run }) => run))];
    const several = runs.flatMap((run): Group[] => {
      const own = all.filter((one) => one.run === run);
      return run !== null && own.length > 1 ? [{ sftTask, run, own }] : [];
    });
    return several.length > 0 ? several : [{ sftTask, run: null, own: all }];
  });
  return groups.flatMap(({ sftTask, run, own: ofGroup }) => {
    const own = ofGroup.map(({ level }) => level);
    const ids = own[0]?.prompts.map(({ prompt }) => prompt) ?? [];
    const shared = ids.filter((id) => own.every(({ prompts }) => prompts.some(({ prompt }) => prompt === id)));
    const scores = own.map(({ prompts }) =>
      shared.map((id) => prompts.find(({ prompt }) => prompt === id)?.mean ?? NaN),
    );
    const agreement = kendallW(scores, streams("W", sftTask ?? "", ...(run === null ? [] : [run])));
    if (agreement === null || shared.length < 3) return [];
    const { w, p, meanSpearman } = agreement;
    const isOneTraining = run !== null || new Set(ofGroup.flatMap(({ at }) => at ?? [])).size > 1;
    return [
      {
        task,
        sft_task: sftTask,
        run,
        checkpoints: own.map(({ checkpoint }) => checkpoint),
        prompts: shared.length,
        w,
        p: isOneTraining ? null : p,
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
