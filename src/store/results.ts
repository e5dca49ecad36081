/** The content of results.json. The published schema is schemas/results.schema.json. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Device } from "../engine/backends/devices.js";
import type { ServerFacts } from "../engine/backends/servers/facts.js";
import type { AcrossPrompts, Estimate } from "../statistics/uncertainty.js";
import type { AnswerKind } from "../metrics/metric.js";
import { PACKAGE_ROOT } from "../base/package-info.js";
import type { AxisRecord } from "../templates/axes/axis.js";
import { withPresentNames } from "../templates/axes/record.js";
import { compileSchema } from "../base/validation.js";

export const RESULTS_SCHEMA = "amuro-eval/results@1";

/** What is known of a checkpoint once it was opened. */
export interface CheckpointFacts {
  readonly kind: "weights" | "onnx" | "server";
  readonly architecture: string;
  readonly dtype: string;
  readonly parameters: number | null;
  readonly window: number;
  /** Of a served model, "weights" is that of its probes and of what the server says of itself. */
  readonly hashes: { readonly weights: string; readonly tokenizer: string; readonly config: string };
  readonly server?: ServerFacts;
}

/** The facts are null where the checkpoint could not be opened, or the run ended before its turn. */
export interface CheckpointRecord extends Readonly<{
  [K in Exclude<keyof CheckpointFacts, "server">]: CheckpointFacts[K] | null;
}> {
  readonly server?: ServerFacts;
  readonly name: string;
  readonly spec: string;
  readonly revision: string | null;
  readonly step: number | null;
  readonly tokens: number | null;
  readonly training_stage: string | null;
  readonly stage: "base" | "sft" | null;
  readonly sft_task: string | null;
  readonly base: string | null;
}

export interface TaskRecord {
  readonly name: string;
  readonly family: string;
  readonly metric: string;
  /** How its rows were answered: loglikelihood, first-token or generate. */
  readonly answer: string;
  /** Absent from results of versions that did not record it: read it with {@link answerKindOf}. */
  readonly answer_kind?: AnswerKind;
  readonly origin: string;
  readonly eval_source: string;
  readonly train_source: string | null;
  readonly revision: string | null;
  readonly licence: string | null;
  readonly rows_available: number;
  readonly rows: number;
  readonly rows_hash: string;
  readonly shots: number;
  readonly shots_hash: string;
  readonly prompts: readonly {
    readonly id: string;
    readonly hash: string;
    readonly style: string;
    readonly paper: boolean;
    /** As --chat-template names it; null for plain text. */
    readonly chat_template: string | null;
    readonly axes: AxisRecord;
    /** Whether fine-tuning asked in this way; null where nobody said. */
    readonly seen: boolean | null;
  }[];
}

export interface CellRecord {
  readonly checkpoint: string;
  readonly task: string;
  readonly prompt: string;
  readonly error?: string;
  readonly metrics?: Readonly<Record<string, Estimate>>;
  readonly label_mass?: number;
  readonly unparseable?: number;
  readonly rows_with_dropped_shots?: number;
  readonly rows_truncated?: number;
  readonly rows_merged?: number;
  readonly tokens?: number;
  readonly rows_sha256?: string;
}

export interface SummaryRecord extends AcrossPrompts {
  readonly checkpoint: string;
  readonly task: string;
  readonly metric: string;
}

export interface ComparisonRecord {
  readonly base: string;
  readonly sft: string;
  readonly sft_task: string | null;
  readonly task: string;
  readonly metric: string;
  readonly prompts: readonly {
    readonly prompt: string;
    readonly before: Estimate;
    readonly after: Estimate;
    readonly difference: Estimate;
  }[];
  /** Mean difference over prompts and rows, rows as clusters. */
  readonly mean: Estimate;
  /** Mean over prompts and rows of each side, rows as clusters. */
  readonly mean_before: Estimate;
  readonly mean_after: Estimate;
  readonly sd_before: number | null;
  readonly sd_after: number | null;
  readonly spread_before: number;
  readonly spread_after: number;
}

export interface Results {
  readonly schema: typeof RESULTS_SCHEMA;
  readonly status: "complete" | "failed" | "interrupted";
  readonly command: Readonly<Record<string, unknown>>;
  /** As --shard names the part of the cells that was run; absent for all. */
  readonly shard?: string;
  /** Where the model ran. */
  readonly device: Device;
  readonly versions: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly checkpoints: readonly CheckpointRecord[];
  readonly tasks: readonly TaskRecord[];
  readonly cells: readonly CellRecord[];
  readonly summaries: readonly SummaryRecord[];
  readonly comparisons: readonly ComparisonRecord[];
  readonly skipped: readonly { readonly task: string; readonly reason: string }[];
  readonly times: {
    readonly started: string;
    readonly finished: string;
    readonly seconds: number;
    readonly tokens_per_second: number;
    readonly tokens: number;
    readonly tokens_reused: number;
    readonly model_seconds: number;
    readonly cells: readonly { readonly seconds: number; readonly tokens: number; readonly tokens_reused: number }[];
  };
}

/** What a run set out to do, and what its checkpoints and tasks are. */
export type ResultsHeader = Pick<
  Results,
  "schema" | "command" | "shard" | "device" | "versions" | "notes" | "checkpoints" | "tasks" | "skipped"
>;

export function headerOf(results: ResultsHeader): ResultsHeader {
  const { schema, command, shard, device, versions, notes, checkpoints, tasks, skipped } = results;
  const part = shard === undefined ? {} : { shard };
  return { schema, command, ...part, device, versions, notes, checkpoints, tasks, skipped };
}

/** True when a value fits the published schema of results.json. */
export const isResults = compileSchema<Results>(
  JSON.parse(readFileSync(join(PACKAGE_ROOT, "schemas", "results.schema.json"), "utf8")) as object,
);

/** Gives the axes of stored prompts the names that they have today; older stores hold older ones. */
export function withPresentAxes<T extends Pick<Results, "tasks">>(results: T): T {
  const tasks = results.tasks.map((task) => ({
    ...task,
    prompts: task.prompts.map((prompt) => ({ ...prompt, axes: withPresentNames(prompt.axes) })),
  }));
  return { ...results, tasks };
}
