/** What a leaderboard holds: one entry for each checkpoint and task, with what is needed to rank it among others. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hashValue } from "../base/hash.js";
import { PACKAGE_ROOT } from "../base/package-info.js";
import { compileSchema } from "../base/validation.js";

export const LEADERBOARD_SCHEMA = "amuro-eval/leaderboard@1";

/** Figures that entries are ranked by. */
export const RANKED = ["mean", "worst", "p5"] as const;
export type Ranked = (typeof RANKED)[number];

/** Resampled scores are whole numbers of this unit. */
export const DRAW_UNIT = 1e-4;

export interface EntryContent {
  readonly checkpoint: {
    readonly name: string;
    readonly spec: string;
    readonly revision: string | null;
    readonly step: number | null;
    readonly stage: "base" | "sft" | null;
    readonly sft_task: string | null;
    readonly architecture: string | null;
    readonly parameters: number | null;
    readonly dtype: string | null;
    readonly weights: string | null;
    readonly tokenizer: string | null;
  };
  readonly task: string;
  readonly family: string;
  readonly metric: string;
  readonly answer: string;
  readonly rows: number;
  readonly rows_hash: string;
  readonly shots: number;
  readonly shots_hash: string;
  /** Hashes of the prompts that were scored, in alphabetical order. */
  readonly prompts: readonly string[];
  readonly scores: {
    readonly mean: number;
    /** Over rows, with the scores of a row under all prompts as one cluster. */
    readonly mean_stderr: number | null;
    readonly worst: number;
    readonly worst_prompt: string;
    readonly p5: number;
    readonly best: number;
    readonly raw_sd: number | null;
    /** Noise-corrected. */
    readonly sd: number | null;
  };
  /** Scores of the same resamples of the rows for every entry with these rows, in units of 0.0001. */
  readonly draws: Readonly<Record<Ranked, readonly number[]>>;
  /** Address of a page that shows it, relative to the leaderboard or with https. */
  readonly report: string | null;
}

export interface Entry extends EntryContent {
  /** SHA-256 of the canonical JSON of everything else but `report`. */
  readonly hash: string;
}

/** Entries with one setting can be compared: the same rows, shots, prompts, metric and way of answering. */
export interface Board {
  readonly setting: string;
  readonly task: string;
  readonly metric: string;
  readonly ranks: readonly ({
    /** Hash of the entry. */
    readonly entry: string;
  } & Readonly<
    Record<Ranked, { readonly rank: number; readonly low: number; readonly high: number; readonly tied: number }>
  >)[];
}

export interface Leaderboard {
  readonly schema: typeof LEADERBOARD_SCHEMA;
  readonly version: string;
  readonly entries: readonly Entry[];
  readonly boards: readonly Board[];
}

/** True when a value fits the published schema of leaderboard.json. */
export const isLeaderboard = compileSchema<Leaderboard>(
  JSON.parse(readFileSync(join(PACKAGE_ROOT, "schemas", "leaderboard.schema.json"), "utf8")) as object,
);

export function withHash(content: EntryContent): Entry {
  return { hash: contentHash(content), ...content };
}

/** What `hash` must be. */
export function contentHash(entry: EntryContent & { readonly hash?: string }): string {
  return hashValue(Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "hash" && key !== "report")));
}

/** What an entry is compared under. */
export function settingOf({ task, metric, answer, rows_hash, shots_hash, prompts }: EntryContent): string {
  return hashValue([task, metric, answer, rows_hash, shots_hash, prompts]);
}
