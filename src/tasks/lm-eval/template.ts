/** Renders templates of lm-evaluation-harness over rows, as its Jinja environment does. */

import { messageOf, UserError } from "../../base/errors.js";
import { render } from "../../base/jinja/evaluator.js";
import { fromJson } from "../../base/jinja/globals.js";
import type { Expression, Statement } from "../../base/jinja/nodes.js";
import { parseTemplate } from "../../base/jinja/parser.js";
import { regexReplace, StrictEvaluator, type OwnFilter } from "../../base/jinja/strict.js";
import { TemplateError, Tuple, type Value } from "../../base/jinja/values.js";
import type { Row } from "../../datasets/index.js";
import { globalScope } from "../../base/jinja/evaluator.js";
import { Refusal } from "./refusal.js";

const FILTERS: Readonly<Record<string, OwnFilter>> = { regex_replace: regexReplace };

/** Holds a template that was read. */
export class RowTemplate {
  private constructor(
    readonly text: string,
    readonly statements: readonly Statement[],
    private readonly key: string,
    private readonly filters: Readonly<Record<string, OwnFilter>>,
  ) {}

  /**
   * Reads a template.
   * @param key what it is called in messages
   * @throws Refusal when it is not Jinja
   */
  static read(text: string, key: string, filters = FILTERS): RowTemplate {
    try {
      return new RowTemplate(text, parseTemplate(text, "kept", Object.keys(filters)), key, filters);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new Refusal(`${key} is not Jinja`, `${key}: not a Jinja template (${messageOf(error)})`);
    }
  }

  /** Writes the template for a row. @throws UserError for a name that the row lacks */
  render(row: Row): string {
    return this.attempt(() => render(this.statements, namesOf(row), new StrictEvaluator(this.filters)));
  }

  /**
   * Returns the value of a template that is a single expression, as JSON; undefined for other templates, and where the
   * value is no list.
   */
  list(row: Row): readonly unknown[] | undefined {
    const [only, ...others] = this.statements;
    if (only?.kind !== "print" || others.length > 0) return undefined;
    const value = this.attempt(() => valueOf(only.value, row, this.filters));
    if (value instanceof Tuple) return value.items.map(toJson);
    return Array.isArray(value) ? value.map(toJson) : undefined;
  }

  private attempt<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new UserError(`${this.key}: ${messageOf(error)}`);
    }
  }
}

/** Writes one expression of a template for a row. @throws TemplateError where Jinja would fail */
export function printed(value: Expression, row: Row): string {
  return render([{ kind: "print", value }], namesOf(row), new StrictEvaluator(FILTERS));
}

function valueOf(value: Expression, row: Row, filters: Readonly<Record<string, OwnFilter>>): Value {
  return new StrictEvaluator(filters).evaluate(value, globalScope(namesOf(row)));
}

function namesOf(row: Row): Record<string, Value> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fromJson(value)]));
}

function toJson(value: Value): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(toJson) : value;
}
