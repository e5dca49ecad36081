/** Describes a task of lm-evaluation-harness as its file writes it. Names are the harness' own. */

import { UsageError, didYouMean } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { PythonFunction, type YamlFile } from "./yaml.js";

/** Names where a text comes from: a template or a column, or a function of Python. */
export type TextSource = string | number | PythonFunction;

export interface MetricConfig {
  readonly metric: string | PythonFunction;
  readonly aggregation?: string | PythonFunction;
  readonly higher_is_better?: boolean;
  readonly [option: string]: unknown;
}

interface FilterConfig {
  readonly name: string;
  readonly filter: readonly ({ readonly function: string | PythonFunction } & Readonly<Record<string, unknown>>)[];
}

export interface FewshotConfig {
  readonly sampler?: string | PythonFunction;
  readonly samples?: readonly Readonly<Record<string, unknown>>[] | PythonFunction;
  readonly split?: string | null;
  readonly [other: string]: unknown;
}

export const OUTPUT_TYPES = ["multiple_choice", "loglikelihood", "loglikelihood_rolling", "generate_until"] as const;

export interface TaskConfig {
  readonly task: string;
  readonly task_alias?: string | null;
  readonly tag?: string | readonly string[] | null;
  readonly dataset_path?: string | null;
  readonly dataset_name?: string | null;
  readonly dataset_kwargs?: Readonly<Record<string, unknown>> | null;
  readonly training_split?: string | null;
  readonly validation_split?: string | null;
  readonly test_split?: string | null;
  readonly fewshot_split?: string | null;
  readonly process_docs?: PythonFunction | null;
  readonly doc_to_text?: TextSource | null;
  readonly doc_to_target?: TextSource | readonly unknown[] | null;
  readonly doc_to_choice?: string | readonly unknown[] | Readonly<Record<string, unknown>> | PythonFunction | null;
  readonly gen_prefix?: string | PythonFunction | null;
  readonly description?: string | PythonFunction | null;
  readonly target_delimiter?: string;
  readonly fewshot_delimiter?: string;
  readonly fewshot_config?: FewshotConfig | null;
  readonly num_fewshot?: number | null;
  readonly metric_list?: readonly MetricConfig[] | null;
  readonly output_type?: (typeof OUTPUT_TYPES)[number];
  readonly generation_kwargs?: Readonly<Record<string, unknown>> | null;
  readonly repeats?: number;
  readonly filter_list?: readonly FilterConfig[] | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly [other: string]: unknown;
}

const text = { type: "string" } as const;
const maybe = (...types: string[]) => ({ type: [...types, "null"] });
const source = { type: ["string", "integer", "object", "null"] } as const;

const isConfig = compileSchema<TaskConfig>({
  type: "object",
  required: ["task"],
  properties: {
    task: text,
    tag: { type: ["string", "array", "null"], items: text },
    dataset_path: maybe("string"),
    dataset_name: maybe("string"),
    dataset_kwargs: maybe("object"),
    training_split: maybe("string"),
    validation_split: maybe("string"),
    test_split: maybe("string"),
    fewshot_split: maybe("string"),
    process_docs: maybe("object"),
    doc_to_text: source,
    doc_to_target: { type: ["string", "integer", "object", "array", "null"] },
    doc_to_choice: maybe("string", "array", "object"),
    gen_prefix: maybe("string", "object"),
    description: maybe("string", "object"),
    target_delimiter: text,
    fewshot_delimiter: text,
    fewshot_config: maybe("object"),
    num_fewshot: maybe("integer"),
    metric_list: {
      type: ["array", "null"],
      items: { type: "object", required: ["metric"], properties: { metric: { type: ["string", "object"] } } },
    },
    output_type: { enum: OUTPUT_TYPES },
    generation_kwargs: maybe("object"),
    repeats: { type: "integer", minimum: 1 },
    filter_list: {
      type: ["array", "null"],
      items: {
        type: "object",
        required: ["filter"],
        properties: { filter: { type: "array", items: { type: "object", required: ["function"] } } },
      },
    },
    metadata: maybe("object"),
  },
});

/** Lists every key that a task may have. */
export const KEYS: readonly string[] = [
  "task", "task_alias", "tag", "group", "custom_dataset", "dataset_path", "dataset_name", "dataset_kwargs", "training_split",
  "validation_split", "test_split", "fewshot_split", "process_docs", "doc_to_text", "doc_to_target", "doc_to_image",
  "doc_to_audio", "unsafe_code", "doc_to_choice", "process_results", "use_prompt", "description", "target_delimiter",
  "fewshot_delimiter", "fewshot_config", "num_fewshot", "metric_list", "output_type", "generation_kwargs", "repeats",
  "filter_list", "should_decontaminate", "doc_to_decontamination_query", "gen_prefix", "metadata", "group_alias", "class",
]; // prettier-ignore

/**
 * Checks what a file says of a task.
 * @param source path of the file, for messages
 * @throws UsageError that names the wrong key
 */
export function checkConfig(file: YamlFile, source: string): TaskConfig {
  const odd = Object.keys(file).find((key) => !KEYS.includes(key));
  if (odd !== undefined) throw new UsageError(`${source}: unknown key "${odd}"${didYouMean(odd, KEYS)}`);
  return validated(isConfig, file, source, (message) => new UsageError(message));
}
