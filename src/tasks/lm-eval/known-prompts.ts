/** Holds prompts that lm-evaluation-harness writes in Python, as the Jinja templates that write the same. */

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../../base/errors.js";
import { pythonLiteral } from "../../base/python.js";
import { textOf } from "../../base/utf8.js";
import { moduleKey } from "./known-functions.js";
import type { PythonFunction } from "./yaml.js";

/** Knows utils.py of MMLU-ProX, the same in the folder of each language. */
const MMLU_PROX = "4a9ec870ccadceb6b7eb6cf663f2ca27ad5da36fdd2d43996087037627a6db3e";

/** Returns the template that writes what a function writes; undefined for a function that is not known. */
export function knownPrompt(called: PythonFunction): string | undefined {
  const text = called.moduleText();
  if (text === undefined || moduleKey(text) !== MMLU_PROX || called.ownName !== "doc_to_text") return undefined;
  const words = wordsOfMmluProx(called.folder);
  if (words === undefined) return undefined;
  const [question, options, answer] = words;
  // Questions have up to ten options; those that are missing are null.
  const listed = Array.from("ABCDEFGHIJ", (letter, i) => `{% if option_${i} is not none %}${letter}. {{option_${i}}}\n{% endif %}`); // prettier-ignore
  return `${question}\n{{question}}\n${options}\n${listed.join("")}${answer}`;
}

/**
 * Reads the words of a language, which is the folder's name: before the question, the options and the answer.
 * @returns undefined where the table beside the folder lacks them
 */
function wordsOfMmluProx(folder: string): readonly [string, string, string] | undefined {
  const file = join(dirname(folder), "lang_libs.py");
  if (!existsSync(file)) return undefined;
  const table = textOf(readFileSync(file), file, UsageError);
  const language = basename(folder);
  const [, list = ""] = (/^\w+$/.test(language) && new RegExp(`^ *"${language}": (\\[[\\s\\S]*?^ *\\]),$`, "m").exec(table)) || []; // prettier-ignore
  const words = pythonLiteral(list);
  if (!Array.isArray(words)) return undefined;
  const [question, options, answer] = words as readonly unknown[];
  const isWord = (word: unknown): word is string => typeof word === "string" && !/\{[{%#]/.test(word);
  return isWord(question) && isWord(options) && isWord(answer) ? [question, options, answer] : undefined;
}
