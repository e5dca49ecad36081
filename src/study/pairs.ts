/** Finds which checkpoint of a training run a fine-tuned one started from. */

import { parseTrainingStep, nearestPlaces, positionOf, type TrainingStep } from "../checkpoints/find/training-steps.js";
import { UsageError } from "../base/errors.js";
import { counted } from "../base/wording.js";
import type { CheckpointSpec } from "./options.js";

interface Placed {
  readonly given: CheckpointSpec;
  readonly point?: TrainingStep | undefined;
}

/**
 * @param tuned a fine-tuned checkpoint, with its point of training where that is known beside its name
 * @param bases the checkpoints of its --base
 * @param run the --base, for messages
 * @returns the only one, or else the one whose name says the same training step, and the same stage where both say one
 * @throws UsageError when its name says no step, or one of none or of several of the bases
 */
export function startOf<T extends Placed>({ given: { spec }, point }: Placed, bases: readonly T[], run: string): T {
  const [only] = bases;
  if (bases.length === 1 && only !== undefined) return only;
  const step = point ?? stepOf(spec);
  const many = `--sft ${spec}: --base ${run} is ${counted(bases.length, "checkpoint")}`;
  if (step === undefined)
    throw new UsageError(`${many}, and the name does not say from which step it was tuned; give one --base for it`);
  const steps = new Map(bases.map((base) => [base, base.point ?? stepOf(base.given.spec)]));
  const same = bases.filter((base) => isSame(step, steps.get(base)));
  const [base] = same;
  if (base === undefined) {
    const known = [...steps.values()].filter((one) => one !== undefined);
    const near = nearestPlaces(positionOf(step), known, step.step === undefined ? "tokens" : "step");
    throw new UsageError(`${many}, none of ${placeOf(step)}; nearest: ${near.join(", ") || "none"}`);
  }
  if (same.length > 1) {
    const names = same.map(({ given }) => given.name).join(", ");
    throw new UsageError(`${many}, and ${names} are of ${placeOf(step)}; give one --base for it`);
  }
  return base;
}

function isSame(step: TrainingStep, other: TrainingStep | undefined): boolean {
  if (other === undefined || other.step !== step.step || other.seed !== step.seed) return false;
  if (step.step === undefined && other.tokens !== step.tokens) return false;
  return step.stage === undefined || other.stage === undefined || step.stage === other.stage;
}

function placeOf({ step, tokens, seed }: TrainingStep): string {
  const place = step === undefined ? `${String(tokens)} tokens` : `step ${step}`;
  return seed === undefined ? place : `${place} of seed ${seed}`;
}

/**
 * Finds the step in a spec's last part that says one: subfolder before revision before name, the folder before its
 * parents.
 */
function stepOf(spec: string): TrainingStep | undefined {
  const parts = spec.split(/[/\\:@]/).reverse();
  for (const part of parts) {
    const step = parseTrainingStep(part);
    if (step !== undefined) return step;
  }
  return undefined;
}
