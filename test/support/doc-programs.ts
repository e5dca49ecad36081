/** Provides the programs of docs/library.md, as its reader would paste them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export const PACKAGE = join(import.meta.dirname, "../..");

export interface DocProgram {
  /** The heading that it stands under. */
  readonly heading: string;
  readonly code: string;
}

export const LIBRARY_PAGE = readFileSync(join(PACKAGE, "docs", "library.md"), "utf8");

/** Returns every block of JavaScript of a page, with its heading. */
export function docPrograms(page: string): DocProgram[] {
  const programs: DocProgram[] = [];
  let heading = "";
  for (const [, title, code] of page.matchAll(/^## (.+)$|^```js\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (code !== undefined) programs.push({ heading, code });
  }
  return programs;
}

/** Names in backticks in the tables below a page's heading, up to the next one. */
export function namesUnder(page: string, heading: string): string[] {
  const [, below = ""] = page.split(`\n## ${heading}\n`);
  const [section = ""] = below.split("\n## ");
  const cells = section.split("\n").flatMap((line) => (line.startsWith("|") ? [line.split("|")[1] ?? ""] : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string));
}
