/** Reads logs of inspect_ai, as .eval archives or as JSON. */

import { UsageError, UserError } from "../../base/errors.js";
import { counted } from "../../base/wording.js";
import { hashValue, sha256 } from "../../base/hash.js";
import { mean } from "../../statistics/uncertainty.js";
import { checkAxes, givenFor, readAxes } from "../given.js";
import type { Importer, ImportOptions } from "../importer.js";
import { at, canBeObject, fieldsOf, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";
import type { SourceFile } from "../source-file.js";
import type { Staging } from "../staging.js";
import { ZipFile } from "../zip.js";

/** Values of scores that inspect_ai writes as letters. */
const LETTERS: Readonly<Record<string, number>> = { C: 1, I: 0, P: 0.5, N: 0 };

/** Holds one log: all of it but the samples, and these. */
interface Log {
  readonly file: SourceFile;
  readonly header: Json;
  readonly samples: () => Iterable<Json>;
  /** What an export of ours says of its run; undefined for logs of inspect_ai. */
  readonly own: Json | undefined;
}

export const inspectAi: Importer = {
  kind: "inspect",
  title: "logs of inspect_ai",
  expects: "NAME.eval or NAME.json, one log for each prompt of each model",
  detect: (file) => /\.eval$/i.test(file.name) || ["eval", "plan"].every((key) => file.keys().includes(key)),
  read: async (files, options, staging) => {
    const logs = files.map(openLog);
    const axes = await readAxes(options.axes);
    const seen = new Map<string, string>();
    for (const [i, log] of logs.entries()) {
      const { header, file, own } = log;
      const status = textAt(header, "status");
      if (status !== "success") throw new UserError(`${file.path}: the log ended with status ${status ?? "unknown"} (${textAt(header, "error", "message")?.slice(0, 200) ?? "no reason"}); give logs that ended well`); // prettier-ignore
      const checkpoint = givenFor("checkpoint", options.checkpoint, i, logs.length) ?? textAt(own, "checkpoint") ?? needed(textAt(header, "eval", "model"), "eval.model", file.path); // prettier-ignore
      const task = givenFor("task", options.task, i, logs.length) ?? needed(textAt(header, "eval", "task"), "eval.task", file.path); // prettier-ignore
      const prompt = givenFor("prompt", options.prompt, i, logs.length) ?? promptOf(log, options);
      const key = JSON.stringify([checkpoint, task, prompt]);
      const before = seen.get(key);
      if (before !== undefined) throw twice(log, before, checkpoint, task);
      seen.set(key, file.path);
      checkAxes(axes, [prompt], options.axes);
      readLog(log, { checkpoint, task, prompt }, axes.get(prompt) ?? {}, staging);
      for (const row of rowsOf(log, { checkpoint, task, prompt }, staging)) await staging.add(row);
    }
    if (logs.some(({ own }) => own === undefined)) staging.missing.add("log-likelihoods");
  },
};

function openLog(file: SourceFile): Log {
  if (!/\.eval$/i.test(file.name)) {
    const header = objectAt(file.json());
    return { file, header, own: ownFacts(header), samples: () => listAt(header, "samples").filter(canBeObject) };
  }
  const zip = ZipFile.open(file.path);
  const parsed = (name: string): Json => objectAt(JSON.parse(zip.text(name)));
  const samples = zip.names().filter((name) => /^samples\/.*\.json$/.test(name));
  const header = parsed("header.json");
  return {
    file,
    header,
    own: ownFacts(header),
    *samples() {
      for (const name of samples) yield parsed(name);
    },
  };
}

function ownFacts(header: Json): Json | undefined {
  const made = textAt(header, "eval", "packages", "amuro-eval");
  return made === undefined ? undefined : objectAt(header, "eval", "metadata");
}

/** Names the fields of logs that may tell prompts apart. */
const FIELDS = "log, template, task_args.NAME or metadata.NAME";

function promptOf({ header, file, own }: Log, { promptFrom }: ImportOptions): string {
  if (promptFrom === undefined) return textAt(own, "prompt") ?? "default";
  if (promptFrom === "log") return file.name.replace(/\.(eval|json)$/i, "");
  if (promptFrom === "template") {
    const texts = listAt(header, "plan", "steps").flatMap((step) => textAt(step, "params", "template") ?? []);
    if (texts.length === 0) throw new UsageError(`--prompt-from template: no solver of ${file.path} has a template`);
    return `text-${sha256(JSON.stringify(texts)).slice(0, 8)}`;
  }
  const [, part = "", name = ""] = /^(task_args|metadata)\.(.+)$/.exec(promptFrom) ?? [];
  if (part === "") throw new UsageError(`--prompt-from ${promptFrom}: no such field; known: ${FIELDS}`);
  const value = at(header, "eval", part, name);
  if (value === undefined || value === null) throw new UsageError(`--prompt-from ${promptFrom}: ${file.path} has none`);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function twice({ file }: Log, before: string, checkpoint: string, task: string): UsageError {
  return new UsageError(`${file.path} and ${before} are both of ${checkpoint} on ${task} under one prompt: say what tells them apart by --prompt-from ${FIELDS}`); // prettier-ignore
}

type Names = Pick<ImportedRow, "checkpoint" | "task" | "prompt">;

function readLog({ header, own }: Log, { checkpoint, task, prompt }: Names, axes: Json, staging: Staging): void {
  const tool = own === undefined ? "inspect_ai" : "amuro-eval";
  staging.tools.set(tool, textAt(header, "eval", "packages", tool) ?? "unknown");
  const stage = textAt(own, "stage");
  staging.checkpoint(checkpoint, {
    spec: textAt(own === undefined ? {} : header, "eval", "model_args", "spec") ?? checkpoint,
    revision: textAt(own, "revision"),
    step: numberAt(own, "step"),
    stage: stage === "base" || stage === "sft" ? stage : undefined,
    sftTask: textAt(own, "sft_task"),
  });
  const texts = listAt(header, "plan", "steps").flatMap((step) => textAt(step, "params", "template") ?? []);
  staging.prompt(task, prompt, {
    axes: { ...objectAt(own, "axes"), ...axes } as Record<string, string | number | null>,
    ...(texts.length === 0 ? {} : { text: texts.join("\n") }),
  });
  const metric = own === undefined ? undefined : textAt(header, "eval", "scorers", 0, "name");
  staging.task(task, {
    answeredBy: "generate",
    kind: "generation",
    ...(metric === undefined ? {} : { metric }),
    source: textAt(header, "eval", "dataset", "name") ?? "unknown",
  });
}

/** Holds what the scorers say of a sample in one epoch. */
interface Scored {
  readonly scores: Readonly<Record<string, number>>;
  /** Scorers whose value is no number. */
  readonly unread: readonly string[];
}

/** Epochs of a sample are replicates: their scores are averaged, and the answer of the first stands for them. */
function rowsOf(log: Log, names: Names, staging: Staging): ImportedRow[] {
  const samples: { readonly row: ImportedRow; readonly scored: Scored }[] = [];
  for (const sample of log.samples()) {
    const id = at(sample, "id");
    const item = needed(typeof id === "string" || typeof id === "number" ? String(id) : undefined, "id of a sample", log.file.path); // prettier-ignore
    samples.push({ row: rowOf(sample, item, names, log.own, staging), scored: scoresOf(objectAt(sample, "scores")) });
  }
  const isWhole = wholeOnes(log, samples.map(({ scored }) => scored), staging); // prettier-ignore
  const rows = new Map<string, { readonly row: ImportedRow; readonly epochs: Scored[] }>();
  for (const { row, scored } of samples.filter((one) => isWhole(one.scored))) {
    const known = rows.get(row.item) ?? { row, epochs: [] };
    known.epochs.push(scored);
    rows.set(row.item, known);
  }
  if ([...rows.values()].some(({ epochs }) => epochs.length > 1)) staging.notes.add("epochs of one sample are averaged"); // prettier-ignore
  // Archives hold samples in the order in which they ended.
  const order = listAt(log.header, "eval", "dataset", "sample_ids").map(String);
  const sorted = [...rows.values()].sort((a, b) => order.indexOf(a.row.item) - order.indexOf(b.row.item));
  return sorted.map(({ row, epochs }) => {
    const own = Object.keys(epochs[0]?.scores ?? {});
    const metrics = own.map((name) => [name, mean(epochs.map(({ scores }) => scores[name] ?? NaN))]);
    return { ...row, metrics: Object.fromEntries(metrics) as Record<string, number> };
  });
}

/** Tells which samples have a number from every scorer that gives numbers, and notes what is left out. */
function wholeOnes({ file }: Log, scored: readonly Scored[], staging: Staging): (one: Scored) => boolean {
  const hasScores = ({ scores }: Scored) => Object.keys(scores).length > 0;
  const some = scored.filter(hasScores);
  const note = (count: number, what: string) => {
    if (count > 0) staging.notes.add(`${file.path}: ${counted(count, "sample")} ${count === 1 ? "has" : "have"} ${what} and ${count === 1 ? "is" : "are"} left out`); // prettier-ignore
  };
  note(scored.length - some.length, "no score");
  const numberless = new Set(
    some.flatMap(({ unread }) => unread.filter((name) => some.every((one) => one.unread.includes(name)))),
  );
  for (const name of numberless) staging.notes.add(`${file.path}: the scores of ${name} are no numbers and are left out`); // prettier-ignore
  const lacks = ({ unread }: Scored) => unread.filter((name) => !numberless.has(name));
  for (const name of new Set(some.flatMap(lacks)))
    note(some.filter((one) => lacks(one).includes(name)).length, `no number from ${name}`);
  return (one) => hasScores(one) && lacks(one).length === 0;
}

/** Takes every score that is a number, a letter or a truth value; one with parts gives a metric for each. */
function scoresOf(values: Json): Scored {
  const scores: Record<string, number> = {};
  const take = (name: string, value: unknown): boolean => {
    const number = typeof value === "string" && value in LETTERS ? LETTERS[value] : numberAt({ value }, "value");
    if (number !== undefined) scores[name] = number;
    else if (canBeObject(value))
      return Object.entries(value).filter(([part, inner]) => take(`${name}.${part}`, inner)).length > 0;
    return number !== undefined;
  };
  const unread = Object.entries(values).filter(([name, score]) => !take(name, at(score, "value")));
  return { scores, unread: unread.map(([name]) => name) };
}

function rowOf(sample: Json, item: string, names: Names, own: Json | undefined, staging: Staging): ImportedRow {
  if (own !== undefined) return exportedRow(sample, item, names, own, staging);
  const input = at(sample, "input");
  const text = typeof input === "string" ? input : JSON.stringify(input);
  const target = at(sample, "target");
  const references = (Array.isArray(target) ? (target as unknown[]) : [target]).map(String);
  const asked = listAt(sample, "messages").filter((message) => textAt(message, "role") !== "assistant");
  const contents = asked.map((message) => at(message, "content"));
  const choices = listAt(sample, "choices").map(String);
  const row = {
    ...names,
    item,
    rowHash: hashValue({ id: item, input, target, choices }),
    fields: { input: text },
    promptHash: contents.length === 1 && typeof contents[0] === "string" ? sha256(contents[0]) : hashValue(contents),
    generated:
      textAt(sample, "output", "choices", 0, "message", "content") ?? textAt(sample, "output", "completion") ?? "",
    metrics: {},
  };
  const place = (letter: string | undefined) => (letter?.length === 1 ? letter.charCodeAt(0) - 65 : -1);
  const gold = place(references[0]);
  if (choices[gold] === undefined) return { ...row, references };
  staging.task(names.task, { answeredBy: "generate", kind: "multiple-choice" });
  const given = place(Object.values(objectAt(sample, "scores")).flatMap((score) => textAt(score, "answer") ?? [])[0]);
  return { ...row, answers: choices, gold, choice: choices[given] === undefined ? -1 : given };
}

/** Takes a row of an export of ours with its hashes, log-likelihoods and answer as they are stored. */
function exportedRow(sample: Json, item: string, names: Names, own: Json, staging: Staging): ImportedRow {
  const metadata = objectAt(sample, "metadata");
  const answers = listAt(sample, "choices").map(String);
  const gold = numberAt(metadata, "gold");
  const logprobs = listAt(metadata, "log_likelihoods").filter((one): one is number => typeof one === "number");
  const said = textAt(sample, "output", "choices", 0, "message", "content");
  const row = {
    ...names,
    item,
    rowHash: needed(textAt(metadata, "row_hash"), "metadata.row_hash", `sample ${item} of ${names.task}`),
    fields: fieldsOf(objectAt(metadata, "fields")),
    promptHash: textAt(metadata, "prompt_hash"),
    metrics: {},
  };
  const by = at(own, "answered_by");
  if (by === "scores") {
    staging.task(names.task, { answeredBy: by, kind: undefined });
    return { ...row, generated: said };
  }
  if (gold === undefined || answers[gold] === undefined)
    return { ...row, generated: said ?? "", references: [textAt(sample, "target") ?? ""] };
  const known = logprobs.length === answers.length;
  const answeredBy = known ? (by === "first-token" ? by : "loglikelihood") : "generate";
  staging.task(names.task, { answeredBy, kind: "multiple-choice" });
  return {
    ...row, answers, gold, choice: numberAt(metadata, "choice") ?? -1, ...(known ? { logprobs } : { generated: said }),
  }; // prettier-ignore
}
