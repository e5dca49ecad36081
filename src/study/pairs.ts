/** Which checkpoint of a training run a fine-tuned one started from. */

import {
  parseTrainingStep,
  nearestSteps,
  trainingSteps,
  type TrainingStep,
} from "../checkpoints/find/training-steps.js";
import { UsageError } from "../base/errors.js";
import { counted } from "../base/wording.js";
import type { CheckpointSpec } from "./options.js";

/**
 * @param tuned a fine-tuned checkpoint
 * @param bases the checkpoints of its --base
 * @param run the --base, for messages
 * @returns the only one, or else the one whose name says the same training step, and the same stage where both say one
 * @throws UsageError when its name says no step, or one of none or of several of the bases
 */
export function startOf<T extends { readonly given: CheckpointSpec }>(
  { spec }: CheckpointSpec,
  bases: readonly T[],
  run: string,
): T {
  const [only] = bases;
  if (bases.length === 1 && only !== undefined) return only;
  const step = stepOf(spec);
  const many = `--sft ${spec}: --base ${run} is ${counted(bases.length, "checkpoint")}`;
  if (step === undefined)
    throw new UsageError(`${many}, and the name does not say from which step it was tuned; give one --base for it`);
  const steps = new Map(bases.map((base) => [base, stepOf(base.given.spec)]));
  const same = bases.filter((base) => isSame(step, steps.get(base)));
  const [base] = same;
  if (base === undefined) {
    const near = nearestSteps(step.step, trainingSteps([...steps.values()].flatMap((one) => one?.name ?? [])));
    throw new UsageError(`${many}, none of step ${step.step}; nearest: ${near.join(", ") || "none"}`);
  }
  if (same.length > 1) {
    const names = same.map(({ given }) => given.name).join(", ");
    throw new UsageError(`${many}, and ${names} are of step ${step.step}; give one --base for it`);
  }
  return base;
}

function isSame(step: TrainingStep, other: TrainingStep | undefined): boolean {
  if (other?.step !== step.step) return false;
  return step.stage === undefined || other.stage === undefined || step.stage === other.stage;
}

/** The step in a spec's last part that says one: subfolder before revision before name, the folder before its parents. */
function stepOf(spec: string): TrainingStep | undefined {
  const parts = spec.split(/[/\\:@]/).reverse();
  for (const part of parts) {
    const step = parseTrainingStep(part);
    if (step !== undefined) return step;
  }
  return undefined;
}
