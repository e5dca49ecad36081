/**
 * Prompts byte for byte, on every axis: a file of hashes that every platform and release has to reproduce.
 * GOLDEN_PROMPTS=write npx vitest run test/templates/golden.test.ts writes it anew.
 */

import Handlebars from "handlebars";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canonicalJson, hashValue } from "../../src/base/hash.js";
import { promptSpace } from "../../src/study/task-prompts.js";
import { cellRequests } from "../../src/study/requests.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import type { Task } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { templatesWith, wordingsOf } from "../../src/templates/catalog.js";
import { formatsOf, formatTemplate } from "../../src/templates/format/format.js";
import { selectVariants } from "../../src/templates/selection.js";
import { BUILTIN_FAMILIES } from "../../src/tasks/families/builtin.js";

const FILE = join(import.meta.dirname, "../golden/prompts/hashes.json");

/** Prompts that do not depend on which wordings there are besides the paper's. */
function wordsFor({ answer }: Task): string[] {
  const shots = [
    "default+shots=8",
    "io+draw=1|2+shot-order=as-is|reversed|shuffled-3",
    "default+shot-separator=blank-line|rule|hashes",
  ];
  const added = ["default+persona=expert|novice", "imperative-first|question-first+instruction-place=after"];
  const common = ["paper", "default+noise=typos|case|spaces@4", ...shots, ...added];
  switch (answer.kind) {
    case "classification":
      return [...common, "labels", "default+balance=labels", "format:12@5"];
    case "multiple-choice":
      return [
        ...common,
        "choices",
        "choice-order:6",
        "io+choices=both+enumerator=(A)|[i]|<Ⅰ>",
        "format:12@5+choices=letter",
      ];
    case "generation":
      return [...common, "format:12@5"];
  }
}

async function promptHashes(task: Task): Promise<Record<string, string>> {
  const variants = selectVariants(
    promptSpace(task, templatesWith([]), { numFewshot: 4, answer: "loglikelihood" }),
    wordsFor(task),
  );
  const rows = await prepareTaskRows(task, { kind: "sample" }, { numFewshot: 4, limit: 8, seed: 42 }, variants);
  if ("skipped" in rows) throw new Error(rows.skipped);
  return Object.fromEntries(
    variants.map((variant) => {
      const { requests, answers } = cellRequests(rows, variant, "loglikelihood");
      return [variant.id, hashValue([variant.hash, requests.map(({ segments }) => segments), answers])];
    }),
  );
}

test("prompts of all tasks are those of the golden file", async () => {
  const found: Record<string, Record<string, string>> = {};
  for (const task of builtinRegistry().all()) found[task.name] = await promptHashes(task);
  if (process.env["GOLDEN_PROMPTS"] === "write") {
    writeFileSync(FILE, `${JSON.stringify(JSON.parse(canonicalJson(found)), null, 2)}\n`);
  }
  expect(found).toEqual(JSON.parse(readFileSync(FILE, "utf8")));
  expect(Object.values(found).flatMap((prompts) => Object.keys(prompts)).length).toBeGreaterThan(500);
});

test("templates and formats render as plain Handlebars renders them", () => {
  const values = ["a & <b>", "{{c}} \\{{d}}", "\n e ", "$& $1", "é\u2028\u0000"];
  for (const family of BUILTIN_FAMILIES) {
    const templates = wordingsOf(family);
    const formats = [...formatsOf(family).values()].map((format) => formatTemplate(family, format));
    for (const { body, render } of [...templates, ...formats]) {
      const plain = Handlebars.compile(body, { noEscape: true });
      values.forEach((_, i) => {
        const named = body.match(/\{\{\w+\}\}/g) ?? [];
        const fields = Object.fromEntries(
          named.map((name, j) => [name.slice(2, -2), values[(i + j) % values.length] ?? ""]),
        );
        expect(render(fields)).toBe(plain(fields));
      });
    }
  }
});
