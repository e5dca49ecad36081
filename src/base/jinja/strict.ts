/** Runs templates as Jinja2 does with StrictUndefined: a name that nothing has fails where it is used. */

import { pythonPattern } from "../python.js";
import { Evaluator } from "./evaluator.js";
import { bind, asText } from "./methods.js";
import type { Expression } from "./nodes.js";
import type { Scope } from "./scope.js";
import { str } from "./text.js";
import { TemplateError, Undefined, type Named, type Value } from "./values.js";

/** Makes a filter of its values: the filtered one, and the arguments. */
export type OwnFilter = (value: Value, args: readonly Value[], kwargs: Named) => Value;

export class StrictEvaluator extends Evaluator {
  /** @param filters those beside Jinja's own, by name */
  constructor(private readonly filters: Readonly<Record<string, OwnFilter>> = {}) {
    super();
  }

  override evaluate(node: Expression, scope: Scope): Value {
    const asksIfThere =
      (node.kind === "test" && /^(?:un)?defined$/.test(node.name)) ||
      (node.kind === "filter" && /^d(?:efault)?$/.test(node.name));
    if (!asksIfThere) return there(super.evaluate(node, scope));
    const value = super.evaluate(node.value, scope);
    const { args, kwargs } = this.passed(node.given, scope);
    return node.kind === "test"
      ? this.test(node.name, value, args, kwargs)
      : there(this.filter(node.name, value, args, kwargs));
  }

  override filter(name: string, value: Value, args: readonly Value[], kwargs: Named): Value {
    const own = Object.hasOwn(this.filters, name) ? this.filters[name] : undefined;
    return own === undefined ? super.filter(name, value, args, kwargs) : own(value, args, kwargs);
  }
}

function there(value: Value): Value {
  if (value instanceof Undefined) throw value.fail();
  return value;
}

/** Replaces matches of a regular expression, the filter that lm-evaluation-harness adds to Jinja's own. */
export const regexReplace: OwnFilter = (value, args, kwargs) => {
  const { pattern, repl, count } = bind('the filter "regex_replace"', ["pattern", "repl", "count"], args, kwargs);
  const [text, source, by] = [str(value), asText(pattern, "pattern"), asText(repl, "repl")];
  if (count !== undefined) throw new TemplateError("regex_replace: count is not supported");
  if (/\\[\dg]/.test(by)) throw new TemplateError("regex_replace: groups in what is put in are not supported");
  return text.replace(pythonPattern(source, "g"), () => by);
};
