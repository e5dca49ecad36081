/** Follows the links of the documents to files of this repository. */

import { existsSync, readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const documents = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");

test("every link of a document to a file leads to one", () => {
  const links = documents.flatMap((document) => {
    const text = readFileSync(join(root, document), "utf8").replace(/^```.*?^```/gms, "");
    return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => ({ document, link }));
  });
  const local = links.filter(({ link }) => !/^[a-z]+:/.test(link));
  const dead = local.filter(({ document, link }) => !existsSync(join(root, document, "..", decodeURIComponent(link))));
  expect(dead).toEqual([]);
  expect(local.length).toBeGreaterThan(50);
});
