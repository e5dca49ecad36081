/** Says along what the checkpoints of a training run lie: its steps, or the tokens it saw where no name tells steps. */

import type { AnalysedCheckpoint, Trend } from "./document.js";

export type TrainingAxis = "steps" | "tokens";
export const TRAINING_AXES: readonly TrainingAxis[] = ["steps", "tokens"];

/** Returns the place of a checkpoint; null where it has none on this axis: no place is on both. */
export function placeOn(axis: TrainingAxis, one: Pick<AnalysedCheckpoint, "step" | "tokens">): number | null {
  if (axis === "steps") return one.step;
  return one.step === null ? (one.tokens ?? null) : null;
}

export function axisOf({ axis }: { readonly axis?: Trend["axis"] | undefined }): TrainingAxis {
  return axis ?? "steps";
}

/** Compares two checkpoints by where they lie in training; those that tell nothing come last. */
export function byTraining(
  a: Pick<AnalysedCheckpoint, "step" | "tokens">,
  b: Pick<AnalysedCheckpoint, "step" | "tokens">,
): number {
  for (const axis of TRAINING_AXES) {
    const order = (placeOn(axis, a) ?? Infinity) - (placeOn(axis, b) ?? Infinity);
    if (order !== 0 && !Number.isNaN(order)) return order;
  }
  return 0;
}
