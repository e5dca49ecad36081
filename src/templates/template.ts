/** A prompt template: front matter and a Handlebars body, read from a .hbs file. */

import Handlebars from "handlebars";
import { parse as parseYaml } from "yaml";
import { messageOf, UserError } from "../errors.js";
import { FAMILIES, FAMILY_NAMES, type Family } from "../tasks/families.js";
import { compileSchema, validated } from "../validation.js";

export interface Template {
  readonly id: string;
  readonly family: Family;
  /** Manner of asking, e.g. form, imperative, raw. */
  readonly style: string;
  /** True for the formats of the paper the experiment reproduces. */
  readonly paper: boolean;
  readonly note: string;
  /** The Handlebars text, trailing space included. */
  readonly body: string;
  /** Fills in the fields. No HTML escaping. @throws UserError when a field is missing */
  readonly render: (fields: Readonly<Record<string, string>>) => string;
}

type FrontMatter = Omit<Template, "body" | "render">;

const isFrontMatter = compileSchema<FrontMatter>({
  type: "object",
  additionalProperties: false,
  required: ["id", "family", "style", "paper", "note"],
  properties: {
    id: { type: "string", pattern: "^[a-z][a-z0-9-]*$" },
    family: { enum: FAMILY_NAMES },
    style: { type: "string", minLength: 1 },
    paper: { type: "boolean" },
    note: { type: "string", minLength: 1 },
  },
});

/**
 * Parses the text of a .hbs file: YAML between two lines of `---`, then the body. One newline at the very end belongs to
 * the file, not to the prompt; every other character counts.
 * @param source path of the file, for messages
 * @throws UserError when the front matter is wrong, the body does not compile, or a field of the family is not used
 */
export function parseTemplate(text: string, source: string): Template {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text.replaceAll("\r\n", "\n"));
  if (match === null) throw new UserError(`${source}: a template begins with front matter between two lines of ---`);
  let yaml: unknown;
  try {
    yaml = parseYaml(match[1] as string);
  } catch (error) {
    throw new UserError(`${source}: the front matter is not YAML (${messageOf(error)})`);
  }
  const front = validated(isFrontMatter, yaml, `${source}: front matter`);
  const body = (match[2] as string).replace(/\n$/, "");
  return { ...front, body, render: compileBody(body, front.family, source) };
}

function compileBody(body: string, family: Family, source: string): Template["render"] {
  const known: readonly string[] = FAMILIES[family];
  let parsed: hbs.AST.Program;
  try {
    parsed = Handlebars.parse(body);
  } catch (error) {
    throw new UserError(`${source}: not a Handlebars template (${messageOf(error)})`);
  }
  const used = parsed.body.flatMap((node) => {
    if (node.type === "ContentStatement") return [];
    const field = fieldOf(node);
    if (field !== undefined) return [field];
    throw new UserError(`${source}: line ${node.loc.start.line}: a template holds only text and {{field}}`);
  });
  const missing = known.find((field) => !used.includes(field));
  const unknown = used.find((field) => !known.includes(field));
  if (missing !== undefined)
    throw new UserError(`${source}: the field {{${missing}}} of the family ${family} is not used`);
  if (unknown !== undefined) {
    throw new UserError(
      `${source}: {{${unknown}}} is not a field of the family ${family}; its fields: ${known.join(", ")}`,
    );
  }
  const compiled = Handlebars.compile<Readonly<Record<string, string>>>(body, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
  });
  return (fields) => {
    // Handlebars itself would render an inherited property as nothing.
    const absent = known.find((field) => !Object.hasOwn(fields, field));
    if (absent !== undefined) throw new UserError(`${source}: the field {{${absent}}} is missing`);
    return compiled(fields);
  };
}

/** Name in an expression that is nothing but a name: no block, helper, partial or comment. */
function fieldOf(node: hbs.AST.Statement): string | undefined {
  if (node.type !== "MustacheStatement") return undefined;
  const { path, params, hash } = node as Omit<hbs.AST.MustacheStatement, "hash"> & { hash?: hbs.AST.Hash };
  return path.type === "PathExpression" && params.length === 0 && hash === undefined
    ? (path as hbs.AST.PathExpression).original
    : undefined;
}
