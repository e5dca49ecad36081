/**
 * Defines what a fine-tuning is given, the bounds of its numbers and its defaults; loads nothing that trains, so that
 * flags are known at once.
 */

import { MOST_THREADS } from "../engine/backends/devices.js";

export interface RawSftOptions {
  /** Checkpoint to tune: a folder, a hub id or `builtin`. */
  readonly model?: string;
  /** Branch, tag or commit of a hub id. */
  readonly revision?: string;
  /** Task whose train split is learned. */
  readonly task?: string;
  /** Conversations to learn instead: a file of JSON lines. */
  readonly messages?: string;
  /** Family that asks the rows of a dataset, and the columns that it asks; as of a run. */
  readonly family?: string;
  readonly fields: readonly string[];
  readonly label?: string;
  readonly labels: readonly string[];
  readonly choices: readonly string[];
  /** Folder of the tuned checkpoint. */
  readonly out?: string;
  /** Keys of config.json that are passed over though nobody knows what they change. */
  readonly ignoreConfigKey: readonly string[];
  readonly trainPrompts: readonly string[];
  readonly templates: readonly string[];
  readonly plugin: readonly string[];
  readonly epochs?: number;
  readonly rows?: string;
  readonly lr?: number;
  readonly batchSize?: number;
  readonly warmup?: number;
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly maxLength?: number;
  readonly loss: string;
  readonly seed: number;
  readonly dtype: string;
  readonly saveEvery?: number;
  readonly evalEvery?: number;
  readonly data: string;
  readonly offline?: boolean;
  readonly threads: number;
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly engine: string;
  readonly python?: string;
}

/** Holds the bounds of a number. */
export interface Bounds {
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
  /** The least itself is too small. */
  readonly above?: boolean;
}

const COUNT = { least: 1, whole: true } as const;

/** Lists bounds of the options that are numbers, by the flag's name. */
export const SFT_NUMBERS = {
  epochs: { least: 0, above: true },
  lr: { least: 0, above: true },
  "batch-size": COUNT,
  warmup: { least: 0, most: 1 },
  "weight-decay": { least: 0 },
  clip: { least: 0 },
  "max-length": { least: 2, whole: true },
  seed: { least: 0, whole: true },
  "save-every": COUNT,
  "eval-every": { least: 0, whole: true },
  threads: { least: 0, most: MOST_THREADS, whole: true },
  "lora-rank": COUNT,
  "lora-alpha": { least: 0, above: true },
} as const satisfies Readonly<Record<string, Bounds>>;

/** Holds what is used where nothing is given; the rest follows from what is learned (defaultSettings). */
export const SFT_DEFAULTS = {
  ignoreConfigKey: [],
  fields: [],
  labels: [],
  choices: [],
  trainPrompts: ["default"],
  templates: [],
  plugin: [],
  loss: "answer",
  seed: 42,
  dtype: "f32",
  data: "hub",
  threads: 0,
  engine: "node",
} as const satisfies Partial<RawSftOptions>;
