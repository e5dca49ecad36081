/** Follows what `amuro-eval/browser` imports: modules of Node are not in a browser, and bundlers leave them out. */

import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const src = resolve(import.meta.dirname, "../../src");

test("the browser entry imports nothing of Node, by whatever way", () => {
  const ways = new Map([[join(src, "browser.ts"), "browser.ts"]]);
  const found: string[] = [];
  for (const [file, way] of ways) {
    const imports = readFileSync(file, "utf8").matchAll(/^(?:import|export)\s(?!type\b)[^;]*?["']([^"']+)["'];/gm);
    for (const [, name = ""] of imports) {
      if (name.startsWith("node:")) found.push(`${way} > ${name}`);
      if (!name.startsWith(".")) continue;
      const next = join(file, "..", name.replace(/\.js$/, ".ts"));
      if (!ways.has(next)) ways.set(next, `${way} > ${relative(src, next)}`);
    }
  }
  expect(found).toEqual([]);
  expect(ways.size).toBeGreaterThan(20);
});
