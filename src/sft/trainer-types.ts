/** Describes what a trainer takes and gives. */

import type { ModelSpec } from "../checkpoints/architectures/model-spec.js";
import type { AdamWOptions } from "./adamw.js";

/** Holds numbers of a stored tensor. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TrainerOptions {
  readonly model: ModelSpec;
  /** The starting weights by stored name; the trainer changes them in place, unless it trains an adapter. */
  readonly weights: ReadonlyMap<string, Values>;
  readonly optimizer?: Partial<AdamWOptions>;
  /** Trains a low-rank adapter of all linear maps in the layers, and leaves the weights as they are. */
  readonly lora?: { readonly rank: number; readonly alpha: number; readonly seed: number } | undefined;
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  readonly threads?: number;
  /** Slots of one run of the graph; a batch with more is run in parts whose gradients are summed. */
  readonly runSlots?: number;
  /** Counted tokens of one run of the graph, likewise. */
  readonly runAsks?: number;
}

export interface StepResult {
  /** Mean cross-entropy over the counted tokens of the batch, in nats, before the step. */
  readonly loss: number;
  /** Counted tokens. */
  readonly tokens: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** Holds what besides the weights decides how training goes on. */
export interface OptimizerState {
  /** Steps done. */
  readonly steps: number;
  /** First and second moments by the weight's stored name. */
  readonly moments: ReadonlyMap<string, { readonly first: Float32Array; readonly second: Float32Array }>;
}
