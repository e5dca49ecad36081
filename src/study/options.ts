/** Describes what a run is asked to do, after the command line and the configuration file have been read. */

import { UsageError } from "../base/errors.js";
import type { AskedColumns } from "../tasks/source.js";
import type { NamesGiven } from "../checkpoints/find/name-reading.js";
import type { DataSource } from "../datasets/index.js";
import type { Device } from "../engine/backends/devices.js";
import type { StartOptions } from "../engine/backends/servers/started.js";
import type { ChatLayout } from "../templates/chat.js";

/** Names how classification tasks are answered. */
export type AnswerMode =
  /** The label with the highest log-likelihood of all its tokens. */
  | "loglikelihood"
  /** The label whose first token is most likely, with or without a leading space (TokenProb). */
  | "first-token"
  /** The label that the greedily generated text begins with. */
  | "generate";

export const ANSWER_MODES = ["loglikelihood", "first-token", "generate"] as const satisfies readonly AnswerMode[];

/** Holds a checkpoint as the user named it. */
export interface CheckpointSpec {
  readonly name: string;
  /** The name, where the user gave one. */
  readonly label?: string | undefined;
  readonly spec: string;
  readonly revision: string | undefined;
  readonly stage: "base" | "sft" | undefined;
  /** What it was tuned on, where the user said so. */
  readonly sftTask: string | undefined;
  /** Seed of its fine-tuning, where others on the same task differ by theirs. */
  readonly sftSeed?: string | undefined;
  /** Name of the checkpoint it is compared with. */
  readonly base: string | undefined;
}

export interface StudyOptions {
  readonly checkpoints: readonly CheckpointSpec[];
  /** Training steps to pick of every checkpoint that is a whole run; undefined takes all that a spec matches. */
  readonly steps?: readonly number[] | undefined;
  /** The same by training tokens. */
  readonly tokens?: readonly number[] | undefined;
  /** Seeds to pick of them, where the names of a release tell runs of several seeds apart. */
  readonly seeds?: readonly string[] | undefined;
  /** How names tell points of training, beside what they say themselves. */
  readonly names?: NamesGiven | undefined;
  /** Keys of config.json that are passed over in every checkpoint, see readModel. */
  readonly ignoredConfigKeys?: readonly string[] | undefined;
  readonly tasks: readonly string[];
  /** Whether files that are one task in several prompts are read as one task. */
  readonly groupPrompts?: boolean | undefined;
  /** How datasets are asked that are named as tasks. */
  readonly asked?: AskedColumns;
  /** What selectVariants takes. */
  readonly prompts: readonly string[];
  /** Likewise, the prompts that fine-tuning used. */
  readonly seenPrompts?: readonly string[];
  /** Template packs: folders or packages. */
  readonly templates?: readonly string[];
  /** Each prompt is evaluated in each of these; `undefined` is plain text. */
  readonly chatLayouts: readonly (ChatLayout | undefined)[];
  readonly answer: AnswerMode;
  /** Whether the answers are scored without a question as well. */
  readonly calibrate?: boolean;
  /** How generated texts are drawn; undefined for the most likely ones. */
  readonly drawn?: DrawnTexts | undefined;
  readonly numFewshot: number;
  /** A number of rows, or a fraction of them between 0 and 1. */
  readonly limit: number | undefined;
  readonly seed: number;
  readonly device: Device;
  readonly threads: number;
  /** Bytes the program may take; undefined for the engine's default. */
  readonly memory?: number | undefined;
  readonly data: DataSource;
  readonly offline: boolean;
  /** How models behind servers are asked. */
  readonly serving?: ServingOptions | undefined;
}

/** Says that texts are generated at random, and how many for each row. */
export interface DrawnTexts {
  readonly samples: number;
  /** Above 0. */
  readonly temperature: number;
  /** The seeds of the texts follow from it and from what is asked. */
  readonly seed: number;
}

/**
 * @param seed of the study
 * @returns undefined where the most likely texts are wanted
 * @throws UsageError for several samples that would be all alike
 */
export function drawnTexts(
  { samples = 1, temperature }: { readonly samples?: number | undefined; readonly temperature?: number | undefined },
  seed: number,
): DrawnTexts | undefined {
  if (samples === 1 && (temperature ?? 0) === 0) return undefined;
  if (temperature === 0) {
    throw new UsageError(
      `--samples ${samples} --temperature 0: texts at temperature 0 are all alike; give one above 0`,
    );
  }
  return { samples, temperature: temperature ?? 1, seed };
}

interface ServingOptions {
  /** Folder or hub id of the tokenizer; undefined finds it from what a server says. */
  readonly tokenizer?: string | undefined;
  /** Seconds to wait for a server; undefined for the defaults. */
  readonly waitSeconds?: number | undefined;
  /** Requests in flight at most; undefined for the default. */
  readonly requests?: number | undefined;
  /** How servers are started for checkpoints. */
  readonly start?: StartOptions | undefined;
}
