/** Checks what a task's toExample returns: a plugin's mistake is reported before anything is scored. */

import { didYouMean, UserError } from "../base/errors.js";
import type { Example, Fields, Task } from "./contract.js";
import { isSingleText } from "./single-text.js";
import { fieldNames, type Family } from "./families/family.js";

/**
 * @returns the value, when it is an example of the task
 * @throws UserError that says what is wrong with it
 */
export function checkExample(task: Task, value: unknown): Example {
  if (value instanceof Promise) throw new UserError("toExample returned a promise; write it without async");
  if (!isObject(value)) throw new UserError("toExample returned no example");
  const { fields } = value;
  if (!isObject(fields)) throw new UserError("the example has no fields");
  const complete = completeFields(task.family, fields);
  if (task.answer.kind === "generation") {
    checkTexts(value["references"], "references", 1);
  } else {
    checkGold(value["gold"], choicesOf(task, value["choices"]));
    checkGrade(task, value["grade"]);
  }
  return { ...(value as unknown as Example), fields: complete };
}

/** Returns the fields as texts; one that a row may leave out is empty. */
function completeFields(family: Family, given: Record<string, unknown>): Fields {
  const { fields } = family;
  const odd = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (odd !== undefined) {
    const names = fieldNames(family);
    throw new UserError(
      `the family ${family.name} has no field "${odd}", which the example has${didYouMean(odd, names)}`,
    );
  }
  const found = fieldNames(family).map((field) => {
    if (!Object.hasOwn(given, field) && fields[field]?.whenEmpty !== "leave-out") {
      throw new UserError(`the example has no field "${field}", which the family ${family.name} needs`);
    }
    const value = Object.hasOwn(given, field) ? given[field] : "";
    if (typeof value !== "string") throw new UserError(`the field "${field}" of the example is no text`);
    refuseHalves(value, `the field "${field}"`);
    return [field, value] as const;
  });
  return { ...(given as Fields), ...Object.fromEntries(found) };
}

function choicesOf(task: Task, choices: unknown): readonly string[] {
  if (task.answer.kind !== "classification") {
    const isSingle = isSingleText(task);
    const texts = checkTexts(choices, "choices", isSingle ? 1 : 2);
    if (isSingle && texts.length > 1)
      throw new UserError(`the example has ${texts.length} choices, but the likelihood of a single text is asked for`);
    const empty = texts.findIndex((text) => !hasText(text));
    if (empty < 0) return texts;
    throw new UserError(`choice ${empty + 1} of the example is empty; correct or remove the row`);
  }
  if (choices === undefined) return task.answer.labels;
  throw new UserError("the example has choices, but a classification task is answered with its labels");
}

function checkTexts(value: unknown, name: string, atLeast: number): readonly string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [];
  if (texts.length < atLeast) {
    throw new UserError(
      `the example has ${texts.length === 0 ? "no" : texts.length} ${name}; needed: ${atLeast} or more`,
    );
  }
  const bad = texts.findIndex((text) => typeof text !== "string");
  if (bad >= 0) throw new UserError(`number ${bad + 1} of the example's ${name} is no text`);
  (texts as string[]).forEach((text, i) => {
    refuseHalves(text, `number ${i + 1} of the example's ${name}`);
  });
  return texts as string[];
}

/** Refuses half of a surrogate pair, in whose place a tokenizer gets U+FFFD. */
function refuseHalves(text: string, what: string): void {
  if (/\p{Cs}/u.test(text)) throw new UserError(`${what} has half of a surrogate pair, which is no character`);
}

function checkGold(gold: unknown, answers: readonly string[]): void {
  if (gold === undefined) throw new UserError("the example has no gold answer");
  if (typeof gold === "number" && Number.isInteger(gold) && gold >= 0 && gold < answers.length) return;
  throw new UserError(
    `the gold answer is ${JSON.stringify(gold)}, not a number from 0 to ${answers.length - 1}; an unlabelled row?`,
  );
}

/** Tells whether a text shows anything: letters, digits or signs. */
export function hasText(text: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
}

function checkGrade(task: Task, grade: unknown): void {
  if (grade === undefined) return;
  if (task.answer.kind !== "classification") throw new UserError("the example has a grade, but its answer is no label");
  if (typeof grade !== "number" || !Number.isFinite(grade)) {
    throw new UserError(`the grade of the example is ${JSON.stringify(grade)}, not a finite number`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
