/** Applies a template of promptsource to a row, as its Template.apply does. */

import { messageOf, UserError } from "../../base/errors.js";
import { render } from "../../base/jinja/evaluator.js";
import { fromJson } from "../../base/jinja/globals.js";
import type { Statement } from "../../base/jinja/nodes.js";
import { parseTemplate } from "../../base/jinja/parser.js";
import { TemplateError, type Value } from "../../base/jinja/values.js";
import type { Row } from "../../datasets/index.js";
import { takenApart, type TakenApart } from "../lm-eval/fields.js";
import { Refusal } from "../lm-eval/refusal.js";
import { SEPARATOR, type TemplateConfig } from "./file.js";

/** Stands for a separator in the values of a row, so that these do not split the prompt. */
const PROTECTED = "\u0000|\u0000";

/** Holds what a template makes of a row. */
interface Applied {
  readonly input: string;
  readonly target: string;
}

export class SourceTemplate {
  private readonly prompt: readonly Statement[];
  private readonly choices: readonly Statement[] | undefined;

  /** @throws Refusal when it is not Jinja */
  constructor(readonly config: TemplateConfig) {
    const { jinja, answer_choices: choices } = config;
    this.prompt = this.parsed(jinja, "jinja");
    this.choices = choices == null ? undefined : this.parsed(choices, "answer_choices");
  }

  /** Returns the answers that all rows share; undefined where rows have their own, or free text is asked for. */
  get fixedChoices(): readonly string[] | undefined {
    if (this.choices?.every(({ kind }) => kind === "data") !== true) return undefined;
    return parts(this.config.answer_choices ?? "");
  }

  /** Returns the answers of a row; undefined where free text is asked for. */
  choicesOf(row: Row): readonly string[] | undefined {
    return this.choices === undefined ? undefined : parts(this.rendered(this.choices, row, {}));
  }

  /** @throws UserError for a row that the template makes no prompt or no answer of */
  apply(row: Row): Applied {
    const choices = this.choicesOf(row);
    const [input = "", target = ""] = parts(this.rendered(this.prompt, row, choices === undefined ? {} : { answer_choices: [...choices] })); // prettier-ignore
    const empty = input === "" ? "prompt" : target === "" ? "answer" : undefined;
    if (empty === undefined) return { input, target };
    throw new UserError(`the template "${this.config.name}" makes no ${empty} of the row; leave the template or the row out`); // prettier-ignore
  }

  /** Returns the columns that the template asks with; undefined where it is more than text and columns. */
  apart(): TakenApart | undefined {
    const [input = "", ...others] = this.config.jinja.split(SEPARATOR);
    if (others.length !== 1) return undefined;
    try {
      return takenApart(parseTemplate(input.trim(), "kept"));
    } catch (error) {
      if (error instanceof TemplateError) return undefined;
      throw error;
    }
  }

  private parsed(text: string, key: string): readonly Statement[] {
    try {
      return parseTemplate(text, "kept");
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new Refusal(`${key} is not Jinja`, `the template "${this.config.name}": ${key}: ${messageOf(error)}`);
    }
  }

  private rendered(template: readonly Statement[], row: Row, more: Readonly<Record<string, Value>>): string {
    const names = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fromJson(guarded(value))]));
    try {
      return render(template, { ...names, ...more });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new UserError(`the template "${this.config.name}": ${messageOf(error)}`);
    }
  }
}

function parts(text: string): string[] {
  return text.split(SEPARATOR).map((part) => part.trim().replaceAll(PROTECTED, SEPARATOR));
}

/** Replaces separators in the texts of a value. */
function guarded(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(SEPARATOR, PROTECTED);
  if (Array.isArray(value)) return value.map(guarded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, guarded(one)]));
}
