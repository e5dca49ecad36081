/** Runs the fine-tunings of a study that no earlier run of it has finished. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fetchCheckpoint } from "../checkpoints/resolve.js";
import { trainSft, type SftEvents } from "../sft/index.js";
import { RECORD_FILE } from "../sft/state.js";
import type { Training } from "./trainings.js";

/** Whether an earlier run finished this very fine-tuning: its folder is named by all that decides it. */
export function isTrained({ options }: Pick<Training, "options">): boolean {
  return existsSync(join(options.out, RECORD_FILE));
}

export interface TrainingEvents {
  /** A fine-tuning begins; `done` of `total` are finished. */
  readonly onTraining: (training: Training, done: number, total: number) => SftEvents;
  readonly onTrained: (training: Training, done: number, total: number) => void;
}

/**
 * Trains what is missing, one after the other. A training that was stopped goes on from its last state.
 * @param signal aborting it ends after the step that is going on
 * @returns false when it was aborted
 */
export async function trainMissing(
  trainings: readonly Training[],
  events: TrainingEvents,
  signal: AbortSignal,
): Promise<boolean> {
  const missing = trainings.filter((training) => !isTrained(training));
  let done = trainings.length - missing.length;
  for (const training of missing) {
    if (signal.aborted) return false;
    const heard = events.onTraining(training, done, trainings.length);
    await fetchCheckpoint(training.base.resolved, heard.onNote);
    await trainSft(training.options, heard, signal);
    if (!isTrained(training)) return false;
    done++;
    events.onTrained(training, done, trainings.length);
  }
  return true;
}
