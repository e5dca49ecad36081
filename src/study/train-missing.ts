/** Runs the fine-tunings of a study that no earlier run of it has finished. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { handToTrl, trainSft, type SftEvents } from "../sft/index.js";
import { RECORD_FILE } from "../sft/state.js";
import type { Training } from "./trainings.js";

/** Tells whether an earlier run finished this very fine-tuning: its folder is named by all that decides it. */
export function isTrained({ options }: Pick<Training, "options">): boolean {
  return existsSync(join(options.out, RECORD_FILE));
}

export interface TrainingEvents {
  /** A fine-tuning begins; `done` of `total` are finished. What is returned is told of it, and at last to stop. */
  readonly onTraining: (training: Training, done: number, total: number) => SftEvents & { readonly stop: () => void };
}

/**
 * Trains what is missing, one after the other. A training that was stopped goes on from its last state.
 * @param signal aborting it ends after the step that is going on, which is stored
 * @throws InterruptedError when the signal was aborted; UserError when a training failed
 */
export async function trainMissing(
  trainings: readonly Training[],
  { onTraining }: TrainingEvents,
  signal: AbortSignal,
): Promise<void> {
  const missing = trainings.filter((training) => !isTrained(training));
  for (const [i, training] of missing.entries()) {
    const heard = onTraining(training, trainings.length - missing.length + i, trainings.length);
    const { options, trl } = training;
    await (trl === undefined ? trainSft(options, heard, signal) : handToTrl(options, trl, heard, signal)).finally(
      heard.stop,
    );
  }
}
