/** Takes a template apart: into the fields that it asks with, and its own words as a wording over these. */

import type { Expression, Statement } from "../../base/jinja/nodes.js";
import type { Row } from "../../datasets/index.js";
import type { Fields } from "../contract.js";
import type { FamilyField } from "../families/family.js";
import { printed } from "./template.js";

/** Holds a template as a wording over fields. */
export interface TakenApart {
  /** What the fields are called in formats, in their order. */
  readonly fields: Readonly<Record<string, FamilyField>>;
  /** Handlebars text. */
  readonly body: string;
  /** What formats call the answer. */
  readonly answer: string;
  /** Fills in the fields of a row. */
  readonly of: (row: Row) => Fields;
}

/**
 * Takes apart a template that is text and columns.
 * @returns undefined for one with conditions, loops or nothing to fill in
 */
export function takenApart(statements: readonly Statement[]): TakenApart | undefined {
  const parts = statements.flatMap((statement) =>
    statement.kind === "data" || statement.kind === "print" ? [statement] : [],
  );
  const asked = parts.flatMap((part) => (part.kind === "print" ? [part.value] : []));
  if (parts.length < statements.length || asked.length === 0) return undefined;
  const paths = asked.map(pathOf);
  const names = uniqueNames(paths);
  const called = labels(parts, paths);
  if (names === undefined || called === undefined) return undefined;
  let at = 0;
  const body = parts.map((part) => (part.kind === "data" ? part.text : `{{${names[at++] ?? ""}}}`)).join("");
  // Text that Handlebars would read as something else than text.
  if (parts.some((part) => part.kind === "data" && /\{\{|[\\{]$/.test(part.text))) return undefined;
  const last = parts.at(-1);
  return {
    fields: Object.fromEntries(
      names.map((name, i) => [name, { meaning: `the column ${paths[i]?.join(".") ?? ""}`, called: called[i] ?? "" }]),
    ),
    body,
    answer: (last?.kind === "data" ? labelIn(last.text) : undefined) ?? "Answer",
    of: (row) => Object.fromEntries(names.map((name, i) => [name, printed(asked[i] as Expression, row)])),
  };
}

/** Returns the column of an expression and what of it is taken; empty for one without a column. */
function pathOf(expression: Expression): string[] {
  switch (expression.kind) {
    case "name":
      return [expression.name];
    case "attribute":
      return [...pathOf(expression.object), expression.name];
    case "item": {
      const { index } = expression;
      const key =
        index.kind === "constant" && (typeof index.value === "string" || typeof index.value === "bigint")
          ? [String(index.value)]
          : [];
      return [...pathOf(expression.object), ...key];
    }
    case "call":
      // A method, as in question.strip(), changes how a column is written but not which one it is.
      return expression.callee.kind === "attribute" ? pathOf(expression.callee.object) : [];
    case "filter":
    case "negative":
    case "positive":
      return pathOf(expression.value);
    case "slice":
      return pathOf(expression.object);
    case "binary":
      return [...pathOf(expression.left), ...pathOf(expression.right)].slice(0, 1);
    case "concat":
      return expression.items.flatMap(pathOf).slice(0, 1);
    case "if":
      return pathOf(expression.yes);
    default:
      return [];
  }
}

/** Names each field after its column; undefined where a column is asked twice or an expression has none. */
function uniqueNames(paths: readonly (readonly string[])[]): string[] | undefined {
  const names = paths.map((path) =>
    path
      .join("_")
      .replace(/\W+/g, "_")
      .replace(/^[^a-z]+/i, ""),
  );
  const found = names.map((name) => name.charAt(0).toLowerCase() + name.slice(1));
  return found.includes("") || new Set(found).size < found.length ? undefined : found;
}

type TextOrPrint = Extract<Statement, { kind: "data" | "print" }>;

/** Calls each field by the label before it, as "Question: " or "A. ", else by its column. */
function labels(parts: readonly TextOrPrint[], paths: readonly (readonly string[])[]): string[] | undefined {
  let at = 0;
  const found = parts.flatMap((part, i) => {
    if (part.kind === "data") return [];
    const before = parts[i - 1];
    const path = paths[at++] ?? [];
    return [(before?.kind === "data" ? labelIn(before.text) : undefined) ?? titled(path.join(" "))];
  });
  const twice = found.some((label, i) => found.indexOf(label) < i);
  const distinct = twice ? paths.map((path) => titled(path.join(" "))) : found;
  return new Set(distinct).size < distinct.length ? undefined : distinct;
}

/**
 * Returns the label that ends a text: a few words of their own line before a colon, or a letter or number before a
 * sign.
 */
function labelIn(text: string): string | undefined {
  const line = text.slice(text.trimEnd().lastIndexOf("\n") + 1).trim();
  const [, words] = /^[#*\s]*([\p{L}\p{N}][\p{L}\p{N}\p{M}' _-]{0,30}?)\s*[:：]\**$/u.exec(line) ?? [];
  const [, item] = /^[([]?([\p{L}\p{N}])[.):\]]$/u.exec(line) ?? [];
  return words ?? (item === undefined ? undefined : `Choice ${item}`);
}

function titled(path: string): string {
  const words = path.replace(/_+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
