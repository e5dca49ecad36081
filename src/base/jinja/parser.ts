/**
 * Parses a Jinja template, with the grammar of Jinja2 3.1 and the tags that transformers adds (break, continue,
 * generation).
 */

import { checkTemplate } from "./checks.js";
import { ExpressionParser, NO_ARGUMENTS } from "./expressions.js";
import { tokenize, type WhiteSpace } from "./lexer.js";
import type { BlockFilter, Expression, MacroHead, Statement, Target } from "./nodes.js";

/**
 * @param filters names of filters beside Jinja's own
 * @throws TemplateError when the text is not Jinja, or uses what a chat template cannot (other templates)
 */
export function parseTemplate(
  source: string,
  space: WhiteSpace = "trimmed",
  filters: readonly string[] = [],
): Statement[] {
  const statements = new Parser(tokenize(source, space)).statements([]);
  checkTemplate(statements, filters);
  return statements;
}

class Parser extends ExpressionParser {
  /** Reads statements up to one of the tags, whose name is the next token then. */
  statements(ends: readonly string[]): Statement[] {
    return this.nested(() => {
      const found: Statement[] = [];
      while (this.at < this.tokens.length) {
        const token = this.next();
        if (token.kind === "data") found.push({ kind: "data", text: token.value });
        else if (token.kind === "print") {
          found.push({ kind: "print", value: this.tuple(["endprint"]) });
          if (this.next().kind !== "endprint") throw this.fail("expected }}");
        } else {
          if (this.isName(...ends)) return found;
          found.push(this.statement());
        }
      }
      if (ends.length > 0) throw this.fail(`the template ends before {% ${ends.at(-1) ?? ""} %}`);
      return found;
    });
  }

  /** Reads statements up to an end tag, and that tag. */
  private body(end: string): Statement[] {
    this.close();
    const found = this.statements([end]);
    this.next();
    return found;
  }

  private statement(): Statement {
    const tag = this.name();
    switch (tag) {
      case "if":
        return this.ifStatement();
      case "for":
        return this.forStatement();
      case "set":
        return this.setStatement();
      case "macro": {
        const name = this.name();
        const parameters = this.parameters();
        const body = this.body("endmacro");
        this.close();
        return { kind: "macro", name, parameters, body };
      }
      case "call": {
        const parameters = this.isOperator("(") ? this.parameters() : [];
        const call = this.expression();
        if (call.kind !== "call") throw this.fail("{% call %} needs a call");
        const body = this.body("endcall");
        this.close();
        return { kind: "call", call, caller: { name: "caller", parameters, body } };
      }
      case "filter": {
        const filters = this.filters(true);
        const body = this.body("endfilter");
        this.close();
        return { kind: "filter", filters, body };
      }
      case "with": {
        const values: [Target, Expression][] = [];
        while (this.current.kind !== "close") {
          if (values.length > 0) this.expect(",");
          const target = this.target();
          this.expect("=");
          values.push([target, this.expression()]);
        }
        const body = this.body("endwith");
        this.close();
        return { kind: "with", values, body };
      }
      case "block": {
        const name = this.name();
        const scoped = this.skip("scoped");
        this.skip("required");
        const body = this.body("endblock");
        if (this.isName(name)) this.at++;
        this.close();
        return { kind: "block", name, body, scoped };
      }
      case "generation": {
        const body = this.body("endgeneration");
        this.close();
        return { kind: "generation", body };
      }
      case "break":
      case "continue":
        this.close();
        return { kind: tag };
      case "include":
      case "import":
      case "from":
      case "extends":
        throw this.fail(`{% ${tag} %} reads another template, which a chat template cannot`);
      default:
        throw this.fail(`the tag "${tag}" is not known`);
    }
  }

  private ifStatement(): Statement {
    const branches: { test: Expression | undefined; body: Statement[] }[] = [];
    let test: Expression | undefined = this.tuple(["close"], false);
    for (;;) {
      this.close();
      const body = this.statements(test === undefined ? ["endif"] : ["elif", "else", "endif"]);
      branches.push({ test, body });
      const tag = this.name();
      if (tag === "endif") break;
      test = tag === "elif" ? this.tuple(["close"], false) : undefined;
    }
    this.close();
    return { kind: "if", branches };
  }

  private forStatement(): Statement {
    const target = this.target(["in"]);
    this.expect("in");
    const over = this.tuple(["close", "recursive", "if"], false);
    const filter = this.skip("if") ? this.expression() : undefined;
    const recursive = this.skip("recursive");
    this.close();
    const body = this.statements(["else", "endfor"]);
    const otherwise = this.name() === "endfor" ? [] : this.body("endfor");
    this.close();
    return { kind: "for", target, over, filter, recursive, body, otherwise };
  }

  private setStatement(): Statement {
    const target = this.target(["="], true);
    if (this.skip("=")) {
      const value = this.tuple(["close"]);
      this.close();
      return { kind: "set", target, value };
    }
    const filters = this.isOperator("|") ? this.filters(false) : [];
    const body = this.body("endset");
    this.close();
    return { kind: "set-block", target, filters, body };
  }

  private target(ends: readonly string[] = ["="], withNamespace = false): Target {
    const items: Target[] = [];
    let isTuple = false;
    do {
      if (items.length > 0 && (ends.some((end) => this.isOperator(end) || this.isName(end)) || this.isOperator(")"))) {
        isTuple = true;
        break;
      }
      if (this.skip("(")) {
        items.push(this.target([")"]));
        this.expect(")");
        continue;
      }
      const name = this.name();
      if (["true", "false", "none", "True", "False", "None"].includes(name)) throw this.fail(`${name} cannot be set`);
      if (withNamespace && this.skip(".")) items.push({ kind: "namespace", name, attribute: this.name() });
      else items.push({ kind: "name", name });
      if (items.length > 1) isTuple = true;
    } while (this.skip(","));
    const [first] = items;
    if (first === undefined) throw this.unexpected();
    return isTuple || items.length > 1 ? { kind: "tuple", items } : first;
  }

  private parameters(): MacroHead["parameters"] {
    const found: { name: string; fallback: Expression | undefined }[] = [];
    this.expect("(");
    while (!this.skip(")")) {
      if (found.length > 0) this.expect(",");
      const name = this.name();
      found.push({ name, fallback: this.skip("=") ? this.expression() : undefined });
      if (found.at(-1)?.fallback === undefined && found.some(({ fallback }) => fallback !== undefined))
        throw this.fail("a parameter without a default follows one with a default");
    }
    return found;
  }

  private filters(inline: boolean): BlockFilter[] {
    const found: BlockFilter[] = [];
    while (inline || this.skip("|")) {
      inline = false;
      found.push({ name: this.dotted(), given: this.isOperator("(") ? this.callArguments() : NO_ARGUMENTS });
    }
    return found;
  }
}
