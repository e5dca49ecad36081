/** Describes what fine-tuning is asked to do. */

import type { WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import type { DataSource } from "../datasets/index.js";
import type { Task } from "../tasks/contract.js";
import type { LossOver } from "./data/example.js";

/** Holds what is learned from. */
export type SftData =
  | {
      readonly kind: "task";
      readonly task: Task;
      readonly source: DataSource;
      /** What selectVariants takes; each row is asked in one of these. */
      readonly prompts: readonly string[];
      /** Template packs: folders or packages. */
      readonly templates: readonly string[];
    }
  | { readonly kind: "messages"; readonly file: string };

export interface SftOptions {
  /** A checkpoint: a folder, a hub id or "builtin". */
  readonly model: string;
  readonly revision?: string | undefined;
  readonly offline: boolean;
  /** Keys of config.json that are passed over, see readModel. */
  readonly ignoredConfigKeys?: readonly string[] | undefined;
  readonly data: SftData;
  /** Folder of the tuned checkpoint; made when missing. */
  readonly out: string;
  readonly settings: SftSettings;
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  readonly threads: number;
}

/** Holds what decides the result, together with checkpoint and data. */
export interface SftSettings {
  readonly epochs: number;
  /** Most rows to train on; Infinity for all. */
  readonly rows: number;
  readonly learningRate: number;
  /** Examples of one step. */
  readonly batchSize: number;
  /** Share of the steps in which the learning rate rises. */
  readonly warmup: number;
  readonly weightDecay: number;
  /** Global norm that gradients are clipped to; Infinity for none. */
  readonly clip: number;
  /** Tokens of an example; the beginning of a longer one is cut off. Undefined for the model's window, at most 2048. */
  readonly maxLength: number | undefined;
  readonly loss: LossOver;
  readonly seed: number;
  /** Type of the weights that are written. */
  readonly dtype: WrittenDtype;
  /** A checkpoint is kept every so many steps; undefined for the last one only. */
  readonly saveEvery: number | undefined;
  /** The loss of held-out rows is measured every so many steps and at both ends; 0 holds none out. */
  readonly evalEvery: number | undefined;
  /** Only a low-rank adapter is trained. */
  readonly lora: LoraSettings | undefined;
}

export interface LoraSettings {
  readonly rank: number;
  /** The adapter's addition is multiplied by alpha / rank. */
  readonly alpha: number;
}

/**
 * Returns the experiment's settings (Sun & Dredze 2024, arXiv:2408.06663, appendix): AdamW without weight decay, linear
 * schedule with 3 % warm-up, batches of 8; 3 epochs of 6,000 rows at 2e-6, at 2e-7 for summarization; 5 epochs of
 * conversations at 2e-6. Gradients are clipped to norm 1, the default of the trainer it used.
 */
export function defaultSettings(data: SftData): SftSettings {
  const isTask = data.kind === "task";
  const slow = isTask && data.task.family.name === "summarization";
  return {
    epochs: isTask ? 3 : 5,
    rows: isTask ? 6000 : Infinity,
    learningRate: slow ? 2e-7 : 2e-6,
    batchSize: 8,
    warmup: 0.03,
    weightDecay: 0,
    clip: 1,
    maxLength: undefined,
    loss: "answer",
    seed: 42,
    dtype: "f32",
    saveEvery: undefined,
    evalEvery: undefined,
    lora: undefined,
  };
}

/** Holds what is told of a training that goes on. */
export interface SftEvents {
  /** A line about what is being done or has to be known. */
  readonly onNote?: (line: string) => void;
  /** Everything is prepared, and `done` steps of an earlier run are taken up. */
  readonly onStart?: (plan: SftPlan) => void;
  readonly onStep?: (step: SftStep) => void;
  /** Mean loss over the answers of the held-out rows after `step` steps, in nats. */
  readonly onEvaluation?: (step: number, loss: number) => void;
}

export interface SftPlan {
  readonly steps: number;
  readonly done: number;
  readonly rows: number;
  readonly heldOut: number;
  /** Tokens of one epoch. */
  readonly tokens: number;
  readonly parameters: number;
}

/** Holds a step that has been done, as training_log.jsonl keeps it. */
export interface SftStep {
  /** Steps done, from 1. */
  readonly step: number;
  /** Passes over the data, with their fraction. */
  readonly epoch: number;
  /** Mean loss over the counted tokens before the step, in nats. */
  readonly loss: number;
  readonly learning_rate: number;
  /** Global norm before clipping. */
  readonly gradient_norm: number;
  /** Tokens that the loss is over. */
  readonly counted_tokens: number;
  readonly tokens: number;
  readonly seconds: number;
}
