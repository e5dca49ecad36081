/** Estimates how much memory training takes, and how large a run of the graph may be. */

import { machineMemory } from "../base/machine-memory.js";
import { innerNumbers, type ModelSpec } from "../checkpoints/architectures/model-spec.js";
import { UserError } from "../base/errors.js";
import { sized } from "../base/wording.js";

/** Holds sizes of one run of the training graph. */
export interface RunLimits {
  readonly slots: number;
  /** Tokens that the loss is over. */
  readonly asks: number;
}

/** Sets the bytes of weights, gradients and two moments in f32. */
const BYTES_PER_PARAMETER = 16;
/** Sets the bytes of Node, ONNX Runtime and the program itself: measured. */
const PROGRAM_BYTES = 300e6;
/** Sets the share of the machine's memory that a run may take with what it keeps for the way back. */
const RUN_SHARE = 0.4;
/** Limits the slots, since more make no step faster: measured. */
const MOST_SLOTS = 1024;
const FEWEST_SLOTS = 64;
/** Counts logits, log-probabilities, exponentials and their gradient. */
const LOGITS = 4;

/**
 * @param parameters number of trained parameters
 * @param frozen number of the others
 * @param longest tokens of the longest example
 * @throws UserError with the figures where the machine's memory does not suffice
 */
export function planRuns(
  model: ModelSpec,
  { trained, frozen }: { readonly trained: number; readonly frozen: number },
  longest: number,
  memory = machineMemory(),
): RunLimits {
  const weights = trained * BYTES_PER_PARAMETER + frozen * 4;
  const rest = memory - weights - PROGRAM_BYTES;
  const row = longest * slotBytes(model, longest);
  if (rest < row) {
    throw new UserError(
      `training needs ${sized(weights)} for weights, gradients and moments, ${sized(PROGRAM_BYTES)} for the program and ` +
        `${sized(row)} for an example of ${longest} tokens; this machine has ${sized(memory)}: a smaller model, ` +
        "--lora-rank, or a smaller --max-length needs less, and --engine trl hands the training to another machine",
    );
  }
  const room = Math.min(RUN_SHARE * memory, rest);
  const slots = Math.floor(room / slotBytes(model, longest));
  return {
    slots: Math.max(FEWEST_SLOTS, Math.min(MOST_SLOTS, slots)),
    asks: Math.max(1, Math.floor(room / 2 / (4 * LOGITS * model.vocabSize))),
  };
}

/**
 * Estimates the bytes that a slot of a row takes in all layers until its gradient is there: inputs and outputs of the
 * linear maps, of norms and activations, and scores, probabilities and their gradient against every slot of the row
 * (measured).
 */
function slotBytes({ layers, hiddenSize }: ModelSpec, length: number): number {
  return layers.reduce((sum, { attention, mlp }) => {
    return sum + 4 * (16 * hiddenSize + 6 * innerNumbers(mlp) + 3 * attention.heads * length);
  }, 0);
}
