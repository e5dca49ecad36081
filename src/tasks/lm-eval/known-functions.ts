/**
 * Holds what a few functions of lm-evaluation-harness do to a row, so that tasks that name them can be run. A function
 * is known by its text, and that of the module it stands in: one of the same name that does something else is refused.
 */

import { UserError } from "../../base/errors.js";
import { sha256 } from "../../base/hash.js";
import { capitalized } from "../../base/jinja/letters.js";
import type { Row } from "../../datasets/index.js";
import type { PythonFunction } from "./yaml.js";

/** Changes a row; undefined for one that is left out. */
export type RowChange = (row: Row) => Row | undefined;

/** Cleans a text of WikiHow as HellaSwag's preprocess does. */
function cleaned(text: string): string {
  return text
    .trim()
    .replaceAll(" [title]", ". ")
    .replace(/\[.*?\]/g, "")
    .replaceAll("  ", " ");
}

const textOf = (row: Row, column: string) => [row[column]].join("");

function listIn(row: Row, column: string): readonly unknown[] {
  const value = row[column];
  if (Array.isArray(value)) return value;
  throw new UserError(`process_docs: the column ${column} is ${JSON.stringify(value ?? null)}, not a list`);
}

/** Makes query, choices and gold of a row of HellaSwag. */
const hellaswag: RowChange = (row) => ({
  ...row,
  query: cleaned(`${textOf(row, "activity_label")}: ${textOf(row, "ctx_a")} ${capitalized(textOf(row, "ctx_b"))}`),
  choices: listIn(row, "endings").map((ending) => cleaned(String(ending))),
  gold: Number(row["label"]),
});

/** Makes query, choices and gold of a row of ARC in the translations of Okapi. */
const arcOfOkapi: RowChange = (row) => ({
  ...row,
  query: `Question: ${cleaned(textOf(row, "instruction"))}\nAnswer:`,
  choices: ["option_a", "option_b", "option_c", "option_d", "option_e"]
    .map((column) => row[column])
    .filter((option): option is string => typeof option === "string" && option !== "")
    .map(cleaned),
  gold: ["A", "B", "C", "D", "E"].indexOf(textOf(row, "answer")),
});

/** Makes query, choices and gold of a row of ACVA, of which each is right or wrong. */
const acva: RowChange = (row) => ({
  ...row,
  query: `السؤال: ${textOf(row, "question")}\nالإجابة:`,
  choices: ["صح", "خطأ"],
  gold: ["صح", "خطأ"].indexOf(textOf(row, "answer")),
});

/** Makes query, choices and gold of a row of the Arabic MMLU of OALL. */
const arabicMmlu: RowChange = (row) => {
  const letters = ["أ", "ب", "ج", "د"];
  const listed = ["A", "B", "C", "D"].map((column, i) => `${letters[i] ?? ""}. ${textOf(row, column)}\n`);
  const topic = textOf(row, "subject").replaceAll("_", " ");
  return {
    ...row,
    query: `الأسئلة التالية هي أسئلة متعددة الإختيارات مع الجواب الصحيح حول ${topic}. \n\n${textOf(row, "question")}\n${listed.join("")}الإجابة:`,
    choices: letters,
    gold: ["A", "B", "C", "D"].indexOf(textOf(row, "answer")),
  };
};

/** Makes choices of the columns of a row of TMMLU+. */
const tmmlu: RowChange = (row) => ({
  ...row,
  questions: row["question"],
  choices: ["A", "B", "C", "D"].map((column) => row[column]),
  goal: ["A", "B", "C", "D"].indexOf(textOf(row, "answer")),
});

/** Makes choices of the columns of a row of MMLU-SR, in which some are empty. */
const mmluSr: RowChange = (row) => ({
  ...row,
  choices: [1, 2, 3, 4].map((i) => row[`choice${i}`] ?? ""),
  answer: textOf(row, "answer").trim(),
});

/** Leaves out rows of EusExams without a right answer or without texts. */
const eusExams: RowChange = (row) => {
  const isEmpty = JSON.stringify(row["candidates"]) === JSON.stringify(["", "", "", ""]);
  return [0, 1, 2, 3].includes(row["answer"] as number) && !isEmpty ? row : undefined;
};

/** Leaves out rows of BIG-bench that are answered with free text. */
const bigbench: RowChange = (row) => (listIn(row, "multiple_choice_targets").length > 0 ? row : undefined);

/** Leaves out rows of MMMLU of another subject than that of a function's name; some name a file in place of it. */
const mmmlu = (name: string): RowChange => {
  const subject = name.replace(/^process_/, "");
  return (row) => (textOf(row, "Subject").replace(/_test(?:\.csv|-).*$/s, "") === subject ? row : undefined);
};

interface Known {
  readonly name: RegExp;
  readonly change: (name: string) => RowChange;
}

const only = (name: string, change: RowChange): Known => ({ name: new RegExp(`^${name}$`), change: () => change });

/** Holds changes by the hash of the module's text without comments and white space. */
const KNOWN: Readonly<Record<string, Known>> = {
  "5921531c233fdacbbcfff9793e295c669d77fd30c77440f9d6fcc999ad4bb88a": only("process_docs", hellaswag),
  a90485b9790ae78e700de7854e40cc9139d856d7f429fde9b7c0de4890166a0f: only("process_docs", arcOfOkapi),
  "3be3e1e19ed048194f9a75487edb9fb777808973eac244dd0b16d5d842fca8f6": only("process_docs", acva),
  "827a03181cbeff1f930000ce27759071466fc51df80237389a0a3b09863cce0a": only("process_docs", arabicMmlu),
  f9b1a1c48cf8e9048acb070df93f60bd394de6d12f46fd069d8afef00b68f703: only("process_docs", tmmlu),
  "92fed1d351ee53946b3e67ce8ec9b7b9baac6270f8988ff4435b8214fa6bcab4": only("process_docs", mmluSr),
  "4720d0faa289df046e4f3e1961c06eaaee5ff2dd869c399d22394ff892df31a2": only("process_docs", eusExams),
  f43f0b41cf865f88725639cf55b9433766accca58515eace69573778a6ffc503: only("filter_multiple_choice", bigbench),
  "6f58abf861b774692a8cf9f9cecffbebbedcf85a86a5f045eac3a14be5baf69e": { name: /^process_\w+$/, change: mmmlu },
};

/** Returns the hash by which a module is known. */
export function moduleKey(text: string): string {
  return sha256(text.replace(/^\s*#.*$/gm, "").replace(/\s+/g, ""));
}

/** Returns what a function does to each row; undefined for one that is not known. */
export function knownRowChange(called: PythonFunction): RowChange | undefined {
  const text = called.moduleText();
  if (text === undefined) return undefined;
  const key = moduleKey(text);
  const known = Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
  if (known?.name.test(called.ownName) === true) return known.change(called.ownName);
  return partFilter(text, called.ownName);
}

/** Matches a filter by the value of a column; its fifth group is the text in front of the value, if there is some. */
const FILTERS =
  /def (\w+)\(dataset(?:: [\w.]+)?, (\w+)\)(?: -> [\w.]+)?: return dataset\.filter\( ?lambda (\w+): \3\["(\w+)"\] == (?:f"([^"{}\\]*)\{\2\}"|\2) ?\)(?= |$)/g;

/**
 * Reads a function that keeps the rows of one subject, as those of Global MMLU and MMLU-Pro do: a filter with a value,
 * made one by one or for each of a list.
 */
function partFilter(text: string, name: string): RowChange | undefined {
  const flat = text.replace(/\s+/g, " ");
  const [found, ...others] = [...flat.matchAll(FILTERS)];
  const [, filter, parameter, , column, before = ""] = found ?? [];
  if (filter === undefined || parameter === undefined || column === undefined || others.length > 0) return undefined;
  const made = new RegExp(`(?:^| )${name} = partial\\( ?${filter}, ${parameter}="([^"\\\\]*)",? ?\\)`).exec(flat);
  const value = made?.[1] ?? listed(flat, { name, filter, parameter });
  return value === undefined ? undefined : (row) => (row[column] === before + value ? row : undefined);
}

/** Returns the value of a list for which a function of this name is made; undefined where there is none. */
function listed(
  flat: string,
  { name, filter, parameter }: { readonly name: string; readonly filter: string; readonly parameter: string },
): string | undefined {
  const loop = new RegExp(
    `process_functions = \\{ f"process_\\{${parameter}(\\.lower\\(\\))?((?:\\.replace\\('[^'\\\\]*', '[^'\\\\]*'\\))*)\\}": partial\\( ?${filter}, ${parameter}=${parameter},? ?\\) for ${parameter} in (\\w+),? \\} globals\\(\\)\\.update\\(process_functions\\)`,
  ).exec(flat);
  if (loop === null) return undefined;
  const [, lowered, replaced = "", list = ""] = loop;
  const [, items = ""] = new RegExp(`(?:^| )${list} = \\[([^\\]]*)\\]`).exec(flat) ?? [];
  const values = [...items.matchAll(/"([^"\\]*)"/g)].map(([, value = ""]) => value);
  const changes = [...replaced.matchAll(/'([^']*)', '([^']*)'/g)];
  const called = (value: string) =>
    changes.reduce(
      (left, [, from = "", to = ""]) => left.replaceAll(from, to),
      lowered === undefined ? value : value.toLowerCase(),
    );
  return values.find((value) => `process_${called(value)}` === name);
}

/** Returns the texts that a function names for the values of a column; undefined for one that does something else. */
export function knownLookup(called: PythonFunction): ((row: Row) => string) | undefined {
  const source = (called.source() ?? "").replace(/\s+/g, " ");
  const [, variable, items = "", used, column = ""] =
    /^def \w+\(doc\): (\w+) = \{ ?((?:\d+: "[^"\\]*",? ?)+)\} return (\w+)\[doc\["(\w+)"\]\] ?$/.exec(source) ?? [];
  if (variable === undefined || used !== variable) return undefined;
  const words = new Map([...items.matchAll(/(\d+): "([^"\\]*)"/g)].map(([, key, word = ""]) => [Number(key), word]));
  return (row) => {
    const word = words.get(row[column] as number);
    if (word !== undefined) return word;
    throw new UserError(`${called.name}: the column ${column} is ${JSON.stringify(row[column] ?? null)}, not one of ${[...words.keys()].join(", ")}`); // prettier-ignore
  };
}
