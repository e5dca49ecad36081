/** How a budget of memory is shared out before anything is loaded. */

import { totalmem } from "node:os";
import type { WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import type { ModelSpec } from "../checkpoints/model-spec.js";
import { UserError } from "../errors.js";
import { linearSize } from "./cost-model.js";
import { KeyValues } from "./key-values.js";

/** What the engine may hold at a time; every bound is kept by how the work is cut. */
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
}

const MB = 2 ** 20;
/** Node, ONNX Runtime and the program itself, measured on a model of a few kilobytes. */
const PROGRAM_BYTES = 120 * MB;
/** What is left for the work when no budget is given. */
const DEFAULT_WORK_BYTES = 180 * MB;
/** The smallest share with which work gets on. */
const LEAST_WORK_BYTES = 24 * MB;
const LARGEST_RUN = 1024;
const LARGEST_BLOCK = 512;
const MOST_ROWS = 32;

/**
 * Shares out the memory: weights in f32 and the program first; of the rest, half is for what one run holds, a quarter
 * for prefixes, a quarter for rows that are being continued.
 * @param budget bytes in all; undefined for the weights, the program and 180 MB
 * @throws UserError with the figures, when the model does not fit the budget or this machine
 */
export function planMemory({ model, tensors, folder }: WeightsCheckpoint, budget?: number): MemoryPlan {
  let weights = 0;
  for (const { shape } of tensors.values()) weights += 4 * shape.reduce((product, size) => product * size, 1);
  const needed = weights + PROGRAM_BYTES + LEAST_WORK_BYTES;
  const figures = `${inMB(weights)} of weights in f32, ${inMB(PROGRAM_BYTES)} for the program and at least ${inMB(LEAST_WORK_BYTES)} to work with`;
  if (needed > totalmem())
    throw new UserError(`${folder} needs ${figures}: ${inMB(needed)}; this machine has ${inMB(totalmem())}`);
  if (budget !== undefined && needed > budget)
    throw new UserError(`${folder} needs ${figures}: ${inMB(needed)}; --memory allows ${inMB(budget)}`);
  const work = budget === undefined ? DEFAULT_WORK_BYTES : budget - weights - PROGRAM_BYTES;
  return shareOut(model, work);
}

/** @param work bytes beside weights and program */
export function shareOut(model: ModelSpec, work: number): MemoryPlan {
  const heads = Math.max(...model.layers.map(({ attention }) => attention.heads));
  const keyValueBytes = KeyValues.bytesPerToken(
    model.layers.map(({ attention }) => ({ heads: attention.keyValueHeads, size: attention.headSize })),
  );
  // Inputs and outputs of one layer's linear maps, several of which are alive at a time, and the kept keys and values.
  const activations = 4 * (8 * model.hiddenSize + (3 * linearSize(model)) / model.layers.length / model.hiddenSize);
  // Logits and their log-softmax.
  const askBytes = 2 * 4 * model.vocabSize;
  // Scores, masked scores and probabilities.
  const pairBytes = 3 * 4 * heads;
  const run = work / 2;
  const runTokens = clamp(Math.floor(run / 4 / (activations + keyValueBytes)), 16, LARGEST_RUN);
  return {
    runTokens,
    blockTokens: Math.min(runTokens, LARGEST_BLOCK),
    runAsks: clamp(Math.floor((run * 3) / 8 / askBytes), 1, LARGEST_RUN),
    runPairs: Math.max(1, Math.floor((run * 3) / 8 / pairBytes)),
    prefixBytes: work / 4,
    generationBytes: work / 4,
    generationRows: MOST_ROWS,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function inMB(bytes: number): string {
  return `${Math.ceil(bytes / MB)} MB`;
}
