/** Describes the content of results.json. The published schema is schemas/results.schema.json. */

import { DEVICES } from "../engine/backends/devices.js";
import type { ServerFacts } from "../engine/backends/servers/facts.js";
import type { Estimate } from "../statistics/uncertainty.js";
import { ANSWER_KINDS, type MetricRecord, type Range } from "../metrics/metric.js";
import {
  about,
  anyObject,
  boolean,
  constant,
  flag,
  integer,
  list,
  named,
  number,
  object,
  type Of,
  oneOf,
  optional,
  orNull,
  published,
  record,
  type Schema,
  type Values,
  text,
  textOrInteger,
} from "../base/schema.js";
import type { AxisRecord } from "../templates/axes/axis.js";
import { withPresentNames } from "../templates/axes/record.js";
import { compileSchema } from "../base/validation.js";
import { TaskDefinitionRecord } from "./definition.js";

export const RESULTS_SCHEMA = "amuro-eval/results@1";

const sha256 = named("sha256", text({ pattern: "^[0-9a-f]{64}$" }));
const nullableText = named("nullableString", orNull(text()));
const natural = integer({ minimum: 0 });
const positive = integer({ minimum: 1 });

const estimate: Schema<Estimate> = named(
  "estimate",
  object(
    { mean: number(), stderr: orNull(number()), n: positive },
    "A mean over rows, its standard error (null where it cannot be estimated) and the number of rows.",
  ),
);

const server: Schema<ServerFacts> = object(
  {
    engine: text(),
    version: text(),
    model: text("Its name at the server."),
    root: about(nullableText, "What the server loaded it from."),
    dtype: nullableText,
    flags: record(flag()),
    shape: orNull(text("How log-probabilities were asked for; null where the server gives none of given tokens.")),
    noise: number({ minimum: 0, description: "Largest difference between answers to one question, in nats." }),
    probes: list(
      number(),
      "Log-probabilities of the same tokens for every server (ids of generated tokens where it gives none): they tell models apart.",
    ),
  },
  "What answered, where the model was behind a server: hashes.weights is then that of this without noise.",
);

const provenance = object(
  {
    kind: text("As amuro-eval import names it."),
    tools: record(text(), { description: "What made the files, with its version." }),
    files: list(object({ path: text(), bytes: natural, sha256 }), { minItems: 1 }),
    missing: list(text(), "What the files do not hold, a clause each."),
  },
  "Where results of another program came from; absent for runs.",
);

const metricRecord: Schema<MetricRecord> = object({
  name: text(),
  title: text(),
  of: oneOf(["row", "set"], "Mean of the rows, or a figure of all rows together with the jackknife's error."),
  range: list(orNull(number()), {
    minItems: 2,
    maxItems: 2,
    description: "Smallest and largest value; null where there is none.",
  }) as unknown as Schema<Range>,
  higher_is_better: boolean(),
  lm_eval: text("Name in files of lm-evaluation-harness."),
});

const FACTS = {
  kind: oneOf(
    ["weights", "onnx", "server"],
    "This and what follows is null where the checkpoint could not be opened, or the run ended before its turn.",
  ),
  architecture: text(),
  dtype: text(),
  parameters: orNull(integer()),
  window: integer("Context window in tokens."),
  hashes: object({ weights: sha256, tokenizer: sha256, config: sha256 }),
};

/** Holds what is known of a checkpoint once it was opened. Of a served model, "weights" is the hash of its probes. */
export type CheckpointFacts = Values<typeof FACTS> & { readonly server?: ServerFacts };

const CheckpointRecord = object({
  name: text(),
  spec: text(),
  revision: nullableText,
  step: orNull(integer("Training step, where the name of the revision or the folder says so.")),
  tokens: orNull(integer("Training tokens seen, likewise.")),
  training_stage: orNull(text("Part of a staged training run, likewise, e.g. stage2-ingredient1.")),
  training_seed: optional(text("Which of several training runs that differ in their seed, likewise; absent for none.")),
  given: optional(
    object(
      { name: text("Name that several runs, seeds, stages or steps may share."), run: nullableText },
      { description: "What an imported table calls the checkpoint; absent for others." },
    ),
  ),
  stage: oneOf(["base", "sft", null]),
  sft_task: nullableText,
  base: nullableText,
  ignored_config_keys: optional(
    list(text(), "Keys of config.json that --ignore-config-key passed over; hashes.config is of these, too."),
  ),
  kind: orNull(FACTS.kind),
  architecture: nullableText,
  dtype: nullableText,
  parameters: FACTS.parameters,
  window: orNull(FACTS.window),
  hashes: orNull(FACTS.hashes),
  server: optional(server),
});
export type CheckpointRecord = Of<typeof CheckpointRecord>;

const axes: Schema<AxisRecord> = record(orNull(textOrInteger()), {
  description:
    'The prompt\'s level on every axis; null where the axis has no meaning for it. "amuro-eval ls axes" lists the axes. A prompt with a level on the axis noise is in no mean, deviation or spread over prompts.',
});

const PromptRecord = object({
  id: text(),
  hash: sha256,
  style: text(),
  paper: boolean(),
  chat_template: about(nullableText, "As --chat-template names it; null for plain text."),
  axes,
  seen: orNull(boolean("Whether fine-tuning asked in this way, as --seen-prompts says; null where it is not given.")),
});

const TaskRecord = object({
  name: text(),
  aliases: optional(list(text(), "Names that the task had before; absent for none.")),
  definition: optional(TaskDefinitionRecord),
  family: text(),
  metric: text(),
  answer: text({
    enum: ["loglikelihood", "first-token", "generate", "scores"],
    description: "How its rows were answered; scores where results were imported that hold nothing but scores.",
  }),
  drawn: optional(
    object(
      { samples: positive, temperature: number(), seed: natural },
      "How texts were drawn at random; absent where the most likely ones were generated. The seed of each text stands with its row.",
    ),
  ),
  answer_kind: optional(oneOf(ANSWER_KINDS, "Absent from results of versions that did not record it.")),
  labels: optional(orNull(list(text()), "Of classification tasks; null for others.")),
  metrics: optional(list(metricRecord, "What each metric that was computed is.")),
  origin: text({ enum: ["sample", "builtin", "hub", "folder", "plugin", "imported"] }),
  eval_source: text(),
  train_source: nullableText,
  revision: nullableText,
  licence: nullableText,
  rows_available: positive,
  rows: positive,
  rows_hash: sha256,
  chance: optional(
    number(
      "Score of guessing under the task's metric, over its rows or as imported files say; absent where there is no such thing, or nobody says.",
    ),
  ),
  majority_share: optional(
    number("Share of the rows whose right answer is the commonest label; absent unless rows share their labels."),
  ),
  shots: natural,
  shots_hash: sha256,
  prompts: list(PromptRecord, { minItems: 1 }),
});
export type TaskRecord = Of<typeof TaskRecord>;

const CellRecord = object({
  checkpoint: text(),
  task: text(),
  prompt: text(),
  error: optional(text("Why the cell failed; then nothing else is there.")),
  missing: optional(text("Why imported files give no scores of the cell; then nothing else is there.")),
  metrics: optional(record(estimate)),
  label_mass: optional(
    number("Mean over rows of the probability of all labels, or of all letters of choices, together."),
  ),
  unparseable: optional(
    number(
      "Share of rows from whose generated text no label, or no answer of the form that the task asks for, could be read.",
    ),
  ),
  empty: optional(
    number("Share of rows whose generated text is empty or white space; absent where none is generated."),
  ),
  rows_with_dropped_shots: optional(integer()),
  rows_truncated: optional(integer()),
  rows_merged: optional(integer("Rows where a token spans the boundary of prompt and answer.")),
  rows_tied: optional(
    integer({
      minimum: 1,
      description: "Rows whose answer is the first of several with the largest score; absent for none.",
    }),
  ),
  tokens: optional(
    integer("Tokens that differ in themselves or in what comes before them: the least that has to be computed."),
  ),
  rows_sha256: optional(about(sha256, "Of the cell's rows as `results export --format jsonl` writes them.")),
});
/** Holds one cell: its scores under each metric, or why there are none. */
export type CellRecord = Of<typeof CellRecord>;

/** Tells whether a cell has scores: it neither failed nor is missing from imported files. */
export function hasScores({ error, missing }: CellRecord): boolean {
  return error === undefined && missing === undefined;
}

const SummaryRecord = object({
  checkpoint: text(),
  task: text(),
  metric: text(),
  mean: estimate,
  sd: orNull(number()),
  min: number(),
  max: number(),
  spread: number(),
  prompts: positive,
});
export type SummaryRecord = Of<typeof SummaryRecord>;

const ComparisonRecord = object({
  base: text(),
  sft: text(),
  sft_task: nullableText,
  task: text(),
  metric: text(),
  prompts: list(object({ prompt: text(), before: estimate, after: estimate, difference: estimate })),
  mean: about(estimate, "Mean difference over prompts and rows, rows as clusters."),
  mean_before: about(estimate, "Mean over prompts and rows, rows as clusters."),
  mean_after: about(estimate, "Likewise."),
  sd_before: orNull(number()),
  sd_after: orNull(number()),
  spread_before: number(),
  spread_after: number(),
});
export type ComparisonRecord = Of<typeof ComparisonRecord>;

const Times = object(
  {
    started: text(),
    finished: text(),
    seconds: number(),
    tokens_per_second: number(),
    tokens: integer("Tokens run through the model."),
    tokens_reused: integer("Tokens known from an earlier cell."),
    model_seconds: number("Seconds inside the runtime; the others are the program's."),
    cells: list(
      object({ seconds: number(), tokens: integer(), tokens_reused: integer() }),
      "Of each cell, in the order of cells.",
    ),
    servers: optional(
      list(
        object({
          checkpoints: list(text()),
          requests: integer("Requests for the model that were answered."),
          repeated: integer("Requests that had to be sent again."),
          tokens_sent: integer("Tokens of all prompts."),
          tokens_computed: integer("Of these, tokens that the servers did not have in their caches, as they tell."),
          seconds: number("From the first request of a cell to the last answer."),
        }),
        "Of each model behind servers, with the requests that examined it.",
      ),
    ),
  },
  "The only part that differs between two runs of one command.",
);

/** Describes results.json as it is published in schemas/results.schema.json. */
export const PUBLISHED_RESULTS = published(
  { $id: RESULTS_SCHEMA, title: "results.json of amuro-eval" },
  object({
    schema: constant(RESULTS_SCHEMA),
    status: oneOf(
      ["complete", "failed", "interrupted", "incomplete"],
      "Failed: some cells failed. Incomplete: imported files lack some cells.",
    ),
    command: anyObject(
      "The options of the run, defaults included; --output-dir and --keep-checkpoints are not among them.",
    ),
    shard: optional(
      text({
        pattern: "^[1-9][0-9]*/[1-9][0-9]*$",
        description: "Which part of the cells was run (--shard); absent for all.",
      }),
    ),
    device: oneOf([...DEVICES, "elsewhere"], "Elsewhere: the results were imported."),
    imported: optional(provenance),
    versions: record(text()),
    notes: list(text()),
    checkpoints: list(CheckpointRecord, { minItems: 1 }),
    tasks: list(TaskRecord, { minItems: 1 }),
    cells: list(CellRecord),
    summaries: list(
      SummaryRecord,
      "Per checkpoint and task: the task's metric across prompts. sd and spread contain the sampling noise of the rows.",
    ),
    comparisons: list(
      ComparisonRecord,
      "Before and after SFT on the same rows and prompts; differences are after minus before, paired by row.",
    ),
    skipped: list(object({ task: text(), reason: text() })),
    times: Times,
  }),
);
/** Holds what was asked of a model behind servers. */
export type ServerTraffic = NonNullable<Results["times"]["servers"]>[number];

/**
 * Holds the content of results.json: what a run asked, and the scores of its cells, over prompts and before and after
 * SFT.
 */
export type Results = Of<typeof PUBLISHED_RESULTS>;

/** Checks whether a value fits the published schema of results.json. */
export const isResults = compileSchema<Results>(PUBLISHED_RESULTS);

/** Holds what a run set out to do, and what its checkpoints and tasks are. */
export type ResultsHeader = Pick<
  Results,
  "schema" | "command" | "shard" | "device" | "imported" | "versions" | "notes" | "checkpoints" | "tasks" | "skipped"
>;

export function headerOf(results: ResultsHeader): ResultsHeader {
  const { schema, command, shard, device, imported, versions, notes, checkpoints, tasks, skipped } = results;
  const part = { ...(shard === undefined ? {} : { shard }), ...(imported === undefined ? {} : { imported }) };
  return { schema, command, ...part, device, versions, notes, checkpoints, tasks, skipped };
}

/**
 * Gives the axes of stored prompts the names that they have today; older stores hold older ones. Those of imported
 * results are called as their files call them.
 */
export function withPresentAxes<T extends Pick<Results, "tasks">>(results: T): T {
  const present = (task: Results["tasks"][number]) => ({
    ...task,
    prompts: task.prompts.map((prompt) => ({ ...prompt, axes: withPresentNames(prompt.axes) })),
  });
  const tasks = results.tasks.map((task) => (task.origin === "imported" ? task : present(task)));
  return { ...results, tasks };
}
