/**
 * Describes the file of a study once: as the schema that it is checked with and as the types of what is written and
 * read.
 */

import {
  boolean,
  object,
  integer,
  number,
  oneOf,
  oneOrMore,
  optional,
  published,
  record,
  text,
  textOrInteger,
} from "../base/schema.js";
import type { Of, Schema } from "../base/schema.js";
import { WRITTEN_DTYPES } from "../checkpoints/files/write-safetensors.js";
import { MOST_THREADS } from "../engine/backends/devices.js";
import { LAUNCHERS, SFT_ENGINES } from "../sft/index.js";
import type { AskedColumns } from "../tasks/source.js";
import { ANSWER_MODES } from "./options.js";

/** Kinds of server that are started for folders of weights. */
const STARTED_KINDS = ["vllm", "sglang"] as const;

const word = text({ minLength: 1 });
const about = (description: string) => ({ minLength: 1, description });
const words = (description: string) => oneOrMore(word, { minItems: 1, description });
const whole = (minimum: number, description: string) => integer({ minimum, description });
const positive = (description: string) => number({ exclusiveMinimum: 0, description });

const settings = {
  rows: optional(whole(1, "Most train rows of a task.")),
  epochs: optional(whole(1, "Passes over the rows.")),
  lr: optional(positive("Highest learning rate.")),
  "batch-size": optional(whole(1, "Rows of a step.")),
  warmup: optional(
    number({ minimum: 0, maximum: 1, description: "Share of the steps in which the learning rate rises." }),
  ),
  "weight-decay": optional(number({ minimum: 0, description: "Weight decay of AdamW." })),
  "max-length": optional(whole(2, "Most tokens of an example.")),
  prompts: optional(words("Prompts that the rows are shown in, in turn.")),
  "eval-every": optional(whole(0, "Steps between two measurements of the loss of held-out rows; 0 holds none out.")),
  seed: optional(whole(0, "Seed of the order of the rows.")),
  dtype: optional(oneOf(WRITTEN_DTYPES, "Type of the weights that are written.")),
};

export const Settings = object(settings, "How a checkpoint is fine-tuned; what is left out is as in the paper.");

export const Sft = object({
  tasks: words("Each is a fine-tuning of its own, of every checkpoint."),
  engine: optional(oneOf(SFT_ENGINES, "What trains: this program (node), or Hugging Face TRL (trl).")),
  python: optional(text(about("With engine trl: a Python that has trl."))),
  launcher: optional(oneOf(LAUNCHERS, "With engine trl: what starts it on several GPUs, or on those of a Slurm job.")),
  processes: optional(
    whole(1, "With a launcher: processes of a training, one for each GPU; they share out each batch."),
  ),
  ...settings,
  seeds: optional(
    oneOrMore(integer({ minimum: 0 }), {
      minItems: 2,
      description: "Seeds in place of seed: each is a fine-tuning of its own, and a replicate in the analysis.",
    }),
  ),
  by: optional(record(Settings, "Settings of single tasks, by name.")),
});

export const Evaluate = object({
  tasks: optional(words("Names, globs, families or tags of tasks, or all.")),
  prompts: optional(words("Prompt variants, or words that select several.")),
  templates: optional(oneOrMore(word, "Template packs.")),
  "chat-template": optional(words("off, turns or single; each prompt is asked in each.")),
  answer: optional(oneOf(ANSWER_MODES, "How classification is answered.")),
  samples: optional(whole(1, "Texts drawn at random for each row where texts are generated.")),
  temperature: optional(number({ minimum: 0, maximum: 10, description: "Of drawn texts; 1 where samples are drawn." })),
  "num-fewshot": optional(whole(0, "Few-shot examples.")),
  limit: optional(positive("A number of rows of each task, or a fraction of them below 1.")),
  seed: optional(whole(0, "Seed of the shots and of limit.")),
});

export const Study = object({
  checkpoints: words("Checkpoints before fine-tuning; wildcards stand for every one that matches."),
  steps: optional(oneOrMore(integer({ minimum: 0 }), { minItems: 1, description: "Training steps to pick of them." })),
  tokens: optional(words("Numbers of training tokens to pick of them, as 100B.")),
  seeds: optional(words("Seeds to pick of releases that have runs of several.")),
  "steps-file": optional(text(about("File that says at which steps checkpoints are whose names do not."))),
  "stage-order": optional(words("Stages in the order of training.")),
  "ignore-config-key": optional(oneOrMore(word, "Keys of config.json that are passed over in every checkpoint.")),
  data: optional(text(about("Where rows come from: hub, sample, builtin or a folder."))),
  family: optional(text(about("Family that asks the rows of datasets among the tasks (hub:…, file:…)."))),
  fields: optional(words("FIELD=COLUMN each: the columns of such a dataset that fill the fields of its family.")),
  label: optional(text(about("Column of its right answer."))),
  labels: optional(words("Names of its labels in their order, or VALUE=NAME each.")),
  choices: optional(words("Column of its choices, or a column for each.")),
  sft: Sft,
  evaluate: optional(Evaluate),
  output: optional(text(about("Folder of the results and of the tuned checkpoints."))),
  device: optional(text(about("Where the model runs."))),
  threads: optional(
    integer({ minimum: 0, maximum: MOST_THREADS, description: "Threads of the model; 0 lets ONNX Runtime choose." }),
  ),
  memory: optional(text(about("Memory that the program may take, such as 900MB or 4GB."))),
  offline: optional(boolean("Whether nothing is requested from the hub.")),
  plugins: optional(oneOrMore(word, "Task plugins: modules.")),
  serve: optional(
    oneOf(STARTED_KINDS, "What evaluates: a server that is started for each checkpoint, in place of this program."),
  ),
  "server-args": optional(text(about("Words added to the command of servers."))),
  "server-command": optional(text(about("Command that starts a server in place of the usual one."))),
  "server-requests": optional(whole(1, "Requests in flight at most.")),
  "wait-for-server": optional(
    number({ minimum: 0, description: "Seconds to wait for a server that does not answer." }),
  ),
  python: optional(text(about("Python, or the folder of its environment, that has the server."))),
  gpus: optional(
    oneOrMore(textOrInteger({ minLength: 1 }), {
      minItems: 1,
      description: "GPUs of servers: one server for each entry; 0+1 gives one server both.",
    }),
  ),
});

/** Describes a study file as it is published in schemas/study.schema.json. */
export const PUBLISHED_STUDY = published({ $id: "amuro-eval/study@1", title: "a study file of amuro-eval" }, Study);

/** Describes a study file as it is written. */
export type WrittenStudy = Of<typeof PUBLISHED_STUDY>;

/** Returns the content of a written object with each lone value of a field that holds a list as a list. */
export function listed<T extends object>(schema: Schema<T>, written: T): Listed<T> {
  const properties = schema["properties"] as Readonly<Record<string, Schema<unknown>>>;
  return Object.fromEntries(
    Object.entries(written).map(([key, value]: [string, unknown]) => {
      const isList = properties[key]?.["items"] !== undefined;
      return [key, isList && !Array.isArray(value) ? [value] : value];
    }),
  ) as Listed<T>;
}

/** Makes fields hold lists where the file may have lone values. */
export type Listed<T> = {
  readonly [K in keyof T]: [Extract<T[K], readonly unknown[]>] extends [never] ? T[K] : Exclude<T[K], string | number>;
};

/** Says how a checkpoint is fine-tuned; what is left out is as in the paper (defaultSettings of the trainer). */
type SftSettings = Listed<Of<typeof Settings>>;

/** Says what trains, and how it is started. */
type TrainerSettings = Pick<Listed<Of<typeof Sft>>, "engine" | "python" | "launcher" | "processes" | "seeds">;

/** Says how servers are started and asked. */
type ServerKeys =
  "serve" | "server-args" | "server-command" | "server-requests" | "wait-for-server" | "python" | "gpus";

/** Says how checkpoints are evaluated, with the defaults filled in. */
export type EvaluateSettings = Filled<Listed<Of<typeof Evaluate>>, "limit" | "samples" | "temperature">;

/** Holds a study file with its defaults filled in. */
export interface StudyFile extends Filled<
  Listed<Omit<WrittenStudy, "sft" | "evaluate">>,
  | "steps"
  | "tokens"
  | "seeds"
  | "steps-file"
  | "stage-order"
  | "ignore-config-key"
  | "memory"
  | ServerKeys
  | keyof AskedColumns
> {
  readonly sft: SftSettings &
    TrainerSettings & {
      readonly tasks: readonly string[];
      readonly by: Readonly<Record<string, SftSettings>>;
    };
  readonly evaluate: EvaluateSettings;
}

/** Makes all fields present, but for some that have no default. */
type Filled<T, Missing extends keyof T> = Required<Omit<T, Missing>> & Pick<T, Missing>;
