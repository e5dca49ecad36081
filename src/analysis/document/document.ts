/**
 * Describes the analysis of a study as one document: what the terminal, the reports and the leaderboard show. It is
 * JSON, so what is infinite or cannot be computed is null. The published schema is schemas/analysis.schema.json.
 */

import {
  type Of,
  about,
  boolean,
  constant,
  list,
  named,
  number,
  object,
  oneOf,
  optional,
  orNull,
  record,
  scalar,
  text,
} from "../../base/schema.js";
import { ANSWER_KINDS } from "../../metrics/metric.js";
import { RankAgreement, TaskAtCheckpoint } from "./document-level.js";
import { Comparison, Pooled } from "./document-change.js";
import { OrderRecord } from "./document-order.js";
import { Replicates } from "./document-replicates.js";
import { StrataDifference, TaskSummary } from "./document-tasks.js";
import { Groups, Transfer, Trend } from "./document-training.js";
import { IntervalRecord } from "./shared.js";

export * from "./document-change.js";
export * from "./document-level.js";
export * from "./document-order.js";
export * from "./document-replicates.js";
export * from "./document-tasks.js";
export * from "./document-training.js";
export * from "./shared.js";

export const ANALYSIS_SCHEMA = "amuro-eval/analysis@1";

export const Source = named(
  "source",
  object(
    {
      name: text(),
      kind: oneOf(["scores", "means"], "Scores of every row, or only the mean of every cell."),
    },
    "Where the numbers came from.",
  ),
);
export type Source = Of<typeof Source>;

export const AnalysedCheckpoint = named(
  "analysedCheckpoint",
  object({
    name: text(),
    stage: oneOf(["base", "sft", null]),
    run: orNull(text(), "The training run it belongs to, or the repository or folder; null where nothing says so."),
    seed: optional(text("Which of several training runs of one release; absent where its name tells none.")),
    seed_is_run: optional(boolean("Whether `seed` is the name of the run: checkpoints of one name in several runs.")),
    arm: optional(
      text(
        "What it is a replicate of: those of one arm differ by their seed, or run, alone; absent where base, task and step tell it.",
      ),
    ),
    step: orNull(number(), "Steps of pre-training: for an SFT checkpoint, those of its base."),
    tokens: optional(number("Tokens of pre-training, where names tell these and no steps.")),
    sft_task: orNull(text()),
    base: orNull(text(), "Name of the checkpoint it was fine-tuned from."),
  }),
);
export type AnalysedCheckpoint = Of<typeof AnalysedCheckpoint>;

export const AnalysedPrompt = named(
  "analysedPrompt",
  object({
    id: text(),
    seen: orNull(boolean(), "Whether fine-tuning asked in this way; null where nobody said."),
    axes: record(orNull(scalar()), "Level on each axis; null where the axis has no meaning here."),
  }),
);
export type AnalysedPrompt = Of<typeof AnalysedPrompt>;

export const AnalysedTask = named(
  "analysedTask",
  object({
    name: text(),
    family: orNull(text()),
    metric: text(),
    metric_title: text("The metric as readers call it."),
    range: about(IntervalRecord, "Smallest and largest value of the metric; null where there is none."),
    higher_is_better: boolean(),
    answer_kind: orNull(oneOf(ANSWER_KINDS), "Null where it is not known."),
    chance: orNull(
      number(),
      "Score of guessing: one over the number of answers, 0 for free text; null where it is not known.",
    ),
    shares: boolean("Whether scores lie between 0 and 1, so that logits of their means make sense."),
    items: orNull(number(), "Rows that every prompt was scored on; null where only means are known."),
    prompts: list(AnalysedPrompt),
  }),
);
export type AnalysedTask = Of<typeof AnalysedTask>;

export const SentenceKind = named(
  "sentenceKind",
  oneOf([
    "level",
    "sensitivity",
    "change of level",
    "change of sensitivity",
    "pooled",
    "over tasks",
    "replicates",
    "trend",
    "ranking",
    "scorer",
    "sampling",
    "axes",
    "transfer",
    "groups",
    "caution",
  ]),
);
export type SentenceKind = Of<typeof SentenceKind>;

export const Sentence = named(
  "sentence",
  object(
    {
      kind: SentenceKind,
      text: text(),
      task: orNull(text(), "What it is about, to show it in the right place; null where it is about the whole."),
      checkpoint: orNull(text(), "For a comparison, the SFT checkpoint."),
    },
    "A conclusion with its conditions and its uncertainty.",
  ),
);
export type Sentence = Of<typeof Sentence>;

export const Limit = named(
  "limit",
  object({
    what: text('The figure that is missing, e.g. "noise-corrected SD".'),
    why: text(),
    task: orNull(text()),
    checkpoint: orNull(text()),
  }),
);
export type Limit = Of<typeof Limit>;

export const Analysis = object({
  schema: constant(ANALYSIS_SCHEMA),
  version: text(),
  seed: number("Everything that is drawn at random follows from this and from the names of what is analysed."),
  sources: list(Source),
  unfinished: orNull(text(), "What is missing of a run that did not come to its end."),
  checkpoints: list(AnalysedCheckpoint),
  tasks: list(AnalysedTask),
  levels: list(
    TaskAtCheckpoint,
    "One for each checkpoint and task with finished cells, tasks in order, checkpoints in order within each.",
  ),
  comparisons: list(Comparison, "One for each pair of base and SFT checkpoint and each task that both were scored on."),
  pooled: list(Pooled, "Changes over all tasks of a pair, and over those of a kind."),
  over_tasks: list(TaskSummary, "Changes over all tasks of a pair and by the skill of the base, for these prompts."),
  strata: list(
    StrataDifference,
    "Tasks above chance against tasks at chance; empty where one side has fewer than three.",
  ),
  orders: list(
    OrderRecord,
    "How prompts order two checkpoints: pairs of base and SFT, and all pairs of up to 8 checkpoints.",
  ),
  agreement: list(RankAgreement, "Do checkpoints agree on which prompts are good?"),
  replicates: list(Replicates, "What the seed does and what fine-tuning does, for arms of several seeds."),
  trends: list(Trend, "What rises or falls along pre-training."),
  transfer: list(Transfer, "What fine-tuning on one task does to the others."),
  groups: orNull(Groups, "Null unless several checkpoints have a base and an SFT score."),
  sentences: list(Sentence, "The conclusions in plain words, the most important first."),
  limits: list(Limit, "What could not be estimated, and why."),
});
/** Holds the document of an analysis: figures, sentences, and what could not be estimated. */
export type Analysis = Of<typeof Analysis>;
