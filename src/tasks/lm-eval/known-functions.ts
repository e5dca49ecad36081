/**
 * Holds what a few functions of lm-evaluation-harness do to a row, so that tasks that name them can be run. A function
 * is known by its text, and that of the module it stands in: one of the same name that does something else is refused.
 */

import { sha256 } from "../../base/hash.js";
import { capitalized } from "../../base/jinja/methods.js";
import type { Row } from "../../datasets/index.js";
import type { PythonFunction } from "./yaml.js";

type RowChange = (row: Row) => Row;

/** Cleans a text of WikiHow as HellaSwag's preprocess does. */
function cleaned(text: string): string {
  return text
    .trim()
    .replaceAll(" [title]", ". ")
    .replace(/\[.*?\]/g, "")
    .replaceAll("  ", " ");
}

const textOf = (row: Row, column: string) => [row[column]].join("");

/** Makes query, choices and gold of a row of HellaSwag. */
const hellaswag: RowChange = (row) => ({
  ...row,
  query: cleaned(`${textOf(row, "activity_label")}: ${textOf(row, "ctx_a")} ${capitalized(textOf(row, "ctx_b"))}`),
  choices: (row["endings"] as readonly string[]).map(cleaned),
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

/** Holds changes by the hash of the module's text without comments and white space. */
const KNOWN: Readonly<Record<string, RowChange>> = {
  "5921531c233fdacbbcfff9793e295c669d77fd30c77440f9d6fcc999ad4bb88a": hellaswag,
  a90485b9790ae78e700de7854e40cc9139d856d7f429fde9b7c0de4890166a0f: arcOfOkapi,
};

/** Returns the hash by which a module is known. */
export function moduleKey(text: string): string {
  return sha256(text.replace(/^\s*#.*$/gm, "").replace(/\s+/g, ""));
}

/** Returns what a function does to each row; undefined for one that is not known. */
export function knownRowChange(called: PythonFunction): RowChange | undefined {
  const text = called.moduleText();
  if (text === undefined || !called.name.endsWith(".process_docs")) return undefined;
  const key = moduleKey(text);
  return Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
}
