/** Says what a task is: where rows come from, how a row becomes an example, and how an answer is scored. */

import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import {
  builtinDatasets,
  checkInlineDescription,
  type InlineDatasetDescription,
  type LocalRows,
  type ResolvedDataset,
  type Row,
} from "../datasets/index.js";
import { allChecked, didYouMean, messageOf, togetherOf, UsageError } from "../base/errors.js";
import { compileSchema, misfits } from "../base/validation.js";
import { answerRead } from "../metrics/answer-read.js";
import { EXTRACTION_SCHEMA, extractionPattern, type Extraction } from "../metrics/extract.js";
import { ANSWER_KINDS, type Metric } from "../metrics/metric.js";
import { MetricRegistry } from "../metrics/registry.js";
import { isFamilyDefinition, type Family, type FamilyDefinition } from "./families/family.js";
import { FamilyRegistry } from "./families/registry.js";
import { MEANINGS, type Meaning } from "./meanings.js";

/** Holds one question: the fields of the family's templates and the right answer. */
export type Example = WordedExample & Answered;

/** Holds what the task writes of a row for single wordings, by their ids. */
interface WordedExample {
  readonly worded?: Readonly<Record<string, Worded>>;
}

/** Holds a row as one wording asks it. */
export interface Worded {
  /** The whole prompt up to where the answer begins, of a wording that has a `source`. */
  readonly prompt?: string;
  /** The answers in the words of this prompt, in the order of the labels or choices; of free text the right one. */
  readonly answers?: readonly string[];
}

type Answered =
  /**
   * The index of the right label in the task's `labels`. `grade` is how true the row is on a scale, for correlations
   * with a graded truth.
   */
  | { readonly fields: Fields; readonly gold: number; readonly grade?: number }
  /** The choices of this row and the index of the right one. */
  | { readonly fields: Fields; readonly choices: readonly string[]; readonly gold: number }
  /** Texts that count as right; the first is the one shown in few-shot examples. */
  | { readonly fields: Fields; readonly references: readonly string[] };

/** Holds the fields of a question, by the names that the family's templates use. */
export type Fields = Readonly<Record<string, string>>;

/** Says how a task is answered; its kinds are those of `AnswerKind`. */
export type Answer =
  /** One of a fixed set of words. */
  | {
      readonly kind: "classification";
      readonly labels: readonly string[];
      /** What each label means, so that prompts may ask for it in other words; without it they keep to the labels. */
      readonly means?: readonly Meaning[];
    }
  /** One of the row's own choices, ranked by likelihood. */
  | {
      readonly kind: "multiple-choice";
      /**
       * Each row has a single choice, the text whose likelihood is measured. It counts as given where it is the most
       * likely text, token by token; there is nothing to show or to choose from.
       */
      readonly single?: boolean;
      /**
       * Goes with `single`: the text stands alone, without a prompt or shots before it, and may be longer than the
       * model's window.
       */
      readonly rolling?: boolean;
    }
  /** Free text, generated greedily up to `maxNewTokens` tokens or the first stop string. */
  | {
      readonly kind: "generation";
      readonly maxNewTokens: number;
      readonly stop: readonly string[];
      /** Drops line breaks before the first other character, which would end the text where a line break stops it. */
      readonly skipLeadingBreaks?: boolean;
      /** How the answer is read out of the text; the whole text counts when left out. */
      readonly extract?: Extraction;
    };

/**
 * Describes a dataset that a plugin describes itself: columns, and local files (absolute paths or file: URLs) or a hub
 * dataset.
 */
export interface PluginDataset extends InlineDatasetDescription {
  /** Files of the rows that are asked, and of those that shots are drawn from. */
  readonly files?: { readonly eval: string | URL | LocalRows; readonly train?: string | URL | LocalRows };
  /** Rows that shots are drawn from, in place of those of a file. */
  readonly shotRows?: readonly Row[];
  /** Another name than the task's that files of rows may have in a folder of the user. */
  readonly fileName?: string;
  /** Changes rows when they are read, or leaves them out. */
  readonly change?: (row: Row) => Row | undefined;
}

/**
 * Describes a task as its author writes it.
 * @typeParam R the row's type, as the dataset's columns promise it
 */
export interface TaskDefinition<R = Row> {
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  /** Names that it had before: --task finds it by them, and results under them are known as its own. */
  readonly aliases?: readonly string[];
  /** One sentence. */
  readonly description: string;
  /** Which prompts ask the question: the name of a family, or one made by defineFamily. */
  readonly family: string | FamilyDefinition;
  /** Name of a dataset that ships with amuro-eval, or a description of another. */
  readonly dataset: string | PluginDataset;
  /** Names under which --task selects several tasks at once, besides the family. */
  readonly tags?: readonly string[];
  /** How its questions are answered. */
  readonly answer: Answer;
  /** Name of the metric that the task is judged by; `amuro-eval ls metrics` lists them. */
  readonly metric?: string;
  /** In place of `metric`, the names of several; the first is the one that the task is judged by. */
  readonly metrics?: readonly string[];
  /**
   * Turns a row into a question. Must not depend on anything but the row.
   * @throws UserError to refuse a row
   */
  readonly toExample: (row: R) => Example;
  /** Which train rows are shown: drawn ones, or the first in their order; drawn when left out. */
  readonly shots?: "drawn" | "first";
  /** What a reader of its results has to know. */
  readonly notes?: readonly string[];
}

/** Holds a checked task, its family, dataset and metrics found. */
export interface Task extends Omit<Required<TaskDefinition>, "family" | "dataset" | "metrics"> {
  readonly family: Family;
  readonly dataset: ResolvedDataset;
  /** Those that the task names; the first is the one named `metric`. */
  readonly metrics: readonly Metric[];
}

const text = { type: "string", minLength: 1 } as const;
const NAME = { type: "string", pattern: "^[a-z][a-z0-9_]*$" } as const;
/**
 * Matches an answer of a kind: without `required` an answer that has no kind would be held to the rules of all of them.
 */
const isKind = (kind: Answer["kind"]) => ({ required: ["kind"], properties: { kind: { const: kind } } });
const definitionSchema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "description", "family", "dataset", "answer", "toExample"],
  properties: {
    name: NAME,
    aliases: { type: "array", uniqueItems: true, items: NAME },
    description: text,
    family: { type: ["string", "object"] },
    dataset: { type: ["string", "object"] },
    tags: { type: "array", items: text },
    answer: {
      type: "object",
      required: ["kind"],
      properties: { kind: { enum: ANSWER_KINDS } },
      allOf: [
        {
          if: isKind("classification"),
          then: {
            required: ["labels"],
            additionalProperties: false,
            properties: {
              kind: true,
              labels: { type: "array", minItems: 2, uniqueItems: true, items: text },
              means: { type: "array", uniqueItems: true, items: { enum: MEANINGS } },
            },
          },
        },
        {
          if: isKind("generation"),
          then: {
            required: ["maxNewTokens", "stop"],
            additionalProperties: false,
            properties: {
              kind: true,
              maxNewTokens: { type: "integer", minimum: 1 },
              stop: { type: "array", items: text },
              skipLeadingBreaks: { type: "boolean" },
              extract: EXTRACTION_SCHEMA,
            },
          },
        },
        {
          if: isKind("multiple-choice"),
          then: {
            additionalProperties: false,
            properties: { kind: true, single: { type: "boolean" }, rolling: { type: "boolean" } },
            dependentRequired: { rolling: ["single"] },
          },
        },
      ],
    },
    metric: text,
    metrics: { type: "array", minItems: 1, uniqueItems: true, items: text },
    toExample: true,
    shots: { enum: ["drawn", "first"] },
    notes: { type: "array", items: text },
  },
};
const isDefinition = compileSchema<TaskDefinition>(definitionSchema);

/**
 * Declares a task. The definition is checked when it is registered, so that the error can name the plugin's file.
 * @typeParam R the row's type, as the dataset's columns promise it
 * @returns the definition, as it was given
 * @example
 * export default defineTask<{ question: string; right: boolean }>({ name: "my_task", … })
 */
export function defineTask<R = Row>(definition: TaskDefinition<R>): TaskDefinition {
  return definition as TaskDefinition;
}

/**
 * Checks a task definition.
 * @param source where it came from, for messages
 * @param known the metrics and families that it may name
 * @throws UsageError with every wrong field
 */
export function checkTask(
  definition: unknown,
  source: string,
  known: Known = { metrics: new MetricRegistry(), families: new FamilyRegistry() },
): Task {
  const wrong = misfits(isDefinition, definition);
  const isObject = typeof definition === "object" && definition !== null && !Array.isArray(definition);
  const misfit = new Set(wrong.length === 0 ? [] : isDefinition.errors?.flatMap(({ instancePath, params }) => [instancePath.split("/")[1], params["missingProperty"] as unknown])); // prettier-ignore
  const task = definition as TaskDefinition;
  const called = isObject && typeof task.name === "string" ? `task ${task.name}` : "task";
  // What the schema cannot say is asked of fields that fit it.
  const right = <T>(needed: readonly string[], check: () => T) =>
    isObject && !needed.some((field) => misfit.has(field)) ? check() : undefined;
  const [, , family, metrics, , , dataset] = allChecked([
    () => {
      if (wrong.length > 0)
        throw togetherOf(wrong.map((problem) => new UsageError(`${source}: ${called}: ${problem}`)));
    },
    () =>
      right(["toExample"], () => {
        checkFunction(task, source);
      }),
    () => right(["family", "answer"], () => familyOf(task, source, known.families)),
    () => right(["metric", "metrics", "answer"], () => metricsOf(task, source, known.metrics)),
    () =>
      right(["answer"], () => {
        checkPattern(task, source);
      }),
    () =>
      right(["answer"], () => {
        checkMeanings(task, source);
      }),
    () => right(["dataset"], () => resolveDataset(task.dataset, `${source}: task ${task.name}: dataset`)),
  ]);
  if (family === undefined || metrics === undefined || dataset === undefined) {
    throw new UsageError(`${source}: ${called}: not a definition of a task`);
  }
  return {
    ...task,
    family,
    aliases: task.aliases ?? [],
    tags: task.tags ?? [],
    shots: task.shots ?? "drawn",
    notes: task.notes ?? [],
    metric: metrics[0].name,
    metrics,
    dataset,
  };
}

function checkFunction({ name, toExample }: TaskDefinition, source: string): void {
  if (typeof toExample === "function") return;
  throw new UsageError(`${source}: task ${name}: toExample must be a function`);
}

/** @throws UsageError for labels without one meaning each, where there are meanings */
function checkMeanings({ name, answer }: TaskDefinition, source: string): void {
  if (answer.kind !== "classification" || answer.means === undefined) return;
  if (answer.means.length === answer.labels.length) return;
  throw new UsageError(
    `${source}: task ${name}: ${answer.labels.length} labels and ${answer.means.length} meanings; give one for each label`,
  );
}

/** @throws UsageError for an extraction that is no regular expression */
function checkPattern({ name, answer }: TaskDefinition, source: string): void {
  if (answer.kind !== "generation" || typeof answer.extract !== "object") return;
  try {
    extractionPattern(answer.extract);
  } catch (error) {
    throw new UsageError(`${source}: task ${name}: answer.extract.pattern: ${messageOf(error)}`);
  }
}

/** Holds what a task may name. */
interface Known {
  readonly metrics: MetricRegistry;
  readonly families: FamilyRegistry;
}

/** Finds the family that a task names, or registers the one that it brings. */
function familyOf(
  { name, family, answer: { kind } }: TaskDefinition,
  source: string,
  families: FamilyRegistry,
): Family {
  if (typeof family !== "string" && !isFamilyDefinition(family)) {
    throw new UsageError(`${source}: task ${name}: family is neither a name nor made by defineFamily`);
  }
  const found =
    typeof family === "string"
      ? families.named(family, `${source}: task ${name}: family is "${family}"`)
      : families.add(family, source);
  if (found.answer.kinds.includes(kind)) return found;
  throw new UsageError(
    `${source}: task ${name}: the wordings of the family ${found.name} do not ask for a ${kind} answer, ` +
      `but for ${found.answer.kinds.join(" or ")}`,
  );
}

/** Finds the metrics that a task names; one that extracts answers also gets the share that could be read. */
function metricsOf(
  { name, answer, metric, metrics }: TaskDefinition,
  source: string,
  registry: MetricRegistry,
): [Metric, ...Metric[]] {
  if (metric === undefined && metrics === undefined)
    throw new UsageError(`${source}: task ${name}: missing key "metric"`);
  if (metric !== undefined && metrics !== undefined) {
    throw new UsageError(`${source}: task ${name}: both metric and metrics are given; leave one out`);
  }
  const { kind } = answer;
  const key = metric === undefined ? "metrics" : "metric";
  const found = (metrics ?? [metric as string]).map((wanted) => {
    const one = registry.named(wanted, `${source}: task ${name}: ${key} is "${wanted}"`);
    if (one.answers.includes(kind)) return one;
    throw new UsageError(
      `${source}: task ${name}: metric "${wanted}" does not fit a ${kind} answer; ` +
        `use ${registry.names(kind).join(" or ")}`,
    );
  });
  const isExtracted = kind === "generation" && answer.extract !== undefined;
  return [...new Set(isExtracted ? [...found, answerRead] : found)] as [Metric, ...Metric[]];
}

function resolveDataset(dataset: string | PluginDataset, source: string): ResolvedDataset {
  if (typeof dataset === "string") {
    const builtin = builtinDatasets().get(dataset);
    if (builtin !== undefined) return builtin;
    throw new UsageError(
      `${source} "${dataset}" does not ship with amuro-eval${didYouMean(dataset, [...builtinDatasets().keys()])}`,
    );
  }
  const { files, shotRows, fileName, change, ...inline } = dataset;
  const more = {
    ...(shotRows === undefined ? {} : { shotRows }),
    ...(fileName === undefined ? {} : { fileName }),
    ...(change === undefined ? {} : { change }),
  };
  let description: InlineDatasetDescription;
  try {
    description = checkInlineDescription(inline, source);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  if (files === undefined) return { description, ...more };
  return { description, files: checkFiles(files, source), ...more };
}

/** Checks the files of a dataset by hand, because a schema knows no URL. */
function checkFiles(files: unknown, source: string): ResolvedDataset["files"] & object {
  if (typeof files !== "object" || files === null) throw new UsageError(`${source}: files must be an object`);
  const { eval: evaluated, train, ...others } = files as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new UsageError(`${source}: files: unknown key "${other}"${didYouMean(other, ["eval", "train"])}`);
  }
  const place = (role: string, file: unknown): LocalRows => {
    if (file instanceof URL && file.protocol === "file:") return { paths: [fileURLToPath(file)] };
    if (isLocalRows(file)) return file;
    if (typeof file !== "string")
      throw new UsageError(`${source}: files.${role} must be an absolute path or a file: URL`);
    if (isAbsolute(file)) return { paths: [file] };
    throw new UsageError(`${source}: files.${role}: "${file}" is relative; write new URL("${file}", import.meta.url)`);
  };
  return { eval: place("eval", evaluated), ...(train === undefined ? {} : { train: place("train", train) }) };
}

function isLocalRows(value: unknown): value is LocalRows {
  return typeof value === "object" && value !== null && "paths" in value && Array.isArray(value.paths);
}
