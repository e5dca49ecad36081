/**
 * Defines every option of a run, once: the library's options, the flags and their help, and the configuration file are
 * made from this table.
 */

import { LEVEL_AXES } from "../templates/axes/registry.js";
import { ANSWER_MODES } from "../study/options.js";
import { DEVICES, MOST_THREADS } from "../engine/backends/devices.js";

type CamelCase<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<CamelCase<B>>}` : S;
type ValueOf<T extends Flag["type"]> = {
  readonly strings: readonly string[];
  readonly integers: readonly number[];
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}[T];
type Row = (typeof TABLE)[number];

/** Holds the values of the flags: those without a default may be missing. */
type FlagValues = {
  readonly [F in Extract<Row, { readonly default: unknown }> as CamelCase<F["name"]>]: ValueOf<F["type"]>;
} & {
  readonly [F in Exclude<Row, { readonly default: unknown }> as CamelCase<F["name"]>]?: ValueOf<F["type"]> | undefined;
};

/**
 * Holds what a run is asked to do, before it is understood. Keys are the flags' names in camel case, and values are of
 * the type that the table of flags says; what a value means is said in {@link FLAGS}.
 */
export interface RawOptions extends FlagValues {
  /** Checkpoints: folders, hub ids or `builtin`; NAME=SPEC names one. */
  readonly model: readonly string[];
  /** Checkpoints before SFT. */
  readonly base: readonly string[];
  /** Checkpoints after SFT, TASK=SPEC each, of the base at the same place. */
  readonly sft: readonly string[];
  /** Branches, tags or commits of a hub id. */
  readonly revision: readonly string[];
  /** Training steps to pick. */
  readonly steps?: readonly number[];
  /** Numbers of training tokens to pick. */
  readonly tokens: readonly string[];
  /** Seeds to pick of a release that has runs of several. */
  readonly seeds: readonly string[];
  /** File that says at which steps checkpoints are whose names do not. */
  readonly stepsFile?: string;
  /** Stages in the order of training. */
  readonly stageOrder: readonly string[];
  /** Keys of config.json that are passed over though nobody knows what they change. */
  readonly ignoreConfigKey: readonly string[];
  /** Names, globs, families or tags of tasks, or all. */
  readonly task: readonly string[];
  /** Family that asks the rows of a dataset. */
  readonly family?: string;
  /** FIELD=COLUMN: the columns of a dataset that fill the fields of its family. */
  readonly fields: readonly string[];
  /** Column of the right answer. */
  readonly label?: string;
  /** Names of a dataset's labels in their order, or VALUE=NAME each. */
  readonly labels: readonly string[];
  /** Column of a dataset's choices, or a column for each. */
  readonly choices: readonly string[];
  /** Prompt variants, or words that select several. */
  readonly prompts: readonly string[];
  /** The prompts that fine-tuning used. */
  readonly seenPrompts: readonly string[];
  /** Whether files that are one task in several prompts are read as one task. */
  readonly groupPrompts: boolean;
  /** Template packs. */
  readonly templates: readonly string[];
  /** off, turns or single; each prompt is asked in each. */
  readonly chatTemplate: readonly string[];
  /** How classification is answered. */
  readonly answer: string;
  /** Whether the answers are scored without a question as well. */
  readonly calibrate: boolean;
  /** Texts drawn for each row where texts are generated. */
  readonly samples?: number;
  /** What logits are divided by before a text is drawn; 0 takes the most likely text. */
  readonly temperature?: number;
  /** Prompt-row pairs to score instead of all. */
  readonly budget?: number;
  /** Few-shot examples. */
  readonly numFewshot: number;
  /** A number of rows, or a fraction of them below 1. */
  readonly limit?: number;
  /** Seed of shots and of limit. */
  readonly seed: number;
  /** Where the model runs. */
  readonly device: string;
  /** Threads of the model; 0 lets ONNX Runtime choose. */
  readonly threads: number;
  /** A size such as 900MB or 4GB. */
  readonly memory?: string | undefined;
  /** hub, sample, builtin or a folder of files. */
  readonly data: string;
  /** Whether nothing is requested from the hub. */
  readonly offline: boolean;
  /** Downloaded checkpoints that are kept. */
  readonly keepCheckpoints?: number;
  /** I/N, the I-th of N parts of the cells. */
  readonly shard?: string;
  /** Whether nothing that is stored is used again. */
  readonly fresh: boolean;
  /** Whether the run ends at the first cell that fails. */
  readonly failFast: boolean;
  /** Failed cells that end the run. */
  readonly maxFailures?: number;
  /** Folder of the results. */
  readonly outputDir?: string;
  /** Tokenizer of models behind servers. */
  readonly tokenizer?: string;
  /** Seconds to wait for a server that does not answer. */
  readonly waitForServer?: number;
  /** Requests in flight to a server at most. */
  readonly serverRequests?: number;
  /** Words added to the command of servers that are started. */
  readonly serverArgs?: string;
  /** Command that starts a server in place of the usual one. */
  readonly serverCommand?: string;
  /** Python, or the folder of its environment, that has the server. */
  readonly python?: string;
  /** GPUs of servers that are started: one server for each entry. */
  readonly gpus?: readonly string[];
  /** Task plugins: modules. */
  readonly plugin: readonly string[];
}

/** Lists the headings under which help shows the flags. */
type FlagGroup = "Checkpoints" | "Tasks and prompts" | "Rows and shots" | "Machine" | "Servers" | "Results";

export interface Flag {
  readonly name: string;
  readonly group: FlagGroup;
  readonly short?: string;
  /** Placeholder of the value in the help text; a flag without one is a switch. */
  readonly value?: string;
  readonly type: "strings" | "integers" | "string" | "number" | "boolean";
  readonly default?: readonly string[] | string | number | boolean;
  readonly help: string;
  /** Allowed values. */
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly integer?: boolean;
  /** What a number has to be, where minimum and integer do not say it all. */
  readonly expected?: string;
}

/** Lists axes of which --prompts takes all levels, and those of which it takes a number. */
const LISTED_AXES = LEVEL_AXES.flatMap((axis) => (axis.levels === undefined ? [] : [axis.name])).join(", ");
const COUNTED_AXES = LEVEL_AXES.flatMap((axis) => (axis.many === undefined ? [] : [`${axis.name}:N`])).join(", ");

/** Describes what --limit takes. */
export const LIMIT_VALUES = "a number of rows (1, 2, …) or a fraction between 0 and 1";

const TABLE = [
  {
    name: "model", group: "Checkpoints", short: "m", value: "SPEC", type: "strings", default: [],
    help: "checkpoint: a folder, a hub id (ORG/NAME, ORG/NAME@REVISION or ORG/NAME@REVISION:SUBFOLDER), builtin, or a model behind a server (vllm:, sglang:, llamacpp: or openai: before http://HOST:PORT, #MODEL after it); REVISION and a folder's last part may have wildcards (step*); NAME=SPEC names it in the tables; repeatable",
  },
  { name: "base", group: "Checkpoints", value: "SPEC", type: "strings", default: [], help: "checkpoint before SFT, or with wildcards a run of them; goes with --sft; repeatable" },
  {
    name: "sft", group: "Checkpoints", value: "SPEC", type: "strings", default: [],
    help: "checkpoint after SFT of the --base at the same place (one --base serves several --sft), of a run of bases that of the same step; TASK=SPEC says what it was tuned on; lora:FOLDER or lora:ORG/NAME is a LoRA adapter of PEFT on that base",
  },
  { name: "revision", group: "Checkpoints", value: "REV", type: "strings", default: [], help: "branch, tag or commit of a hub id; several evaluate each" },
  {
    name: "steps", group: "Checkpoints", value: "N", type: "integers", minimum: 0,
    help: "training steps to pick of every checkpoint given that is a hub id without a revision, has wildcards, or is a folder of step folders (1000,18000,342000)",
  },
  {
    name: "tokens", group: "Checkpoints", value: "N", type: "strings", default: [],
    help: "the same by the training tokens that names tell (10M, 100B)",
  },
  {
    name: "seeds", group: "Checkpoints", value: "NAMES", type: "strings", default: [],
    help: "seeds to pick of a release that has runs of several, as its names tell them (step1000-seed-default: default)",
  },
  {
    name: "steps-file", group: "Checkpoints", value: "FILE", type: "string",
    help: "file that says at which steps checkpoints are whose names do not: CSV with the columns name, step, tokens, stage, seed, or JSON",
  },
  {
    name: "stage-order", group: "Checkpoints", value: "NAMES", type: "strings", default: [],
    help: "stages in the order of training, names or globs, where names do not tell it (pretrain,mid,lc-*)",
  },
  {
    name: "ignore-config-key", group: "Checkpoints", value: "KEY", type: "strings", default: [],
    help: "key of config.json, or rope_scaling.KEY, that is passed over where a checkpoint is refused for it; recorded in the results; repeatable",
  },
  {
    name: "task", group: "Tasks and prompts", short: "t", value: "NAMES", type: "strings", default: ["all"],
    help: "tasks: names, globs, families, tags or all (the 18 datasets); lm-eval:PATH; promptsource:PATH; a dataset hub:ORG/DATASET[:CONFIG]@REV or file:PATH with --family, --fields and --label, #SPLIT after it names the evaluated split; --tasks is the same",
  },
  { name: "family", group: "Tasks and prompts", value: "NAME", type: "string", help: "family that asks the rows of a dataset (amuro-eval ls families)" },
  { name: "fields", group: "Tasks and prompts", value: "FIELD=COLUMN", type: "strings", default: [], help: "columns of a dataset that fill the fields of its family, where they have other names (text=sentence); of files in --data, the task's columns (sentence1=first)" },
  { name: "label", group: "Tasks and prompts", value: "COLUMN", type: "string", help: "column of the right answer of a dataset: a label, the number, letter or text of a choice, or texts that count as right" },
  { name: "labels", group: "Tasks and prompts", value: "NAMES", type: "strings", default: [], help: "names of a dataset's labels in the order of their values, or VALUE=NAME each (default: what the dataset says, else its values)" },
  { name: "choices", group: "Tasks and prompts", value: "COLUMNS", type: "strings", default: [], help: "column of a dataset with the list of choices, or a column for each choice" },
  {
    name: "prompts", group: "Tasks and prompts", value: "NAMES", type: "strings", default: ["design"],
    help: `prompt variants: design (24 wordings in two presentations; design:N has N), axes (24 that cross wordings, presentations and draws), paper (3), wording, an axis (${LISTED_AXES}), format:N, ${COUNTED_AXES}, cross:N (@SEED), noise:KIND, all, ids and globs with levels (io+labels=true-false), or @FILE`,
  },
  {
    name: "seen-prompts", group: "Tasks and prompts", value: "NAMES", type: "strings", default: [],
    help: "the prompts that fine-tuning used, named as in --prompts: results.json says of each prompt whether it was seen",
  },
  {
    name: "templates", group: "Tasks and prompts", value: "PACK", type: "strings", default: [],
    help: "template pack: a folder or package with .hbs files, whose prompts are added to the built-in ones; repeatable",
  },
  {
    name: "chat-template", group: "Tasks and prompts", value: "FORMS", type: "strings", default: ["off"],
    help: "each prompt as off (plain text), turns (each shot a user's and an assistant's turn) or single (all one user's turn) of the checkpoint's chat template; turns:NAME or single:NAME where it has several; a list evaluates each",
  },
  {
    name: "answer", group: "Tasks and prompts", value: "MODE", type: "string", default: "loglikelihood", choices: ANSWER_MODES,
    help: `how classification is answered: ${ANSWER_MODES.join(", ")}; multiple choice always ranks log-likelihoods`,
  },
  { name: "group-prompts", group: "Tasks and prompts", type: "boolean", default: false, help: "files of lm-evaluation-harness that are one task in several prompts (prompt_1, prompt_2, …) become one task" },
  { name: "calibrate", group: "Tasks and prompts", type: "boolean", default: false, help: "also score the answers without a question, for acc_calibrated and acc_pmi" },
  {
    name: "samples", group: "Rows and shots", value: "N", type: "number", minimum: 1, integer: true,
    help: "texts drawn at random for each row where texts are generated; a row's score is their mean, and analyze tells their noise from that of rows and prompts (default: the most likely text)",
  },
  {
    name: "temperature", group: "Rows and shots", value: "T", type: "number", minimum: 0, maximum: 10,
    help: "logits are divided by it before a text is drawn (default: 1 with --samples, else 0, the most likely text)",
  },
  {
    name: "budget", group: "Rows and shots", value: "N", type: "number", minimum: 2, integer: true,
    help: "score N prompt-row pairs of each checkpoint and task instead of all, to find the best and worst prompt and the quantiles",
  },
  { name: "num-fewshot", group: "Rows and shots", value: "N", type: "number", default: 4, minimum: 0, integer: true, help: "few-shot examples, the same for all rows of a task" },
  {
    name: "limit", group: "Rows and shots", short: "L", value: "N", type: "number", minimum: 0, expected: LIMIT_VALUES,
    help: "rows per task: a number, or a fraction below 1; a seeded random subset, the same for every checkpoint and prompt",
  },
  { name: "seed", group: "Rows and shots", value: "N", type: "number", default: 42, minimum: 0, integer: true, help: "seed of shots and of --limit" },
  { name: "device", group: "Machine", value: "NAME", type: "string", default: "auto", choices: ["auto", ...DEVICES], help: `where the model runs: ${DEVICES.join(", ")} (all but cpu and wasm untested); auto is cpu, or wasm where that is not installed` },
  {
    name: "memory", group: "Machine", value: "SIZE", type: "string",
    help: "memory the program may take, e.g. 900MB or 4GB (default: the weights in f32, or as stored where only this fits, and about 400 MB, 384 MB more while generating)",
  },
  { name: "threads", group: "Machine", value: "N", type: "number", default: 0, minimum: 0, maximum: MOST_THREADS, integer: true, help: "threads of the model; 0 lets ONNX Runtime choose" },
  {
    name: "data", group: "Rows and shots", value: "SOURCE", type: "string", default: "hub",
    help: "rows: hub, sample (written for this package), builtin (generated, about the world of the built-in checkpoints) or a folder with TASK.jsonl, .csv or .parquet and TASK.train.*",
  },
  { name: "offline", group: "Machine", type: "boolean", default: false, help: "use only what is in the hub's cache; nothing is requested" },
  {
    name: "keep-checkpoints", group: "Checkpoints", value: "N", type: "number", minimum: 0, integer: true,
    help: "checkpoints downloaded by this run that may be on disk at a time, the oldest are deleted; 0 keeps none in the end (default: all are kept)",
  },
  {
    name: "output-dir", group: "Results", short: "o", value: "DIR", type: "string",
    help: "folder of results.duckdb and results.json; whatever was computed there before is used (default: amuro-results/ and a name made from the options)",
  },
  {
    name: "tokenizer", group: "Servers", value: "PLACE",
    type: "string", help: "tokenizer of models behind servers: a folder, a hub id or builtin (default: found from what the server says)",
  },
  {
    name: "wait-for-server", group: "Servers", value: "SECONDS", type: "number", minimum: 0,
    help: "time to wait for a server that does not answer (default: 5 s for its first answer, 600 s when it is lost later)",
  },
  { name: "server-requests", group: "Servers", value: "N", type: "number", minimum: 1, integer: true, help: "requests in flight to a server at most; fewer while more bring nothing (default: 64)" },
  {
    name: "server-args", group: "Servers", value: "WORDS", type: "string",
    help: "words added to the command of servers that are started (vllm:CHECKPOINT, sglang:CHECKPOINT, llamacpp:FILE.gguf), such as '--dtype float32'",
  },
  {
    name: "server-command", group: "Servers", value: "COMMAND", type: "string",
    help: "command that starts a server in place of the usual one, with {model}, {tokenizer}, {port} and {name} in it",
  },
  { name: "python", group: "Servers", value: "PATH", type: "string", help: "Python, or the folder of its environment, that has vLLM or SGLang (default: vllm and python3 as the shell finds them)" },
  {
    name: "gpus", group: "Servers", value: "LIST", type: "strings",
    help: "GPUs of servers that are started: one server for each, checkpoints side by side on them; 0+1 gives one server both",
  },
  {
    name: "shard", group: "Results", value: "I/N", type: "string",
    help: "run the I-th of N parts of the cells, for several machines; results merge puts them together",
  },
  { name: "fresh", group: "Results", type: "boolean", default: false, help: "compute everything again, whatever is stored in --output-dir" },
  { name: "fail-fast", group: "Results", type: "boolean", default: false, help: "end the run at the first cell that fails" },
  {
    name: "max-failures", group: "Results", value: "N", type: "number", minimum: 1, integer: true,
    help: "end the run when N cells have failed (default: the others always go on)",
  },
  { name: "plugin", group: "Tasks and prompts", value: "MODULE", type: "strings", default: [], help: "task plugin: a .ts or .js file or a package; repeatable" },
] as const satisfies readonly Flag[]; // prettier-ignore

/** Lists the flags that say what is evaluated. "strings" flags may be repeated or hold comma lists. */
export const FLAGS: readonly Flag[] = TABLE;

/** Writes a flag in camel case: num-fewshot -> numFewshot. */
export function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
