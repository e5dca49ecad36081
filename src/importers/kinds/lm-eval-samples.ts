/** Reads one file of samples of lm-evaluation-harness. */

import { UserError } from "../../base/errors.js";
import { hashValue, sha256 } from "../../base/hash.js";
import { answerGiven, otherwiseJudged } from "../answer-given.js";
import { ownMetricName } from "../header.js";
import type { AxesFile } from "../importer.js";
import { at, fieldsOf, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";
import type { SourceFile } from "../source-file.js";
import type { Staging } from "../staging.js";

/** Holds what a file of samples needs of the run that it is of. */
export interface Run {
  /** Content of results_DATE.json. */
  readonly results: Json;
  readonly checkpoint: string;
}

/** Holds one file of samples with the names under which it is imported. */
export interface SampledTask {
  readonly run: Run;
  readonly file: SourceFile;
  /** As lm-evaluation-harness names it. */
  readonly full: string;
  readonly config: Json;
  readonly task: string;
  readonly prompt: string;
}

/** Matches answers that are but names of choices. */
const NAME_OF_CHOICE = /^\(?(?:[A-Z]|[a-z]|\d{1,2})[).:]?$/;

type Row = { -readonly [K in keyof ImportedRow]: ImportedRow[K] };

export function shotsOf(config: Json, results: Json, full: string): number | undefined {
  return numberAt(results, "n-shot", full) ?? numberAt(config, "num_fewshot");
}

/** @param asMetric metric that the task is judged by: acc where it has one when left out, otherwise its first */
export async function readSamples(
  sampled: SampledTask,
  axesFile: AxesFile,
  asMetric: string | undefined,
  staging: Staging,
): Promise<void> {
  const { file, run, full, config, task, prompt } = sampled;
  const shots = shotsOf(config, run.results, full);
  const output = textAt(config, "output_type") ?? "";
  const rows = new Map<number, Row>();
  // An export of ours has the hashes of rows and prompts as they are stored.
  const own = textAt(run.results, "model_source") === "amuro-eval";
  const seen = new Map<string, number>();
  let firstFilter: string | undefined;
  let asked: string | undefined;
  for await (const { value, where } of file.lines()) {
    const id = needed(numberAt(value, "doc_id"), "doc_id", where);
    const filter = textAt(value, "filter") ?? "none";
    firstFilter ??= filter;
    const metrics = metricsOf(value, filter === firstFilter ? "" : `,${filter}`, staging);
    const known = rows.get(id);
    if (known !== undefined && filter === firstFilter)
      throw new UserError(`${where}: doc_id ${id} a second time; the file holds two runs`);
    if (known !== undefined) {
      known.metrics = { ...known.metrics, ...metrics };
      continue;
    }
    const doc = objectAt(value, "doc");
    const item = textAt(value, "doc_hash") ?? hashValue(doc);
    const times = seen.get(item) ?? 0;
    seen.set(item, times + 1);
    const requests = requestsOf(value);
    asked ??= requests[0]?.context;
    rows.set(id, {
      checkpoint: run.checkpoint,
      task,
      prompt,
      // The same row twice in a dataset is two rows.
      item: times === 0 ? item : `${item}#${times}`,
      rowHash: own && times === 0 ? item : hashValue(times === 0 ? doc : [doc, times]),
      fields: fieldsOf(doc),
      promptHash: promptHashOf(requests[0], config, output, own),
      ...(output === "multiple_choice" ? answersOf(value, requests, config, where) : {}),
      ...(output === "generate_until" ? textOf(value) : {}),
      metrics,
    });
  }
  const first = rows.values().next().value;
  if (first === undefined) throw new UserError(`${file.path}: the file holds no samples`);
  const names = Object.keys(first.metrics);
  const judging = own ? ownMetricName(textAt(config, "metric_list", 0, "metric") ?? "") : undefined;
  const metric = asMetric ?? names.find((name) => name === judging) ?? (names.includes("acc") ? "acc" : names[0]);
  if (output === "multiple_choice" && metric !== undefined) chooseBy(metric, sampled, rows, staging);
  const labels = labelsOf(config, [...rows.values()]);
  const kind = output === "generate_until" ? "generation" : labels === undefined ? "multiple-choice" : "classification";
  const known = output === "generate_until" || first.logprobs !== undefined;
  const lower = Object.entries(objectAt(run.results, "higher_is_better", full)).flatMap(([name, is]) => (is === false ? [ownMetricName(name)] : [])); // prettier-ignore
  staging.task(task, {
    answeredBy: !known ? "scores" : output === "generate_until" ? "generate" : "loglikelihood",
    ...(known ? { kind } : {}),
    ...(known && labels !== undefined ? { labels } : {}),
    ...(metric === undefined ? {} : { metric }),
    ...(shots === undefined ? {} : { shots }),
    lowerIsBetter: lower,
    source: textAt(config, "dataset_path") ?? "unknown",
  });
  const chat = textAt(run.results, "chat_template");
  staging.prompt(task, prompt, {
    axes: { ...(shots === undefined ? {} : { shots }), ...axesFile.get(prompt) },
    ...(asked === undefined ? {} : { text: asked }),
    numbered: (first.answers ?? []).length > 0 && (first.answers ?? []).every((text) => NAME_OF_CHOICE.test(text)),
    chatTemplate: chat === undefined ? null : sha256(chat).slice(0, 12),
  });
  for (const row of rows.values()) await staging.add(row);
}

interface Request {
  readonly context: string;
  readonly continuation: string | undefined;
}

/** The delimiter before an answer is a part of the prompt here, and of the continuation there. */
function delimiterOf({ continuation = "" }: Request, config: Json, output: string): string {
  const delimiter = textAt(config, "target_delimiter") ?? " ";
  return output === "multiple_choice" && continuation.startsWith(delimiter) ? delimiter : "";
}

function promptHashOf(request: Request | undefined, config: Json, output: string, own: boolean): string | undefined {
  if (request === undefined) return undefined;
  const stored = own ? /^sha256:([0-9a-f]{64})$/.exec(request.context)?.[1] : undefined;
  return stored ?? sha256(request.context + delimiterOf(request, config, output));
}

/** Takes the requests of a sample, as versions before and after 0.4.5 wrote them. */
function requestsOf(sample: Json): Request[] {
  const given = at(sample, "arguments");
  const list = Array.isArray(given) ? (given as unknown[]) : Object.values(objectAt(given));
  return list.map((one) => {
    const [context, continuation] = Array.isArray(one) ? (one as unknown[]) : [at(one, "arg_0"), at(one, "arg_1")];
    return {
      context: typeof context === "string" ? context : JSON.stringify(context),
      continuation: typeof continuation === "string" ? continuation : undefined,
    };
  });
}

function answersOf(sample: Json, requests: readonly Request[], config: Json, where: string): Partial<ImportedRow> {
  const delimiter = textAt(config, "target_delimiter") ?? " ";
  // Requests without their context stand behind the others, where acc_mutual_info asked for them.
  const withContext = requests.filter(({ context }) => context !== "");
  const own = withContext.length > 0 && withContext.length * 2 === requests.length ? withContext : requests;
  const same = new Set(own.map(({ continuation }) => continuation)).size === 1 && own.length > 1;
  const answers = own.map(({ context, continuation = "" }) =>
    same ? context : continuation.startsWith(delimiter) ? continuation.slice(delimiter.length) : continuation,
  );
  const answered = listAt(sample, "filtered_resps").length > 0 ? listAt(sample, "filtered_resps") : listAt(sample, "resps"); // prettier-ignore
  const logprobs = answered.slice(0, own.length).map((one, i) => {
    const value = numberAt(one, 0) ?? numberAt(one, 0, 0) ?? minusInfinity(at(one, 0));
    return needed(value, `log-likelihood of answer ${i}`, where);
  });
  if (logprobs.length !== answers.length)
    throw new UserError(`${where}: ${logprobs.length} log-likelihoods for ${answers.length} answers`);
  const gold = numberAt(sample, "target") ?? indexOf(answers, textAt(sample, "target"));
  if (gold === undefined || answers[gold] === undefined) return {};
  return { answers, gold, logprobs };
}

/** Takes the answers that the metric takes. */
function chooseBy(metric: string, { full, run }: SampledTask, rows: ReadonlyMap<number, Row>, staging: Staging): void {
  for (const row of rows.values()) {
    if (row.logprobs !== undefined) Object.assign(row, answerGiven(metric, row.logprobs, row.answers ?? []));
  }
  const other = otherwiseJudged(rows.values(), metric);
  if (other > 0)
    staging.notes.add(`${full} of ${run.checkpoint}: ${metric} judges ${other} of ${rows.size} rows by another answer than the likeliest, which is the one that is kept`); // prettier-ignore
}

function minusInfinity(value: unknown): number | undefined {
  return value === "-inf" || value === "-Infinity" ? -Infinity : undefined;
}

function indexOf(answers: readonly string[], text: string | undefined): number | undefined {
  const found = text === undefined ? -1 : answers.indexOf(text.trim());
  return found < 0 ? undefined : found;
}

function textOf(sample: Json): Partial<ImportedRow> {
  const given = at(sample, "filtered_resps", 0) ?? at(sample, "resps", 0, 0);
  const text = Array.isArray(given) ? (given as unknown[])[0] : given;
  const target = at(sample, "target");
  const references = (Array.isArray(target) ? (target as unknown[]) : [target]).map(String);
  return { generated: typeof text === "string" ? text : "", references };
}

/** Keeps the metrics of a sample that are a number for each row. */
function metricsOf(sample: Json, suffix: string, staging: Staging): Record<string, number> {
  const names = listAt(sample, "metrics").filter((name): name is string => typeof name === "string");
  const listed = names.length > 0 ? names : Object.keys(sample).filter((name) => typeof sample[name] === "number" && !/^doc_id$/.test(name)); // prettier-ignore
  return Object.fromEntries(
    listed.flatMap((name): [string, number][] => {
      const value = numberAt(sample, name);
      if (value !== undefined) return [[`${ownMetricName(name)}${suffix}`, value]];
      staging.notes.add(`metric ${name} has no number for each row and is left out; results rescore may compute it`);
      return [];
    }),
  );
}

/** Returns the answers of a task where they are the same labels for every row; names of choices are no labels. */
function labelsOf(config: Json, rows: readonly Row[]): string[] | undefined {
  if (!Array.isArray(at(config, "doc_to_choice"))) return undefined;
  const [first] = rows;
  const answers = first?.answers;
  if (answers === undefined || answers.every((text) => NAME_OF_CHOICE.test(text))) return undefined;
  return rows.every((row) => JSON.stringify(row.answers) === JSON.stringify(answers)) ? [...answers] : undefined;
}
