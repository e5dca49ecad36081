/**
 * From a Handlebars text to what renders it. Templates may come from anybody, so of Handlebars' language only text and
 * {{field}} are taken, each field once: what is rendered is as long as the template and its fields, and reads nothing but
 * the fields' own text. No template code is ever run.
 */

import Handlebars from "handlebars";
import { messageOf, UserError } from "../base/errors.js";
import type { Fields } from "../tasks/contract.js";
import { FAMILIES, type Family } from "../tasks/families.js";

/** A piece of a template: text, or a field to fill in. */
export type Part = { readonly text: string } | { readonly field: string; readonly line: number };

/** Characters of a template; a prompt's own words never need as many. */
export const LONGEST_BODY = 10_000;

const compiled = new Map<string, readonly Part[]>();

/**
 * The parts of a template. Equal texts are compiled once.
 * @param source path of the file, for messages
 * @param before lines of the file before the text, for messages
 * @throws UserError that names file, line and field
 */
export function compileBody(body: string, family: Family, source: string, before = 0): readonly Part[] {
  const key = `${family}\n${before}\n${body}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const parts = partsOf(body, source, before);
  checkFields(parts, family, source);
  compiled.set(key, parts);
  return parts;
}

function partsOf(body: string, source: string, before: number): Part[] {
  if (body.length > LONGEST_BODY) {
    throw new UserError(
      `${source}: the template has ${body.length.toLocaleString("en")} characters, more than ${LONGEST_BODY.toLocaleString("en")}`,
    );
  }
  let parsed: hbs.AST.Program;
  try {
    parsed = Handlebars.parse(body);
  } catch (error) {
    throw new UserError(`${source}: not a Handlebars template (${inFile(messageOf(error), before)})`);
  }
  return parsed.body.map((node) => {
    if (node.type === "ContentStatement") return { text: (node as hbs.AST.ContentStatement).value };
    const line = node.loc.start.line + before;
    const field = fieldOf(node);
    if (field === undefined) throw new UserError(`${source}: line ${line}: a template holds only text and {{field}}`);
    return { field, line };
  });
}

/** The parser counts lines from the beginning of the text, a reader from the beginning of the file. */
function inFile(message: string, before: number): string {
  return message.replace(/\bline (\d+)/, (_, line: string) => `line ${Number(line) + before}`);
}

/** Name in an expression that is nothing but a name: no block, helper, partial, comment or white-space control. */
function fieldOf(node: hbs.AST.Statement): string | undefined {
  if (node.type !== "MustacheStatement") return undefined;
  const { path, params, hash, strip } = node as Omit<hbs.AST.MustacheStatement, "hash"> & { hash?: hbs.AST.Hash };
  if (strip.open || strip.close || params.length > 0 || hash !== undefined) return undefined;
  return path.type === "PathExpression" ? (path as hbs.AST.PathExpression).original : undefined;
}

function checkFields(parts: readonly Part[], family: Family, source: string): void {
  const known: readonly string[] = FAMILIES[family];
  const used = new Map<string, number>();
  for (const part of parts) {
    if ("text" in part) continue;
    const { field, line } = part;
    if (!known.includes(field)) {
      throw new UserError(
        `${source}: line ${line}: {{${field}}} is not a field of the family ${family}; its fields: ${known.join(", ")}`,
      );
    }
    const first = used.get(field);
    if (first !== undefined) {
      throw new UserError(`${source}: line ${line}: the field {{${field}}} is used twice (before in line ${first})`);
    }
    used.set(field, line);
  }
  const missing = known.find((field) => !used.has(field));
  if (missing === undefined) return;
  throw new UserError(`${source}: the field {{${missing}}} of the family ${family} is not used`);
}

/**
 * The text with its fields filled in; nothing is escaped.
 * @throws UserError that names file, line and field where a field is missing
 */
export function renderParts(parts: readonly Part[], fields: Fields, source: string): string {
  let text = "";
  for (const part of parts) {
    if ("text" in part) {
      text += part.text;
    } else {
      // A property that is inherited is none of the row's.
      if (!Object.hasOwn(fields, part.field))
        throw new UserError(`${source}: line ${part.line}: the field {{${part.field}}} is missing`);
      text += fields[part.field] as string;
    }
  }
  return text;
}

/** A template's own words, the fields left out. */
export function ownText(parts: readonly Part[]): string {
  return parts.map((part) => ("text" in part ? part.text : "\u0000")).join("");
}
