/** Makes a task of one or more files of lm-evaluation-harness: each is a wording. */

import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import type { ResolvedDataset, Row } from "../../datasets/index.js";
import type { AnswerKind, RowMetric } from "../../metrics/metric.js";
import type { Answer, Example, Worded } from "../contract.js";
import { defineFamily, type FamilyDefinition, type WordingDefinition } from "../families/family.js";
import type { TaskConfig } from "./config.js";
import { datasetOf } from "./dataset.js";
import { generationOf } from "./generation.js";
import { knownRowChange, type RowChange } from "./known-functions.js";
import { metricsOf } from "./metrics.js";
import { goldIn, promptOf, type LmEvalPrompt } from "./prompt.js";
import { refuseFunction, Refusal } from "./refusal.js";
import { PythonFunction } from "./yaml.js";

/** Lists the ways in which the harness takes shots. */
const SAMPLERS: readonly string[] = ["default", "first_n"];

/** Holds a file with its place. */
export interface PlacedConfig {
  readonly config: TaskConfig;
  /** Path of the file. */
  readonly file: string;
  readonly folder: string;
}

/** Holds a task made of files of the harness, to be registered. */
export interface LmEvalTask {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly family: FamilyDefinition;
  readonly dataset: ResolvedDataset;
  readonly answer: Answer;
  readonly metrics: readonly string[];
  /** Metrics that are not built in. */
  readonly own: readonly RowMetric[];
  readonly toExample: (row: Row) => Example;
  /** Whether the first train rows are the shots, in their order. */
  readonly firstShots: boolean;
  /** What of the files is left out or differs here. */
  readonly notes: readonly string[];
}

/** Refuses what no part of a task may be. */
function refuseUnsupported(config: TaskConfig): void {
  for (const key of ["process_results", "class", "doc_to_image", "doc_to_audio"]) {
    const given = config[key];
    if (given instanceof PythonFunction) throw refuseFunction(key, given);
    if (given != null) throw new Refusal(key, `${key} is not supported here`);
  }
  if (config["unsafe_code"] === true)
    throw new Refusal("unsafe_code", "unsafe_code: generated programs are not run here");
  if (config["use_prompt"] != null) {
    throw new Refusal(
      "use_prompt",
      `use_prompt ${JSON.stringify(config["use_prompt"])}: its prompt lies in a templates.yaml of promptsource; ask the dataset by --task promptsource:PATH`,
    );
  }
}

/**
 * Makes a task.
 * @param name of the task
 * @param files those that are its prompts, by the ids of their wordings; all of one output type, over the same rows
 * @throws Refusal with the reason why it cannot be run here
 */
export function lmEvalTask(name: string, files: ReadonlyMap<string, PlacedConfig>): LmEvalTask {
  const placed = [...files.values()];
  const [first] = placed;
  if (first === undefined) throw new TypeError("a task has at least one file");
  const { config } = first;
  for (const one of placed) refuseUnsupported(one.config);
  const change = rowChange(config);
  const prompts = new Map([...files].map(([id, one]) => [id, promptOf(one.config)]));
  const leading = prompts.values().next().value as LmEvalPrompt;
  const isGenerated = (config.output_type ?? "generate_until") === "generate_until";
  const rolling = config.output_type === "loglikelihood_rolling";
  const isSingle = rolling || config.output_type === "loglikelihood";
  const kind: AnswerKind = isGenerated
    ? "generation"
    : isSingle || leading.labels === undefined
      ? "multiple-choice"
      : "classification";
  if (!isGenerated && !isSingle && leading.choicesOf === undefined) throw new Refusal("doc_to_choice is missing", "output_type multiple_choice needs doc_to_choice"); // prettier-ignore
  const generation = isGenerated ? generationOf(config) : undefined;
  const answer: Answer = generation?.answer ?? (kind === "classification" ? { kind, labels: distinct(leading.labels ?? []) } : { kind: "multiple-choice", ...(isSingle ? { single: true } : {}), ...(rolling ? { rolling } : {}) }); // prettier-ignore
  const { names, own, leftOut, otherwise } = metricsOf(config, kind, leading.labels ?? [], generation?.judged);
  const family = familyOf(name, prompts, kind, placed);
  const { sampler } = config.fewshot_config ?? {};
  if (sampler instanceof PythonFunction) throw refuseFunction("fewshot_config.sampler", sampler);
  if (sampler != null && !SAMPLERS.includes(sampler)) {
    throw new UsageError(`fewshot_config: there is no sampler "${sampler}"${didYouMean(sampler, SAMPLERS)}`);
  }
  const version = config.metadata?.["version"];
  return {
    name,
    description: `${config.task} of lm-evaluation-harness${version === undefined ? "" : `, version ${JSON.stringify(version)}`}.`,
    tags: [config.tag ?? []].flat(),
    family: family.definition,
    dataset: { ...datasetOf(config, first.folder), ...(change === undefined ? {} : { change }) },
    answer,
    metrics: names,
    own,
    firstShots: sampler === "first_n",
    notes: [
      ...(leftOut.length === 0 ? [] : [`not computed here: ${leftOut.join(", ")}`]),
      ...(otherwise.length === 0
        ? []
        : [
            `${otherwise.join(" and ")}: the mean of the sentences, from 0 to 1; the harness has that of all texts together`,
          ]),
      ...(generation?.notes ?? []),
      ...(isSingle && !rolling && (config.target_delimiter ?? " ") !== ""
        ? [
            "the harness puts target_delimiter before the answers of shots alone; here it stands before none, so that with shots the prompt is not its own",
          ]
        : []),
      ...shotNotes(config),
      ...(config.num_fewshot == null
        ? []
        : [`its file asks for ${config.num_fewshot} shots (--num-fewshot ${config.num_fewshot})`]),
      ...(config["should_decontaminate"] === true
        ? ["should_decontaminate is ignored: no row is looked up in training data"]
        : []),
      ...(rolling ? ["its texts stand alone: there is no prompt, so there is one way to ask"] : []),
      ...(family.definition.formats === false && !rolling
        ? ["its prompt is more than text and columns, so it has no formats"]
        : []),
    ],
    toExample: (row) => exampleOf(row, prompts, kind, family.fieldsOf),
  };
}

/** Says what of the shots is not as the file has it. */
function shotNotes({ fewshot_config: shots }: TaskConfig): string[] {
  const left = Object.keys(shots ?? {}).filter(
    (key) => !["sampler", "split", "samples"].includes(key) && shots?.[key] != null,
  );
  return left.length === 0
    ? []
    : [
        `fewshot_config: ${left.join(", ")} ${left.length === 1 ? "is" : "are"} left out: shots are worded as the question is, so that with shots the prompt is not its own`,
      ];
}

function distinct(labels: readonly string[]): readonly string[] {
  if (new Set(labels).size < labels.length) throw new Refusal("doc_to_choice names an answer twice", `doc_to_choice: ${JSON.stringify(labels)} names an answer twice`); // prettier-ignore
  if (labels.length < 2) throw new Refusal("doc_to_choice has one answer", `doc_to_choice: ${JSON.stringify(labels)}; two or more are needed`); // prettier-ignore
  return labels;
}

function rowChange({ process_docs: called }: TaskConfig): RowChange | undefined {
  if (called == null) return undefined;
  const change = called instanceof PythonFunction ? knownRowChange(called) : undefined;
  if (change !== undefined) return change;
  if (called instanceof PythonFunction) throw refuseFunction("process_docs", called);
  throw new Refusal("process_docs", "process_docs is no function");
}

/** Makes the family of a task's prompts: over fields where all prompts can be taken apart in the same way. */
function familyOf(
  name: string,
  prompts: ReadonlyMap<string, LmEvalPrompt>,
  kind: AnswerKind,
  placed: readonly PlacedConfig[],
): { readonly definition: FamilyDefinition; readonly fieldsOf: (row: Row) => Record<string, string> } {
  const all = [...prompts.values()];
  const apart = all.find((prompt) => prompt.apart !== undefined)?.apart;
  const same = (other: LmEvalPrompt) =>
    other.apart !== undefined && sorted(other.apart.fields) === sorted(apart?.fields ?? {});
  const wordings = [...prompts].map(([id, prompt]): [string, WordingDefinition] => [
    id,
    {
      ...(same(prompt)
        ? { text: prompt.apart?.body as string }
        : { source: prompt.source === "" ? "(nothing)" : prompt.source }),
      ...prompt.frame,
      ...(all.length > 1 && prompt.choicesOf !== undefined
        ? { answers: JSON.stringify(prompt.config.doc_to_choice) }
        : {}),
      ...(isSingle(prompt) ? { answers: JSON.stringify(prompt.config.doc_to_target) } : {}),
    },
  ]);
  const definition = defineFamily({
    name: `${name}_prompts`,
    description: `The prompts of ${placed.map(({ config }) => config.task).join(", ")}.`,
    fields: apart?.fields ?? { row: { meaning: "the row as its file has it", called: "Row" } },
    answer: { called: apart?.answer ?? "Answer", kinds: [kind] },
    wordings: Object.fromEntries(wordings),
    shotSeparator: placed[0]?.config.fewshot_delimiter ?? "\n\n",
    preamble: all[0]?.frame.preamble ?? "",
    ...(apart === undefined ? { formats: false } : {}),
  });
  return { definition, fieldsOf: (row) => ({ ...(apart?.of(row) ?? { row: JSON.stringify(row) }) }) };
}

const isSingle = ({ config: { output_type: type } }: LmEvalPrompt) =>
  type === "loglikelihood" || type === "loglikelihood_rolling";

const sorted = (fields: Readonly<Record<string, unknown>>) => Object.keys(fields).sort().join(" ");

function exampleOf(
  row: Row,
  prompts: ReadonlyMap<string, LmEvalPrompt>,
  kind: AnswerKind,
  fieldsOf: (row: Row) => Record<string, string>,
): Example {
  const all = [...prompts];
  const [, first] = all[0] as [string, LmEvalPrompt];
  const worded = Object.fromEntries(
    all.map(([id, prompt]): [string, Worded] => {
      const answers = all.length > 1 ? prompt.choicesOf?.(row) : undefined;
      return [id, { prompt: prompt.textOf(row), ...(answers === undefined ? {} : { answers }) }];
    }),
  );
  const about = { fields: fieldsOf(row), worded };
  if (isSingle(first)) {
    const own = all.map(([id, prompt]): [string, Worded] => [id, { prompt: prompt.textOf(row), answers: [String(prompt.targetOf(row))] }]); // prettier-ignore
    // Formats put white space of their own before an answer.
    return { ...about, worded: Object.fromEntries(own), choices: [String(first.targetOf(row)).trimStart()], gold: 0 };
  }
  if (kind === "generation") {
    const target = first.targetOf(row);
    const choices = first.choicesOf?.(row);
    const texts = [target].flat().map((one) => (typeof one === "number" ? (choices?.[one] ?? String(one)) : one));
    return { ...about, references: texts };
  }
  const choices = first.choicesOf?.(row) ?? [];
  const gold = goldIn(first, row, choices);
  for (const [id, prompt] of all.slice(1)) {
    const others = prompt.choicesOf?.(row) ?? [];
    const own = goldIn(prompt, row, others);
    if (own !== gold || others.length !== choices.length) {
      throw new UserError(
        `the prompt ${id} has another right answer than ${all[0]?.[0] ?? ""} (choice ${own + 1}, not ${gold + 1})`,
      );
    }
  }
  return kind === "classification" ? { ...about, gold } : { ...about, choices, gold };
}
