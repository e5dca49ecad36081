/**
 * Checks that docstrings begin with a verb: a first word that is an article, a pronoun or a question word is none; and
 * that no line of a comment is longer than a line of code.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import ts from "typescript";
import { expect, it } from "vitest";

/** Matches first words that are no verbs. */
const NO_VERB =
  /^(The|An?|Every|Each|All|Any|One|Two|Both|What|Which|Whether|Who|Where|When|How|Why|That|This|These|Those|It|Its|They|Their|We|Our|There)\b/;

/** Matches a docstring with such a first word anywhere in a file: only these files are parsed. */
const SUSPECT = new RegExp(String.raw`/\*\*[\s*]*${NO_VERB.source.slice(1)}`);

/**
 * Returns the first line of each docstring of a file head, an exported declaration or a public method that has no verb.
 */
function withoutVerb(path: string, text: string): string[] {
  if (!SUSPECT.test(text)) return [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const nodes = source.statements.flatMap((statement, place): ts.Node[] => {
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    const isExported = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    const methods = ts.isClassDeclaration(statement) ? statement.members.filter(ts.isMethodDeclaration) : [];
    return place === 0 || isExported ? [statement, ...methods] : [];
  });
  const comments = nodes.flatMap((node) => ts.getLeadingCommentRanges(text, node.pos) ?? []);
  return comments.flatMap(({ pos, end }) => {
    const comment = text.slice(pos, end);
    const words = comment.replace(/^\/\*\*[\s*]*/, "");
    return comment.startsWith("/**") && NO_VERB.test(words) ? [`${path}: ${words.split("\n")[0] ?? ""}`] : [];
  });
}

/** Lists the modules in folders. */
function filesIn(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => join(folder, name)),
  );
}

it("the docstrings of file heads, exports and methods begin with a verb", () => {
  const files = filesIn("src", "test", "scripts", "bench");
  expect(files.length).toBeGreaterThan(1000);
  expect(files.flatMap((path) => withoutVerb(path, readFileSync(path, "utf8")))).toEqual([]);
});

it("a docstring that begins with an article, a pronoun or a question word is found where it is exported", () => {
  const text = [
    "/** The head. */",
    'import "a";',
    "/** What it is. */",
    "export const one = 1;",
    "/** The own affair of the file. */",
    "const two = 2;",
    "/** Holds both. */",
    "class Three {",
    "  /** Every part. */",
    "  parts() {}",
    "}",
    "export { two, Three };",
  ].join("\n");
  expect(withoutVerb("a.ts", text)).toEqual(["a.ts: The head. */", "a.ts: What it is. */"]);
  expect(withoutVerb("a.ts", text.replace("class", "export class"))).toContain("a.ts: Every part. */");
});

/** Sets the characters of a line, as .prettierrc.json does for code. */
const WIDTH = 120;

it("no line of a comment is longer than a line of code, but for addresses", () => {
  const files = filesIn("src", "test", "scripts", "bench");
  const long = files.flatMap((path) =>
    readFileSync(path, "utf8")
      .split("\n")
      .flatMap((line, i) =>
        /^\s*(\/\/|\/?\*)/.test(line) && line.length > WIDTH && !line.includes("https://") ? [`${path}:${i + 1}`] : [],
      ),
  );
  expect(long).toEqual([]);
});
