/**
 * Runs a parsed template as Jinja2 3.1 does in the environment of transformers' chat templates: a sandbox without other
 * templates, without automatic escaping, whose undefined names are empty text.
 */

import { compared, elementOf, missing, sliced } from "./access.js";
import { isFilter, isTest } from "./checks.js";
import { bind, memberOf } from "./methods.js";
import { FILTERS, formatFilter, map, select, type FilterHost } from "./filters.js";
import { GLOBALS } from "./globals.js";
import { LoopState } from "./loop.js";
import type { Arguments, BlockFilter, Expression, MacroHead, Statement, Target } from "./nodes.js";
import { arithmetic, negated } from "./operators.js";
import { Output } from "./output.js";
import { Scope } from "./scope.js";
import { runTest } from "./tests.js";
import { braceFormat, str } from "./text.js";
import {
  Attributes, Callable, checkedText, Dict, given, iterate, Markup, Range, TemplateError, truthy, Tuple, typeName, Undefined, View, type Named,
  type Value,
} from "./values.js"; // prettier-ignore

/**
 * Limits the steps (passes of loops, calls, filters) that a template may take; those of released models take some
 * thousands.
 */
const MOST_STEPS = 1_000_000;
/** Limits the macros and recursive loops inside each other. */
const DEEPEST = 200;

type Signal = "break" | "continue" | undefined;

/**
 * Runs a template.
 * @param names what the template knows beside Jinja's own functions
 * @param evaluator a fresh one; of strict templates a StrictEvaluator
 * @throws TemplateError where Jinja2 would fail, and where the template takes too many steps
 */
export function render(
  template: readonly Statement[],
  names: Readonly<Record<string, Value>>,
  evaluator: Evaluator = new Evaluator(),
): string {
  const output = new Output();
  try {
    evaluator.run(template, new Scope(globalScope(names)), output);
  } catch (error) {
    if (error instanceof RangeError)
      throw new TemplateError("it is nested too deeply, or makes a text that is too long");
    throw error;
  }
  return output.text();
}

/** Returns what a block gives, which has to be text: {% filter length %} gives a number, and Jinja fails. */
function textAlone(value: Value): string {
  if (typeof value === "string" || value instanceof Markup) return str(value);
  throw new TemplateError(`a block gives a ${typeName(value)}, where text is needed`);
}

/** Makes the scope of what a template is given. */
export function globalScope(names: Readonly<Record<string, Value>>): Scope {
  const globals = new Scope();
  for (const [name, value] of Object.entries({ ...GLOBALS, ...names })) globals.set(name, value);
  return globals;
}

export class Evaluator implements FilterHost {
  private steps = 0;
  private depth = 0;

  private step(): void {
    if (++this.steps > MOST_STEPS)
      throw new TemplateError(`it takes more than ${MOST_STEPS} steps; a loop of it may have no end`);
  }

  /** Counts what going through a value costs. */
  private charge(value: Value): void {
    const size =
      typeof value === "string"
        ? value.length / 64
        : Array.isArray(value) || value instanceof Range
          ? value.length / 8
          : 0;
    this.steps += Math.floor(size);
    this.step();
  }

  private deeper<T>(inner: () => T): T {
    this.step();
    if (++this.depth > DEEPEST) throw new TemplateError(`its macros call each other more than ${DEEPEST} deep`);
    const result = inner();
    this.depth--;
    return result;
  }

  run(statements: readonly Statement[], scope: Scope, output: Output): Signal {
    for (const statement of statements) {
      const signal = this.statement(statement, scope, output);
      if (signal !== undefined) return signal;
    }
    return undefined;
  }

  /** Runs what a block holds and keeps its text; `break` in it is that of the loop around the block. */
  private captured(statements: readonly Statement[], scope: Scope): { readonly text: string; readonly signal: Signal } {
    const output = new Output();
    const signal = this.run(statements, scope, output);
    return { text: output.text(), signal };
  }

  private statement(statement: Statement, scope: Scope, output: Output): Signal {
    switch (statement.kind) {
      case "data":
        output.write(statement.text);
        return undefined;
      case "print":
        output.write(str(this.evaluate(statement.value, scope)));
        return undefined;
      case "set":
        this.assign(statement.target, this.evaluate(statement.value, scope), scope);
        return undefined;
      case "set-block": {
        const { text, signal } = this.captured(statement.body, new Scope(scope));
        if (signal === undefined) this.assign(statement.target, this.filtered(text, statement.filters, scope), scope);
        return signal;
      }
      case "if": {
        const taken = statement.branches.find(({ test }) => test === undefined || truthy(this.evaluate(test, scope)));
        return taken === undefined ? undefined : this.run(taken.body, scope, output);
      }
      case "for":
        return this.loop(statement, this.evaluate(statement.over, scope), scope, output, 0);
      case "macro":
        scope.set(statement.name, this.macro(statement, scope));
        return undefined;
      case "call": {
        const { call, caller } = statement;
        if (call.kind !== "call") throw new TemplateError("{% call %} needs a call");
        const { args, kwargs } = this.passed(call.given, scope);
        const result = this.call(
          this.evaluate(call.callee, scope),
          args,
          new Map(kwargs).set("caller", this.macro(caller, scope)),
        );
        output.write(textAlone(result));
        return undefined;
      }
      case "filter": {
        const { text, signal } = this.captured(statement.body, new Scope(scope));
        if (signal === undefined) output.write(textAlone(this.filtered(text, statement.filters, scope)));
        return signal;
      }
      case "with": {
        const inner = new Scope(scope);
        for (const [target, value] of statement.values) this.assign(target, this.evaluate(value, scope), inner);
        return this.run(statement.body, inner, output);
      }
      case "block":
        return this.run(statement.body, new Scope(statement.scoped ? scope : scope.top), output);
      case "generation":
        return this.run(statement.body, new Scope(scope), output);
      case "break":
      case "continue":
        return statement.kind;
    }
  }

  private filtered(text: string, filters: readonly BlockFilter[], scope: Scope): Value {
    return filters.reduce<Value>((value, { name, given: passed }) => {
      const { args, kwargs } = this.passed(passed, scope);
      return this.filter(name, value, args, kwargs);
    }, text);
  }

  private assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === "name") scope.set(target.name, value);
    else if (target.kind === "namespace") {
      const object = scope.get(target.name);
      if (!(object instanceof Attributes) || object.assign === undefined)
        throw new TemplateError("cannot assign attribute on non-namespace object");
      object.assign(target.attribute, value);
    } else {
      const values = [...iterate(value)];
      if (values.length !== target.items.length)
        throw new TemplateError(`expected ${target.items.length} values to unpack, got ${values.length}`);
      target.items.forEach((item, i) => {
        this.assign(item, values[i] as Value, scope);
      });
    }
  }

  private loop(
    statement: Statement & { kind: "for" },
    over: Value,
    scope: Scope,
    output: Output,
    depth: number,
  ): Signal {
    const { target, filter, body, recursive } = statement;
    const wanted = (value: Value): boolean => {
      if (filter === undefined) return true;
      this.step();
      const inner = new Scope(scope);
      this.assign(target, value, inner);
      return truthy(this.evaluate(filter, inner));
    };
    const again = (args: readonly Value[]): Value =>
      this.deeper(() => {
        const inner = new Output();
        this.loop(statement, args[0] ?? null, scope, inner, depth + 1);
        return inner.text();
      });
    const state = new LoopState(over, wanted, depth, recursive ? again : undefined);
    // As in Jinja2, a pass that break or continue ends is none for `else`.
    let hasPassed = false;
    for (let next = state.next(); next !== undefined; next = state.next()) {
      this.step();
      const inner = new Scope(scope);
      inner.set("loop", state.attributes);
      this.assign(target, next, inner);
      const signal = this.run(body, inner, output);
      if (signal === "break") break;
      hasPassed ||= signal === undefined;
    }
    return hasPassed ? undefined : this.run(statement.otherwise, new Scope(scope), output);
  }

  private macro({ name, parameters, body }: MacroHead, defined: Scope): Callable {
    return new Callable(name, (args, kwargs) =>
      this.deeper(() => {
        const scope = new Scope(defined);
        const names = parameters.map((parameter) => parameter.name);
        const extra = args.slice(names.length);
        const known = new Map([...kwargs].filter(([key]) => names.includes(key)));
        const unknown = [...kwargs].filter(([key]) => !names.includes(key) && key !== "caller");
        const isUsed = (special: string) =>
          JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? "" : value)).includes(
            `"name":"${special}"`,
          );
        if (extra.length > 0 && !isUsed("varargs"))
          throw new TemplateError(`macro '${name}' takes not more than ${names.length} argument(s)`);
        if (unknown.length > 0 && !isUsed("kwargs"))
          throw new TemplateError(`macro '${name}' takes no keyword argument '${unknown[0]?.[0] ?? ""}'`);
        const own = {
          varargs: new Tuple(extra),
          kwargs: new Dict(unknown),
          caller: kwargs.get("caller") ?? new Undefined("No caller defined"),
        };
        for (const [special, value] of Object.entries(own)) if (isUsed(special)) scope.set(special, value);
        const bound = bind(`macro '${name}'`, names, args.slice(0, names.length), known);
        for (const parameter of parameters) {
          const value = bound[parameter.name];
          if (value !== undefined) scope.set(parameter.name, value);
          else if (parameter.fallback !== undefined)
            scope.set(parameter.name, this.evaluate(parameter.fallback, scope));
          else scope.set(parameter.name, new Undefined(`parameter '${parameter.name}' was not provided`));
        }
        return this.captured(body, scope).text;
      }),
    );
  }

  evaluate(node: Expression, scope: Scope): Value {
    switch (node.kind) {
      case "constant":
        return node.value;
      case "name":
        return scope.get(node.name);
      case "list":
        return node.items.map((item) => this.evaluate(item, scope));
      case "tuple":
        return new Tuple(node.items.map((item) => this.evaluate(item, scope)));
      case "dict":
        return new Dict(
          node.pairs.map(([key, value]) => [this.evaluate(key, scope), this.evaluate(value, scope)] as const),
        );
      case "if":
        if (truthy(this.evaluate(node.test, scope))) return this.evaluate(node.yes, scope);
        return node.no === undefined
          ? new Undefined("the inline if-expression evaluated to false and no else section was defined.")
          : this.evaluate(node.no, scope);
      case "and": {
        const left = this.evaluate(node.left, scope);
        return truthy(left) ? this.evaluate(node.right, scope) : left;
      }
      case "or": {
        const left = this.evaluate(node.left, scope);
        return truthy(left) ? left : this.evaluate(node.right, scope);
      }
      case "not":
        return !truthy(this.evaluate(node.value, scope));
      case "negative":
        return negated(this.evaluate(node.value, scope));
      case "positive":
        return negated(negated(this.evaluate(node.value, scope)));
      case "compare": {
        let left = this.evaluate(node.first, scope);
        for (const [op, operand] of node.rest) {
          const right = this.evaluate(operand, scope);
          this.charge(right);
          if (!compared(op, left, right)) return false;
          left = right;
        }
        return true;
      }
      case "binary":
        return arithmetic(node.op, this.evaluate(node.left, scope), this.evaluate(node.right, scope));
      case "concat":
        return checkedText(node.items.map((item) => str(this.evaluate(item, scope))).join(""));
      case "attribute":
        return this.attributeOrItem(this.evaluate(node.object, scope), node.name);
      case "item":
        return this.item(this.evaluate(node.object, scope), this.evaluate(node.index, scope));
      case "slice": {
        const object = this.evaluate(node.object, scope);
        this.charge(object);
        return sliced(
          object,
          node.bounds.map((bound) => (bound === undefined ? null : this.evaluate(bound, scope))),
        );
      }
      case "call": {
        const callee = this.evaluate(node.callee, scope);
        const { args, kwargs } = this.passed(node.given, scope);
        return this.call(callee, args, kwargs);
      }
      case "filter": {
        const value = this.evaluate(node.value, scope);
        const { args, kwargs } = this.passed(node.given, scope);
        return this.filter(node.name, value, args, kwargs);
      }
      case "test": {
        const value = this.evaluate(node.value, scope);
        const { args, kwargs } = this.passed(node.given, scope);
        return this.test(node.name, value, args, kwargs);
      }
    }
  }

  protected passed(passed: Arguments, scope: Scope): { args: Value[]; kwargs: Map<string, Value> } {
    const args = passed.args.map((arg) => this.evaluate(arg, scope));
    if (passed.spread !== undefined) args.push(...iterate(this.evaluate(passed.spread, scope)));
    const kwargs = new Map(passed.kwargs.map(([name, value]) => [name, this.evaluate(value, scope)] as const));
    if (passed.spreadNamed !== undefined) {
      const named = this.evaluate(passed.spreadNamed, scope);
      if (!(named instanceof Dict)) throw new TemplateError("argument after ** must be a mapping");
      for (const [key, value] of named.pairs()) kwargs.set(str(key), value);
    }
    return { args, kwargs };
  }

  private call(callee: Value, args: readonly Value[], kwargs: Named): Value {
    this.step();
    if (callee instanceof Callable) return callee.call(args, kwargs);
    if (callee instanceof Attributes && callee.call !== undefined) return callee.call(args, kwargs);
    if (callee instanceof Undefined) throw callee.fail();
    throw new TemplateError(`'${typeName(callee)}' object is not callable`);
  }

  /** Reads `value.name`: an attribute, else an element. */
  private attributeOrItem(value: Value, name: string): Value {
    if (value instanceof Undefined) throw value.fail();
    this.charge(value);
    const own = this.own(value, name);
    if (own !== undefined) return own;
    return given(value instanceof Dict ? value.get(name) : undefined, missing(value, name));
  }

  private own(value: Value, name: string): Value | undefined {
    // Of a dict, what begins so may be a key; names of Python's own are never given out.
    if (name.startsWith("_") && (!(value instanceof Dict) || /^__\w+__$/.test(name)))
      return new Undefined(`access to attribute '${name}' of '${typeName(value)}' object is unsafe.`);
    if (value instanceof Attributes) return value.attribute(name);
    if (value instanceof Tuple && value.names.includes(name)) return value.items[value.names.indexOf(name)];
    if (value instanceof Callable || value instanceof Markup)
      throw new TemplateError(`attributes of a ${typeName(value)} (${name}) are not supported`);
    if (typeof value === "string" && (name === "format" || name === "format_map")) {
      return new Callable(name, (args, kwargs) => {
        const [values] = args;
        const named =
          name === "format"
            ? kwargs
            : new Map(values instanceof Dict ? values.pairs().map(([key, one]) => [str(key), one] as const) : []);
        const lookUp = (one: Value, key: string, isItem: boolean) =>
          isItem ? this.item(one, /^\d+$/.test(key) ? BigInt(key) : key) : this.attributeOrItem(one, key);
        return checkedText(braceFormat(value, name === "format" ? args : [], named, lookUp));
      });
    }
    return memberOf(value, name);
  }

  /** Reads the attribute alone. */
  attribute(value: Value, name: string): Value {
    if (value instanceof Undefined) throw value.fail();
    return given(this.own(value, name), missing(value, name));
  }

  /** Reads `value[key]`: an element, else an attribute. */
  item(value: Value, key: Value): Value {
    if (value instanceof Undefined) throw value.fail();
    this.charge(typeof value === "string" ? value : null);
    const found = elementOf(value, key);
    if (found !== undefined) return found;
    if (value instanceof Markup) throw new TemplateError("an escaped text has no elements here");
    const attribute = typeof key === "string" && !key.startsWith("_") ? this.own(value, key) : undefined;
    return given(attribute, missing(value, key));
  }

  filter(name: string, value: Value, args: readonly Value[], kwargs: Named): Value {
    this.charge(value);
    switch (name) {
      case "map":
        return map(value, args, kwargs, this);
      case "select":
      case "reject":
        return select(value, args, kwargs, this, { byAttribute: false, keep: name === "select" });
      case "selectattr":
      case "rejectattr":
        return select(value, args, kwargs, this, { byAttribute: true, keep: name === "selectattr" });
      case "format":
        return formatFilter(value, args, kwargs);
      default: {
        const known = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
        if (known === undefined) throw new TemplateError(`no filter is named "${name}", or it is not supported`);
        const [parameters, run] = known;
        return run(value, bind(`the filter "${name}"`, parameters, args, kwargs), this);
      }
    }
  }

  test(name: string, value: Value, args: readonly Value[], kwargs: Named): boolean {
    this.step();
    if (name === "filter" || name === "test") {
      if (args.length > 0) throw new TemplateError(`the test "${name}" takes no argument`);
      if (Array.isArray(value) || value instanceof Dict || value instanceof View)
        throw new TemplateError(`unhashable type: '${typeName(value)}'`);
    }
    if (name === "filter") return typeof value === "string" && isFilter(value);
    if (name === "test") return typeof value === "string" && isTest(value);
    return runTest(name, value, [...args, ...kwargs.values()]);
  }
}
