/** Finds what is wrong with templates: the conventions of prompts, and how they go with real questions. */

import { hashValue } from "../base/hash.js";
import type { Example, Task } from "../tasks/contract.js";
import { allParts, ownText, type PlainPart } from "./compile.js";
import { ANSWER_WORDS, answerWordsFor, labelsIn, namedWords, type AnswerWords } from "./labels.js";
import { renderPrompt } from "./render.js";
import type { Template } from "./template.js";
import { variantOf } from "./variant.js";

/** Holds a template and where it is, for messages. */
export interface Placed {
  readonly template: Template;
  readonly file: string;
}

/** Limits the characters of a prompt's own words: with four shots they are in the context five times. */
const LONGEST_WORDS = 600;

/**
 * Breaches of the conventions, one line each; none for a good template.
 * @param generated whether answers of the family are generated
 */
export function conventionProblems({ body, parts }: Template, generated: boolean): string[] {
  const problems: string[] = [];
  if (/^\s/.test(body)) problems.push("begins with white space");
  const end = /\s*$/.exec(body)?.[0] ?? "";
  if (end.length > 1 || end === "\t") {
    problems.push(`ends in ${JSON.stringify(end)}; end in one space, one line break or the last word itself`);
  }
  if (generated && end.includes("\n")) {
    problems.push("ends in a line break, at which a generated answer is cut off; end in a space");
  }
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  const odd = /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff]/u.exec(ownText(parts).replaceAll("\u0000", "")); // prettier-ignore
  if (odd !== null) problems.push(`holds the invisible character U+${hex(odd[0])}; remove it or write a plain space`);
  const shown = allParts(parts);
  problems.push(...shown.flatMap((part, i) => joinProblem(part, shown[i - 1], shown[i + 1])));
  const words = ownText(parts).length;
  if (words > LONGEST_WORDS) {
    problems.push(`has ${words.toLocaleString("en")} characters of its own, more than ${LONGEST_WORDS}`);
  }
  return problems;
}

const hex = (char: string) => (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");

/** Says where a field does not stand apart from what is beside it. */
function joinProblem(part: PlainPart, before: PlainPart | undefined, after: PlainPart | undefined): string[] {
  if ("text" in part) return [];
  const named = `line ${part.line}: the field {{${part.field}}}`;
  if (before !== undefined && "field" in before)
    return [`${named} follows {{${before.field}}} without anything between`];
  if (before !== undefined && "text" in before && /[\p{L}\p{N}]$/u.test(before.text)) {
    return [`${named} runs into the word before it`];
  }
  if (after !== undefined && "text" in after && /^[\p{L}\p{N}]/u.test(after.text)) {
    return [`${named} runs into the word after it`];
  }
  return [];
}

/** Lists words that are common in any sentence, so that they do not give an answer away by standing in one. */
const COMMON = new Set(["no", "1", "0"]);

/** Finds the ways in which a template gives an answer away: it ends in one, or names one answer but not the others. */
export function leakProblems(template: Template, tasks: readonly Task[]): string[] {
  const text = ownText(template.parts).toLowerCase();
  const said = new Set(text.match(/[\p{L}\p{N}]+/gu));
  const [last] = /[\p{L}\p{N}]+(?=[^\p{L}\p{N}]*$)/u.exec(text.split("\u0000").at(-1) ?? "") ?? [];
  const problems = tasks.flatMap((task) => {
    if (namedWords(task, template).length > 0) return [];
    return answerWordsFor(task).flatMap((name) => {
      const words = Object.values(ANSWER_WORDS[name] as AnswerWords);
      if (last !== undefined && words.includes(last)) return [`already ends in the answer "${last}"`];
      const [only, second] = words.filter((word) => said.has(word));
      if (only === undefined || second !== undefined || COMMON.has(only)) return [];
      return [`names the answer "${only}" but not the others; name all answers or none`];
    });
  });
  return [...new Set(problems)];
}

/**
 * Labels of tasks, in each set of answer words, of which one begins another: neither scoring nor parsing can tell them
 * apart.
 */
export function labelProblems(task: Task): string[] {
  const sets = [labelsIn(task, undefined), ...answerWordsFor(task).map((name) => labelsIn(task, ANSWER_WORDS[name]))];
  const problems = sets.flatMap((labels) =>
    labels.flatMap((label, i) =>
      labels.flatMap((other, j) =>
        i !== j && other.toLowerCase().startsWith(label.toLowerCase())
          ? [`the label "${label}" is the beginning of the label "${other}"`]
          : [],
      ),
    ),
  );
  return [...new Set(problems)];
}

/**
 * Finds pairs of templates of one family that render alike on any of the examples.
 * @param templates of the pack; what is wrong is said of the later one of two
 * @param others that are there already
 */
export function alikeProblems(
  templates: readonly Placed[],
  others: readonly Template[],
  examples: readonly Example[],
): { readonly file: string; readonly problem: string }[] {
  const problems = new Map<string, { file: string; problem: string }>();
  for (const example of examples) {
    const seen = new Map(others.map((template) => [rendered(template, example), `the built-in "${template.id}"`]));
    for (const { template, file } of templates) {
      const text = rendered(template, example);
      const twin = seen.get(text);
      if (twin === undefined) seen.set(text, `"${template.id}" in ${file}`);
      else problems.set(hashValue([file, twin]), { file, problem: `renders like ${twin}` });
    }
  }
  return [...problems.values()];
}

const rendered = (template: Template, example: Example) => renderPrompt(variantOf(template), example);
