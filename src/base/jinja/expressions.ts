/** Parses the expressions of a Jinja template, with the grammar of Jinja2 3.1. */

import type { Token } from "./lexer.js";
import type { Arguments, Expression } from "./nodes.js";
import { TemplateError } from "./values.js";

export const NO_ARGUMENTS: Arguments = { args: [], kwargs: [], spread: undefined, spreadNamed: undefined };
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
const END: Token = { kind: "close", value: "the end of the template", line: 0 };
/** Limits the nesting of expressions and blocks. */
const DEEPEST = 300;

/** Reads tokens one after the other. */
export class ExpressionParser {
  protected at = 0;
  private depth = 0;

  constructor(protected readonly tokens: readonly Token[]) {}

  protected get current(): Token {
    return this.tokens[this.at] ?? END;
  }

  protected next(): Token {
    const token = this.current;
    this.at++;
    return token;
  }

  protected fail(problem: string): TemplateError {
    return new TemplateError(`line ${this.current.line || (this.tokens.at(-1)?.line ?? 1)}: ${problem}`);
  }

  protected unexpected(): TemplateError {
    return this.fail(`unexpected ${JSON.stringify(this.current.value)}`);
  }

  protected isOperator(value: string): boolean {
    return this.current.kind === "op" && this.current.value === value;
  }

  protected isName(...values: string[]): boolean {
    return this.current.kind === "name" && values.includes(this.current.value);
  }

  protected skip(value: string): boolean {
    const found = this.isOperator(value) || this.isName(value);
    if (found) this.at++;
    return found;
  }

  protected expect(value: string): void {
    if (!this.skip(value)) throw this.fail(`expected "${value}", found ${JSON.stringify(this.current.value)}`);
  }

  protected name(): string {
    if (this.current.kind !== "name") throw this.unexpected();
    return this.next().value;
  }

  protected close(): void {
    if (this.current.kind !== "close" || this.current === END) throw this.unexpected();
    this.at++;
  }

  protected nested<T>(parse: () => T): T {
    if (++this.depth > DEEPEST) throw this.fail(`more than ${DEEPEST} levels of nesting`);
    const result = parse();
    this.depth--;
    return result;
  }

  protected dotted(): string {
    let name = this.name();
    while (this.skip(".")) name += `.${this.name()}`;
    return name;
  }

  /** Reads an expression, or several with commas between them. */
  protected tuple(ends: readonly string[], conditional = true, explicit = false): Expression {
    const items: Expression[] = [];
    let isTuple = false;
    const atEnd = () => ends.includes(this.current.kind) || this.isName(...ends) || this.isOperator(")");
    while (!atEnd()) {
      items.push(conditional ? this.expression() : this.or());
      if (!this.skip(",")) break;
      isTuple = true;
    }
    const [first] = items;
    if (!isTuple && first !== undefined) return first;
    if (first === undefined && !explicit) throw this.fail("expected an expression");
    return { kind: "tuple", items };
  }

  expression(): Expression {
    return this.nested(() => {
      let found = this.or();
      while (this.skip("if")) {
        const test = this.or();
        found = { kind: "if", test, yes: found, no: this.skip("else") ? this.expression() : undefined };
      }
      return found;
    });
  }

  private or(): Expression {
    let left = this.and();
    while (this.skip("or")) left = { kind: "or", left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.skip("and")) left = { kind: "and", left, right: this.not() };
    return left;
  }

  private not(): Expression {
    if (this.skip("not")) return this.nested(() => ({ kind: "not", value: this.not() }));
    return this.compare();
  }

  private compare(): Expression {
    const first = this.sum();
    const rest: [string, Expression][] = [];
    for (;;) {
      const { kind, value } = this.current;
      if (kind === "op" && COMPARISONS.includes(value)) {
        this.at++;
        rest.push([value, this.sum()]);
      } else if (this.skip("in")) rest.push(["in", this.sum()]);
      else if (
        this.isName("not") &&
        this.tokens[this.at + 1]?.kind === "name" &&
        this.tokens[this.at + 1]?.value === "in"
      ) {
        this.at += 2;
        rest.push(["not in", this.sum()]);
      } else break;
    }
    return rest.length === 0 ? first : { kind: "compare", first, rest };
  }

  private chain(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    while (this.current.kind === "op" && operators.includes(this.current.value)) {
      const op = this.next().value;
      left = { kind: "binary", op, left, right: operand() };
    }
    return left;
  }

  private sum(): Expression {
    return this.chain(["+", "-"], () => this.concat());
  }

  private concat(): Expression {
    const items = [this.product()];
    while (this.skip("~")) items.push(this.product());
    return items.length === 1 ? (items[0] as Expression) : { kind: "concat", items };
  }

  private product(): Expression {
    return this.chain(["*", "/", "//", "%"], () => this.chain(["**"], () => this.unary(true)));
  }

  private unary(withFilter: boolean): Expression {
    return this.nested(() => {
      let found: Expression;
      if (this.skip("-")) found = { kind: "negative", value: this.unary(false) };
      else if (this.skip("+")) found = { kind: "positive", value: this.unary(false) };
      else found = this.primary();
      found = this.postfix(found);
      return withFilter ? this.filtered(found) : found;
    });
  }

  private primary(): Expression {
    const token = this.current;
    switch (token.kind) {
      case "name":
        this.at++;
        if (token.value === "true" || token.value === "True") return { kind: "constant", value: true };
        if (token.value === "false" || token.value === "False") return { kind: "constant", value: false };
        if (token.value === "none" || token.value === "None") return { kind: "constant", value: null };
        return { kind: "name", name: token.value };
      case "text": {
        let value = "";
        while (this.current.kind === "text") value += this.next().value;
        return { kind: "constant", value };
      }
      case "int":
        this.at++;
        return { kind: "constant", value: BigInt(token.value.replaceAll("_", "").replace(/^0+(?=\d)/, "")) };
      case "float":
        this.at++;
        return { kind: "constant", value: Number(token.value) };
      default:
        if (this.skip("(")) {
          const found = this.tuple([], true, true);
          this.expect(")");
          return found;
        }
        if (this.skip("[")) return { kind: "list", items: this.listed("]", () => this.expression()) };
        if (this.skip("{")) return { kind: "dict", pairs: this.listed("}", () => this.pair()) };
        throw this.unexpected();
    }
  }

  private pair(): [Expression, Expression] {
    const key = this.expression();
    this.expect(":");
    return [key, this.expression()];
  }

  private listed<T>(end: string, item: () => T): T[] {
    const found: T[] = [];
    while (!this.skip(end)) {
      if (found.length > 0) {
        this.expect(",");
        if (this.skip(end)) break;
      }
      found.push(item());
    }
    return found;
  }

  private postfix(start: Expression): Expression {
    let found = start;
    for (;;) {
      if (this.skip(".")) {
        if (this.current.kind === "int")
          found = { kind: "item", object: found, index: { kind: "constant", value: BigInt(this.next().value) } };
        else found = { kind: "attribute", object: found, name: this.name() };
      } else if (this.skip("[")) found = this.subscript(found);
      else if (this.isOperator("(")) found = { kind: "call", callee: found, given: this.callArguments() };
      else return found;
    }
  }

  private subscript(object: Expression): Expression {
    const bounds: (Expression | undefined)[] = [];
    let colons = 0;
    let part: Expression | undefined;
    while (!this.isOperator("]")) {
      if (this.skip(":")) {
        if (++colons > 2) throw this.unexpected();
        bounds.push(part);
        part = undefined;
      } else if (this.isOperator(",")) throw this.fail("an index of several parts is not supported");
      else part = this.expression();
    }
    this.expect("]");
    if (colons > 0) return { kind: "slice", object, bounds: [...bounds, part] };
    if (part === undefined) throw this.fail("expected an index");
    return { kind: "item", object, index: part };
  }

  private filtered(start: Expression): Expression {
    let found = start;
    for (;;) {
      if (this.skip("|")) {
        const name = this.dotted();
        found = {
          kind: "filter",
          name,
          value: found,
          given: this.isOperator("(") ? this.callArguments() : NO_ARGUMENTS,
        };
      } else if (this.skip("is")) found = this.test(found);
      else if (this.isOperator("(")) found = { kind: "call", callee: found, given: this.callArguments() };
      else return found;
    }
  }

  private test(value: Expression): Expression {
    const negated = this.skip("not");
    const name = this.dotted();
    let given = NO_ARGUMENTS;
    if (this.isOperator("(")) given = this.callArguments();
    else if (
      (["name", "text", "int", "float"].includes(this.current.kind) || this.isOperator("[") || this.isOperator("{")) &&
      !this.isName("else", "or", "and")
    ) {
      if (this.isName("is")) throw this.fail("tests with is cannot be chained");
      given = { ...NO_ARGUMENTS, args: [this.postfix(this.primary())] };
    }
    const found: Expression = { kind: "test", name, value, given };
    return negated ? { kind: "not", value: found } : found;
  }

  protected callArguments(): Arguments {
    this.expect("(");
    const args: Expression[] = [];
    const kwargs: [string, Expression][] = [];
    let spread: Expression | undefined;
    let spreadNamed: Expression | undefined;
    this.listed(")", () => {
      const after = this.tokens[this.at + 1];
      if (this.skip("**")) spreadNamed = this.expression();
      else if (this.skip("*")) spread = this.expression();
      else if (this.current.kind === "name" && after?.kind === "op" && after.value === "=") {
        const name = this.name();
        this.at++;
        kwargs.push([name, this.expression()]);
      } else if (kwargs.length > 0 || spread !== undefined || spreadNamed !== undefined)
        throw this.fail("a value without a name follows one with a name");
      else args.push(this.expression());
    });
    return { args, kwargs, spread, spreadNamed };
  }
}
