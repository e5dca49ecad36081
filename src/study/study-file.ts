/** The file of a study: which checkpoints are fine-tuned on what, and how they are evaluated before and after. */

import { readFileSync } from "node:fs";
import { MOST_THREADS } from "../engine/backends/devices.js";
import { parse as parseYaml } from "yaml";
import { WRITTEN_DTYPES, type WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import { messageOf, UsageError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import { ANSWER_MODES, type AnswerMode } from "./options.js";

/** How a checkpoint is fine-tuned; what is left out is as in the paper (defaultSettings of the trainer). */
export interface SftSettings {
  /** Most train rows of a task. */
  readonly rows?: number;
  readonly epochs?: number;
  readonly lr?: number;
  readonly "batch-size"?: number;
  /** Share of the steps in which the learning rate rises. */
  readonly warmup?: number;
  readonly "weight-decay"?: number;
  /** Tokens of an example. */
  readonly "max-length"?: number;
  /** Prompts that the rows are shown in. */
  readonly prompts?: readonly string[];
  /** Steps between two measurements of the loss of held-out rows; 0 holds none out. */
  readonly "eval-every"?: number;
  readonly seed?: number;
  /** Type of the weights that are written. */
  readonly dtype?: WrittenDtype;
}

export interface EvaluateSettings {
  readonly tasks: readonly string[];
  readonly prompts: readonly string[];
  readonly templates: readonly string[];
  readonly "chat-template": readonly string[];
  readonly answer: AnswerMode;
  readonly "num-fewshot": number;
  readonly limit?: number;
  readonly seed: number;
}

/** A study file with its defaults filled in. */
export interface StudyFile {
  /** Checkpoints before fine-tuning; wildcards stand for every one that matches. */
  readonly checkpoints: readonly string[];
  /** Training steps to pick of them. */
  readonly steps?: readonly number[];
  /** Where rows come from, as in --data. */
  readonly data: string;
  readonly sft: SftSettings & {
    /** Each is a fine-tuning of its own, of every checkpoint. */
    readonly tasks: readonly string[];
    /** Settings of single tasks, by name. */
    readonly by: Readonly<Record<string, SftSettings>>;
  };
  readonly evaluate: EvaluateSettings;
  readonly output: string;
  readonly device: string;
  readonly threads: number;
  readonly memory?: string;
  readonly offline: boolean;
  readonly plugins: readonly string[];
}

const EVALUATE_DEFAULTS: EvaluateSettings = {
  tasks: ["all"],
  prompts: ["design"],
  templates: [],
  "chat-template": ["off"],
  answer: "loglikelihood",
  "num-fewshot": 4,
  seed: 42,
};

const text = { type: "string", minLength: 1 };
const texts = { type: ["string", "array"], minLength: 1, minItems: 1, items: text };
const anyTexts = { type: ["string", "array"], minLength: 1, items: text };
const whole = (minimum: number) => ({ type: "integer", minimum });
const positive = { type: "number", exclusiveMinimum: 0 };
const share = { type: "number", minimum: 0, maximum: 1 };

const sftProperties = {
  rows: whole(1),
  epochs: whole(1),
  lr: positive,
  "batch-size": whole(1),
  warmup: share,
  "weight-decay": { type: "number", minimum: 0 },
  "max-length": whole(2),
  prompts: texts,
  "eval-every": whole(0),
  seed: whole(0),
  dtype: { enum: WRITTEN_DTYPES },
};

const object = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

/** JSON schema of a study file. */
export const STUDY_SCHEMA = object(
  {
    checkpoints: texts,
    steps: { type: ["integer", "array"], minimum: 0, minItems: 1, items: whole(0) },
    data: text,
    sft: object(
      {
        tasks: texts,
        ...sftProperties,
        by: { type: "object", additionalProperties: object(sftProperties) },
      },
      ["tasks"],
    ),
    evaluate: object({
      tasks: texts,
      prompts: texts,
      templates: anyTexts,
      "chat-template": texts,
      answer: { enum: ANSWER_MODES },
      "num-fewshot": whole(0),
      limit: positive,
      seed: whole(0),
    }),
    output: text,
    device: text,
    threads: { ...whole(0), maximum: MOST_THREADS },
    memory: text,
    offline: { type: "boolean" },
    plugins: anyTexts,
  },
  ["checkpoints", "sft"],
);

type OneOrMore<T> = { [K in keyof T]: T[K] extends readonly (infer U)[] | undefined ? T[K] | U : T[K] };
type WrittenSft = OneOrMore<SftSettings>;

/** A study file as it is written: a lone value stands for a list of one. */
interface WrittenStudy extends Partial<
  OneOrMore<Omit<StudyFile, "checkpoints" | "sft" | "evaluate" | "data" | "output">>
> {
  readonly checkpoints: string | readonly string[];
  readonly data?: string;
  readonly output?: string;
  readonly sft: WrittenSft & { readonly tasks: string | readonly string[]; readonly by?: Record<string, WrittenSft> };
  readonly evaluate?: Partial<OneOrMore<EvaluateSettings>>;
}

const isStudy = compileSchema<WrittenStudy>(STUDY_SCHEMA);

/**
 * Reads a study file.
 * @throws UsageError naming what cannot be read, an unknown key with the nearest one, or a value of the wrong kind
 */
export function readStudyFile(path: string): StudyFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new UsageError(`${path}: no such file; amuro-eval study init writes one to begin with`);
    throw new UsageError(`${path}: cannot be read (${code ?? messageOf(error)})`);
  }
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw new UsageError(`${path}: not YAML or JSON (${messageOf(error)})`);
  }
  return completedStudy(content, path);
}

/**
 * Checks the content of a study file and fills in the defaults.
 * @param source begins every message
 * @throws UsageError as readStudyFile
 */
export function completedStudy(content: unknown, source: string): StudyFile {
  const written = validated(isStudy, content, source, (message) => new UsageError(message));
  const { checkpoints, steps, sft, evaluate = {}, plugins, ...rest } = written;
  const { tasks, by = {}, ...settings } = sft;
  return {
    data: "hub",
    output: "amuro-study",
    device: "auto",
    threads: 0,
    offline: false,
    ...rest,
    checkpoints: list(checkpoints),
    ...(steps === undefined ? {} : { steps: list(steps) }),
    plugins: plugins === undefined ? [] : list(plugins),
    sft: {
      ...listed(settings),
      tasks: list(tasks),
      by: Object.fromEntries(Object.entries(by).map(([task, own]) => [task, listed(own)])),
    },
    evaluate: { ...EVALUATE_DEFAULTS, ...listed(evaluate) },
  };
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The settings that take lists, as lists. */
const LISTS = ["tasks", "prompts", "templates", "chat-template"];

function listed(settings: object): object {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]: [string, unknown]) => [key, LISTS.includes(key) ? list(value) : value]),
  );
}
