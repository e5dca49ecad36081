/** Shares out a budget of memory before anything is loaded. */

import type { ModelWeights } from "../../checkpoints/model-weights.js";
import { isDerived } from "../../checkpoints/files/derived.js";
import { elementsOf } from "../../checkpoints/files/tensors.js";
import { VOCABULARY_PART } from "../../checkpoints/graph/head.js";
import type { Widening } from "../../checkpoints/graph/weights.js";
import type { ModelSpec } from "../../checkpoints/architectures/model-spec.js";
import { UserError } from "../../base/errors.js";
import { linearSize } from "../tree/cost-model.js";

/** Says what the engine may hold at a time; every bound is kept by how the work is cut. */
export interface MemoryPlan {
  /** Tokens of one run. */
  readonly runTokens: number;
  /** Tokens of one row of the attention block. */
  readonly blockTokens: number;
  /** Positions through the LM head in one run. */
  readonly runAsks: number;
  /** Queries times keys of one attention head in one run. */
  readonly runPairs: number;
  /** Keys and values of prefixes of earlier cells. */
  readonly prefixBytes: number;
  /** Keys and values of the rows that are being continued. */
  readonly generationBytes: number;
  readonly generationRows: number;
  /** Once where the weights fit as f32; otherwise in turn, which takes longer. */
  readonly widening: Widening;
}

const MB = 2 ** 20;
/**
 * Sets the bytes of Node, ONNX Runtime, the program itself, and what its garbage collector has not yet taken: measured.
 */
const PROGRAM_BYTES = 300 * MB;
/** Sets what scoring works with when no budget is given: at least this, or this share of the weights. */
const SCORING_BYTES = 64 * MB;
const SCORING_SHARE = 0.1;
/**
 * Sets what rows that are being continued take besides, when no budget is given: reading the weights pays off over
 * many.
 */
const GENERATION_BYTES = 384 * MB;
/** Sets the smallest share with which work gets on. */
const LEAST_WORK_BYTES = 24 * MB;
const LARGEST_RUN = 1024;
const LARGEST_BLOCK = 512;
const MOST_ROWS = 32;

/**
 * Shares out the memory: weights and the program first, the rest for the work. The weights count as f32, or, where that
 * does not fit and they are stored in fewer bits, as they are stored.
 * @param budget bytes in all; undefined for 64 MB of work (more with larger weights), and 384 MB while generating
 * @param machine bytes that this machine has, where that is known
 * @param copies how often the weights are in memory: adapters that are merged have some of their own
 * @throws UserError with the figures, when the model does not fit the budget or the machine
 */
export function planMemory(weights: ModelWeights, budget?: number, machine = Infinity, copies = 1): MemoryPlan {
  const { model, folder } = weights;
  const room = Math.min(budget ?? Infinity, machine) - PROGRAM_BYTES - LEAST_WORK_BYTES;
  const [f32, asStored] = [copies * bytesAsF32(weights), copies * bytesAsStored(weights)];
  const widening = f32 <= room || asStored >= f32 ? "once" : "in-turn";
  const held = widening === "once" ? f32 : asStored;
  if (held > room) {
    const needed = held + PROGRAM_BYTES + LEAST_WORK_BYTES;
    const how = widening === "once" ? "in f32" : `as they are stored (${inMB(f32)} in f32)`;
    const limit = needed > machine ? `this machine has ${inMB(machine)}` : `--memory allows ${inMB(budget as number)}`;
    throw new UserError(
      `${folder} needs ${inMB(needed)} of memory: ${inMB(held)} for the weights ${how}${copies === 1 ? "" : `, ${copies} times`}, ` +
        `${inMB(PROGRAM_BYTES)} for the program and at least ${inMB(LEAST_WORK_BYTES)} to work with; ${limit}`,
    );
  }
  if (budget !== undefined) {
    const work = budget - held - PROGRAM_BYTES;
    return shareOut(model, work, GENERATION_SHARE * work, widening);
  }
  const scoring = Math.min(Math.max(SCORING_BYTES, SCORING_SHARE * held), machine - held - PROGRAM_BYTES);
  return shareOut(model, scoring, GENERATION_BYTES, widening);
}

function bytesAsF32({ tensors }: ModelWeights): number {
  let bytes = 0;
  for (const tensor of tensors.values()) bytes += 4 * elementsOf(tensor);
  return bytes;
}

/** Adds up the stored bytes, those in f32 of what is not used as it is stored, and the largest matrix in f32. */
function bytesAsStored({ model, tensors }: ModelWeights): number {
  let [bytes, largest] = [0, 0];
  for (const tensor of tensors.values()) {
    const f32 = 4 * elementsOf(tensor);
    bytes += isDerived(tensor) ? f32 : Math.min(tensor.length, f32);
    // The vocabulary is gone through in parts.
    const parts = tensor.shape[0] === model.vocabSize ? model.vocabSize / VOCABULARY_PART : 1;
    largest = Math.max(largest, f32 / Math.max(1, parts));
  }
  return bytes + largest;
}

/** Sets the shares of the work's memory; the rows being continued take the place of logits and attention scores. */
const TOKENS_SHARE = 0.33;
const ASKS_SHARE = 0.15;
const PAIRS_SHARE = 0.25;
const PREFIX_SHARE = 0.27;
const GENERATION_SHARE = 0.4;

/**
 * @param work bytes beside weights and program
 * @param generation bytes for the keys and values of rows that are being continued
 */
function shareOut(model: ModelSpec, work: number, generation: number, widening: Widening): MemoryPlan {
  const heads = Math.max(...model.layers.map(({ attention }) => attention.heads));
  const inner = linearSize(model) / model.layers.length / model.hiddenSize;
  // Inputs and outputs of the linear maps of a layer, several of which are alive at a time: measured, with room to
  // spare.
  const tokenBytes = 4 * (8 * model.hiddenSize + 3 * inner);
  // Logits of a part of the vocabulary, their differences to the largest, exponentials.
  const askBytes = 3 * 4 * Math.min(VOCABULARY_PART, model.vocabSize);
  // Scores of the parts, together, and as probabilities, whose memory the runtime does not use again at once.
  const pairBytes = 5 * 4 * heads;
  const runTokens = clamp(Math.floor((TOKENS_SHARE * work) / tokenBytes), 16, LARGEST_RUN);
  return {
    runTokens,
    blockTokens: Math.min(runTokens, LARGEST_BLOCK),
    runAsks: clamp(Math.floor((ASKS_SHARE * work) / askBytes), 1, LARGEST_RUN),
    runPairs: Math.max(1, Math.floor((PAIRS_SHARE * work) / pairBytes)),
    prefixBytes: PREFIX_SHARE * work,
    generationBytes: generation,
    generationRows: MOST_ROWS,
    widening,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function inMB(bytes: number): string {
  return `${Math.ceil(bytes / MB)} MB`;
}
