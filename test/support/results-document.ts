/**
 * Provides a small results.json by hand: one task, two prompts, a base with its tuned checkpoint and one that stands
 * alone.
 */

import type { Estimate } from "../../src/statistics/uncertainty.js";
import type { CellRecord, CheckpointRecord, Results } from "../../src/store/results.js";

const sha = (digit: string) => digit.repeat(64);
const estimate = (mean: number, stderr: number | null = 0.125): Estimate => ({ mean, stderr, n: 16 });

const checkpoint = (name: string, more: Partial<CheckpointRecord> = {}): CheckpointRecord => ({
  name,
  spec: `./${name}`,
  revision: null,
  step: null,
  tokens: null,
  training_stage: null,
  stage: null,
  sft_task: null,
  base: null,
  kind: "onnx",
  architecture: "LlamaForCausalLM",
  dtype: "F32",
  parameters: 1000,
  window: 128,
  hashes: { weights: sha("1"), tokenizer: sha("2"), config: sha("3") },
  ...more,
});

const cell = (name: string, prompt: string, mean: number, more: Partial<CellRecord> = {}): CellRecord => ({
  checkpoint: name,
  task: "rte",
  prompt,
  metrics: { acc: estimate(mean) },
  rows_with_dropped_shots: 0,
  rows_truncated: 0,
  rows_merged: 0,
  tokens: 10,
  rows_sha256: sha("4"),
  ...more,
});

const axes = (wording: string) => ({
  wording,
  format: null,
  labels: "entailment-neutral-contradiction",
  choices: null,
  enumerator: null,
  "choice-order": null,
  shots: 4,
  draw: 0,
  "shot-order": "as-is",
  balance: "none" as const,
  "shot-separator": "newline",
  chat: "off",
  noise: null,
});
const PROMPTS = [
  { id: "default", hash: sha("5"), style: "form", paper: true, chat_template: null, axes: axes("default"), seen: null },
  { id: "io", hash: sha("6"), style: "raw", paper: true, chat_template: null, axes: axes("io"), seen: null },
] as const;

/** Returns the document; parts of it may be replaced. */
export function resultsDocument(change: Partial<Results> = {}): Results {
  return {
    schema: "amuro-eval/results@1",
    status: "complete",
    device: "cpu",
    command: { model: ["./alone"], seed: 42 },
    versions: { "amuro-eval": "0.1.0" },
    notes: [],
    checkpoints: [
      checkpoint("alone"),
      checkpoint("step1000", { stage: "base" }),
      checkpoint("step1000-mnli", { stage: "sft", base: "step1000", sft_task: "mnli" }),
    ],
    tasks: [
      {
        name: "rte",
        family: "nli",
        metric: "acc",
        answer: "loglikelihood",
        origin: "folder",
        eval_source: "data/rte.jsonl",
        train_source: null,
        revision: null,
        licence: null,
        rows_available: 20,
        rows: 16,
        rows_hash: sha("7"),
        shots: 4,
        shots_hash: sha("8"),
        prompts: PROMPTS,
      },
    ],
    cells: [
      cell("alone", "default", 0.5),
      cell("alone", "io", 0.75),
      cell("step1000", "default", 0.5),
      cell("step1000", "io", 0.25),
      cell("step1000-mnli", "default", 0.875),
      cell("step1000-mnli", "io", 0.125),
    ],
    summaries: [
      {
        checkpoint: "alone",
        task: "rte",
        metric: "acc",
        mean: estimate(0.625),
        sd: 0.17678,
        min: 0.5,
        max: 0.75,
        spread: 0.25,
        prompts: 2,
      },
    ],
    comparisons: [
      {
        base: "step1000",
        sft: "step1000-mnli",
        sft_task: "mnli",
        task: "rte",
        metric: "acc",
        prompts: [
          { prompt: "default", before: estimate(0.5), after: estimate(0.875), difference: estimate(0.375, 0.0625) },
          { prompt: "io", before: estimate(0.25), after: estimate(0.125), difference: estimate(-0.125, null) },
        ],
        mean: estimate(0.125, 0.03125),
        mean_before: estimate(0.375),
        mean_after: estimate(0.5),
        sd_before: 0.17678,
        sd_after: 0.53033,
        spread_before: 0.25,
        spread_after: 0.75,
      },
    ],
    skipped: [],
    times: {
      started: "2026-01-01T00:00:00.000Z",
      finished: "2026-01-01T00:00:01.000Z",
      seconds: 1,
      tokens_per_second: 60,
      tokens: 60,
      tokens_reused: 0,
      model_seconds: 0.9,
      cells: Array.from({ length: 6 }, () => ({ seconds: 0, tokens: 10, tokens_reused: 0 })),
    },
    ...change,
  };
}
