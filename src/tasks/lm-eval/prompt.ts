/** Reads what one file of lm-evaluation-harness asks, and makes a wording of it. */

import type { Row } from "../../datasets/index.js";
import type { WordingDefinition } from "../families/family.js";
import { choicesOf, goldOf, targetOf, textOf, type Target } from "./answers.js";
import type { TaskConfig } from "./config.js";
import { takenApart, type TakenApart } from "./fields.js";
import { knownPrompt } from "./known-prompts.js";
import { refuseFunction, Refusal } from "./refusal.js";
import { RowTemplate } from "./template.js";
import { PythonFunction } from "./yaml.js";

/** Holds a prompt of the harness. */
export interface LmEvalPrompt {
  readonly config: TaskConfig;
  /** The prompt as a wording over fields; undefined where it is more than text and columns. */
  readonly apart: TakenApart | undefined;
  /** Jinja text of the prompt. */
  readonly source: string;
  /** Writes the whole prompt of a row. */
  readonly textOf: (row: Row) => string;
  /** What stands before everything, and between prompt and answer. */
  readonly frame: Required<Pick<WordingDefinition, "preamble" | "answerSeparator">>;
  /** The words that all rows are answered with. */
  readonly labels: readonly string[] | undefined;
  /** Choices of a row; undefined for free text. */
  readonly choicesOf: ((row: Row) => readonly string[]) | undefined;
  readonly targetOf: (row: Row) => Target;
}

/** @throws Refusal for what needs Python or is no text */
export function promptOf(config: TaskConfig): LmEvalPrompt {
  const rolling = config.output_type === "loglikelihood_rolling";
  // The harness scores what follows the prompt as it is where it scores a single text.
  const delimiter = config.output_type === "loglikelihood" || rolling ? "" : (config.target_delimiter ?? " ");
  const prefix = prefixOf(config);
  if (prefix !== "" && config.output_type === "multiple_choice" && (delimiter !== " " || /\s$/.test(prefix))) {
    throw new Refusal(
      "gen_prefix beside a target_delimiter",
      'gen_prefix: the harness puts other white space before answers than before those of shots; use target_delimiter " " and a prefix that ends in a word',
    );
  }
  const asking = config.doc_to_text;
  const known = asking instanceof PythonFunction ? (knownPrompt(asking) ?? asking) : asking;
  // Nothing stands before a text that is scored as a whole, whatever the file says.
  const own = textOf(rolling ? "" : known, "doc_to_text");
  const choices = choicesOf(config);
  // The harness puts a delimiter before the prefix where neither side has white space there.
  const joined = (text: string) =>
    (text !== "" && !/\s$/.test(text) && !/^\s/.test(prefix) ? text + delimiter : text) + prefix;
  const isColumn = own.template.statements.every(({ kind }) => kind === "data") && /^\w+$/.test(own.template.text);
  // A bare word is the name of a column where rows have it; there is nothing else to ask with.
  const asked = isColumn ? RowTemplate.read(`{{${own.template.text}}}`, "doc_to_text") : own.template;
  const apart = takenApart(asked.statements);
  return {
    config,
    source: own.template.text + prefix,
    textOf: prefix === "" ? own.of : (row) => joined(own.of(row)),
    apart: apart === undefined || prefix === "" ? apart : withPrefix(apart, joined),
    frame: { preamble: preambleOf(config), answerSeparator: prefix === "" ? delimiter : /\s$/.test(prefix) ? "" : " " },
    labels: choices?.fixed,
    choicesOf: choices?.of,
    targetOf: targetOf(config, choices !== undefined),
  };
}

function withPrefix(apart: TakenApart, joined: (text: string) => string): TakenApart | undefined {
  // Whether a field ends in white space is known row by row only.
  return apart.body.endsWith("}}") ? undefined : { ...apart, body: joined(apart.body) };
}

function prefixOf({ gen_prefix: prefix }: TaskConfig): string {
  if (prefix instanceof PythonFunction) throw refuseFunction("gen_prefix", prefix);
  if (prefix == null) return "";
  if (/\{[{%]/.test(prefix))
    throw new Refusal(
      "gen_prefix is a template",
      "gen_prefix depends on the row, which is not supported here; write it at the end of doc_to_text",
    );
  return prefix;
}

function preambleOf({ description }: TaskConfig): string {
  if (description instanceof PythonFunction) throw refuseFunction("description", description);
  if (description == null) return "";
  if (/\{[{%]/.test(description)) {
    throw new Refusal(
      "description is a template",
      "description depends on the row, which is not supported here; write it at the beginning of doc_to_text",
    );
  }
  return description;
}

/** Returns the place of the right choice of a row. */
export function goldIn(prompt: LmEvalPrompt, row: Row, choices: readonly string[]): number {
  return goldOf(prompt.targetOf(row), choices);
}
