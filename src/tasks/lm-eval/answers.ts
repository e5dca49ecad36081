/** Finds the right answer and the choices of a row, as lm-evaluation-harness does. */

import { UserError } from "../../base/errors.js";
import { pythonLiteral } from "../../base/python.js";
import type { Row } from "../../datasets/index.js";
import type { TaskConfig } from "./config.js";
import { knownLookup } from "./known-functions.js";
import { refuseFunction, Refusal } from "./refusal.js";
import { RowTemplate } from "./template.js";
import { PythonFunction } from "./yaml.js";

/** Reads the text of a prompt of a row. */
export type TextOf = (row: Row) => string;

/** Returns what a key of the file gives for a row: a column of that name, else the template. */
export function textOf(
  source: TaskConfig["doc_to_text"],
  key: string,
): { readonly template: RowTemplate; readonly of: TextOf } {
  if (source instanceof PythonFunction) throw refuseFunction(key, source);
  if (typeof source !== "string") {
    throw new Refusal(
      `${key} is no text`,
      `${key} is ${JSON.stringify(source ?? null)}; expected a template or the name of a column`,
    );
  }
  const template = RowTemplate.read(source, key);
  return {
    template,
    of: (row) => {
      if (!Object.hasOwn(row, source)) return template.render(row);
      const value = row[source];
      if (typeof value === "string") return value;
      throw new UserError(
        `${key}: the column ${source} is ${JSON.stringify(value)}, not a text; write {{${source}}} for its value`,
      );
    },
  };
}

/** Returns the choices of a row. */
export type ChoicesOf = (row: Row) => readonly string[];

/**
 * Reads doc_to_choice.
 * @returns the words that all rows share, or what gives the choices of a row; undefined where there are none
 */
export function choicesOf({
  doc_to_choice: source,
}: TaskConfig): { readonly fixed?: readonly string[]; readonly of: ChoicesOf } | undefined {
  if (source === undefined || source === null) return undefined;
  if (source instanceof PythonFunction) throw refuseFunction("doc_to_choice", source);
  if (typeof source !== "string") {
    const fixed = texts(Array.isArray(source) ? source : Object.values(source), "doc_to_choice");
    return { fixed, of: () => fixed };
  }
  const template = RowTemplate.read(source, "doc_to_choice");
  return {
    of: (row) => {
      if (Object.hasOwn(row, source)) return texts(row[source], `doc_to_choice: the column ${source}`);
      const list = template.list(row);
      return texts(list ?? pythonLiteral(template.render(row)), "doc_to_choice");
    },
  };
}

function texts(value: unknown, what: string): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new UserError(`${what}: expected a list of texts, found ${JSON.stringify(value ?? null).slice(0, 80)}`);
}

/** Holds the right answer of a row: a place among the choices, a text, or several of one of these. */
export type Target = number | string | readonly (number | string)[];

/**
 * Reads doc_to_target.
 * @param hasChoices whether a number is a place among the choices
 */
export function targetOf({ doc_to_target: source }: TaskConfig, hasChoices: boolean): (row: Row) => Target {
  if (source instanceof PythonFunction) {
    const lookup = knownLookup(source);
    if (lookup !== undefined) return lookup;
    throw refuseFunction("doc_to_target", source);
  }
  if (typeof source === "number") return () => source;
  if (Array.isArray(source)) return () => targets(source);
  if (typeof source !== "string") throw new Refusal("doc_to_target is no text", "doc_to_target is missing");
  const template = RowTemplate.read(source, "doc_to_target");
  return (row) => {
    if (Object.hasOwn(row, source)) return targets(row[source]);
    const text = template.render(row);
    if (/^\d+$/.test(text) && hasChoices) return Number(text);
    const literal = /^\[.*\]$/s.test(text) ? pythonLiteral(text) : undefined;
    return literal === undefined ? text : targets(literal);
  };
}

function targets(value: unknown): Target {
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number")) return value;
  throw new UserError(
    `doc_to_target: expected a text, a number or a list of these, found ${JSON.stringify(value ?? null)}`,
  );
}

/** Returns the place of the right choice. @throws UserError for a row that has none, or several */
export function goldOf(target: Target, choices: readonly string[]): number {
  if (typeof target === "object") {
    const [only, ...others] = target;
    if (only === undefined || others.length > 0) {
      throw new UserError(`doc_to_target gives ${target.length} right choices; a row with one right choice is needed`);
    }
    return goldOf(only, choices);
  }
  // What checks examples says where a number is the place of none of the choices.
  if (typeof target === "number") return target;
  const place = choices.indexOf(target);
  if (place < 0) {
    throw new UserError(`doc_to_target: ${JSON.stringify(target)} is none of the choices ${JSON.stringify(choices)}`);
  }
  return place;
}
