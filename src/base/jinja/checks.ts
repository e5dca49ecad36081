/** Refuses what Jinja2 refuses of a whole template before it runs, whether or not that part of it would run. */

import { FILTERS } from "./filters.js";
import type { Arguments, BlockFilter, Expression, MacroHead, Statement, Target } from "./nodes.js";
import { TESTS } from "./tests.js";
import { TemplateError, truthy } from "./values.js";

/** Lists the filters of Jinja that the evaluator runs itself, and those that it knows by name alone. */
const OTHER_FILTERS = `map select reject selectattr rejectattr format
  filesizeformat forceescape pprint random striptags urlize wordwrap xmlattr`.split(/\s+/);

/** Tells whether Jinja2 has a filter of this name. */
export function isFilter(name: string): boolean {
  return Object.hasOwn(FILTERS, name) || OTHER_FILTERS.includes(name);
}

/** Tells whether Jinja2 has a test of this name. */
export function isTest(name: string): boolean {
  return Object.hasOwn(TESTS, name) || name === "filter" || name === "test";
}

/** Says where a part stands. */
interface Place {
  /** True right inside a condition, where an unknown filter or test fails only when it is reached. */
  readonly soft: boolean;
  /** True where `break` and `continue` have a loop. */
  readonly looped: boolean;
  /** True within a loop, where `loop` cannot be set. */
  readonly ownsLoop: boolean;
}

const TOP: Place = { soft: false, looped: false, ownsLoop: false };

/**
 * Checks a template as Jinja2 does when it compiles it.
 * @param filters names of filters beside Jinja's own
 * @throws TemplateError for a filter or test that nobody knows, break and continue without a loop, `loop` set within
 * one, and names that are given twice
 */
export function checkTemplate(template: readonly Statement[], filters: readonly string[]): void {
  new Checks(filters).all(template, TOP);
}

class Checks {
  private readonly blocks = new Set<string>();

  constructor(private readonly filters: readonly string[]) {}

  all(statements: readonly Statement[], place: Place): void {
    for (const statement of statements) this.statement(statement, place);
  }

  private statement(statement: Statement, place: Place): void {
    const soft = { ...place, soft: true };
    const hard = { ...place, soft: false };
    // What becomes a function of its own: loops around it are not its own.
    const own = { ...hard, looped: false };
    switch (statement.kind) {
      case "data":
        return;
      case "print":
        this.expression(statement.value, place.soft);
        return;
      case "set":
        this.target(statement.target, place);
        this.expression(statement.value, place.soft);
        return;
      case "set-block":
        this.target(statement.target, place);
        this.applied(statement.filters);
        this.all(statement.body, hard);
        return;
      case "if":
        for (const { test, body } of statement.branches) {
          if (test !== undefined) this.expression(test, true);
          this.all(body, soft);
        }
        return;
      case "for":
        this.target(statement.target, { ...place, ownsLoop: true });
        this.expression(statement.over, place.soft);
        if (statement.filter !== undefined) this.expression(statement.filter, false);
        this.all(statement.body, { soft: false, looped: true, ownsLoop: true });
        this.all(statement.otherwise, { ...hard, ownsLoop: true, looped: place.looped && !statement.recursive });
        return;
      case "macro":
        this.macro(statement, own);
        return;
      case "call":
        this.expression(statement.call, place.soft);
        this.macro(statement.caller, own);
        return;
      case "filter":
        this.applied(statement.filters);
        this.all(statement.body, hard);
        return;
      case "with":
        for (const [, value] of statement.values) this.expression(value, place.soft);
        this.all(statement.body, hard);
        return;
      case "block":
        if (this.blocks.has(statement.name)) throw new TemplateError(`the block "${statement.name}" is defined twice`);
        this.blocks.add(statement.name);
        this.all(statement.body, own);
        return;
      case "generation":
        this.all(statement.body, own);
        return;
      case "break":
      case "continue":
        if (!place.looped) throw new TemplateError(`{% ${statement.kind} %} stands in no loop`);
    }
  }

  private macro({ name, parameters, body }: MacroHead, place: Place): void {
    const names = parameters.map((parameter) => parameter.name);
    const twice = names.find((one, i) => names.indexOf(one) < i);
    if (twice !== undefined) throw new TemplateError(`macro '${name}' has two parameters named '${twice}'`);
    for (const { fallback } of parameters) if (fallback !== undefined) this.expression(fallback, false);
    this.all(body, place);
  }

  private target(target: Target, place: Place): void {
    if (target.kind === "tuple") for (const item of target.items) this.target(item, place);
    else if (target.kind === "name" && target.name === "loop" && place.ownsLoop)
      throw new TemplateError("in a loop, loop cannot be set: it is the loop's own name");
  }

  private applied(filters: readonly BlockFilter[]): void {
    for (const { name, given } of filters) {
      this.known("filter", name, false);
      this.given(given, false);
    }
  }

  private given({ args, kwargs, spread, spreadNamed }: Arguments, soft: boolean): void {
    const names = kwargs.map(([name]) => name);
    const twice = names.find((one, i) => names.indexOf(one) < i);
    if (twice !== undefined) throw new TemplateError(`the argument '${twice}' is given twice`);
    for (const value of [...args, ...kwargs.map(([, one]) => one), spread, spreadNamed])
      if (value !== undefined) this.expression(value, soft);
  }

  private known(kind: "filter" | "test", name: string, soft: boolean): void {
    const has = kind === "test" ? isTest(name) : isFilter(name) || this.filters.includes(name);
    if (!has && !soft) throw new TemplateError(`no ${kind} is named "${name}"`);
  }

  private expression(node: Expression, soft: boolean): void {
    const each = (...nodes: (Expression | undefined)[]) => {
      for (const one of nodes) if (one !== undefined) this.expression(one, soft);
    };
    switch (node.kind) {
      case "constant":
      case "name":
        return;
      case "list":
      case "tuple":
      case "concat":
        each(...node.items);
        return;
      case "dict":
        each(...node.pairs.flat());
        return;
      case "if":
        for (const one of [node.test, node.yes, node.no]) if (one !== undefined) this.expression(one, true);
        return;
      case "and":
      case "or": {
        each(node.left);
        // Jinja2 works out constants first, and never sees what they leave out.
        const left = constant(node.left);
        if (left === undefined || left === (node.kind === "and")) each(node.right);
        return;
      }
      case "not":
      case "negative":
      case "positive":
        each(node.value);
        return;
      case "compare":
        each(node.first, ...node.rest.map(([, operand]) => operand));
        return;
      case "binary":
        each(node.left, node.right);
        return;
      case "attribute":
        each(node.object);
        return;
      case "item":
        each(node.object, node.index);
        return;
      case "slice":
        each(node.object, ...node.bounds);
        return;
      case "call":
        each(node.callee);
        this.given(node.given, soft);
        return;
      case "filter":
      case "test":
        this.known(node.kind, node.name, soft);
        each(node.value);
        this.given(node.given, soft);
    }
  }
}

/** Tells whether a literal is true; undefined for other expressions. */
function constant(node: Expression): boolean | undefined {
  if (node.kind === "constant") return truthy(node.value);
  if (node.kind !== "not") return undefined;
  const inner = constant(node.value);
  return inner === undefined ? undefined : !inner;
}
