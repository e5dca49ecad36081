/** Runs `amuro-eval new-task`: a task plugin to begin with, its rows, and a test of both. */

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { messageOf, UsageError, UserError } from "../../base/errors.js";
import { shellWord } from "../../base/wording.js";
import { builtinRegistry } from "../../tasks/registry.js";
import type { Console } from "../output/console.js";

/**
 * Writes DIR/NAME.ts, .jsonl, .train.jsonl and .test.mjs; the plugin passes `amuro-eval validate` and its test as they
 * are.
 * @throws UsageError when the name will not do
 * @throws UserError when a file is there already or cannot be written
 */
export function newTaskCommand(name: string, { dir }: { readonly dir: string }, console: Console): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new UsageError(
      `new-task ${name}: a name has lower-case letters, digits and underscores, and begins with a letter`,
    );
  }
  const registry = builtinRegistry();
  if (registry.all().some((task) => task.name === name) || registry.families.all().some((one) => one.name === name))
    throw new UsageError(`new-task ${name}: there is a built-in task or family of that name; choose another`);
  const files = Object.entries(skeleton(name)).map(([ending, text]) => ({ path: join(dir, name + ending), text }));
  for (const { path, text } of files) {
    try {
      mkdirSync(dir, { recursive: true });
      writeFileSync(path, text, { flag: "wx" });
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === "EEXIST";
      throw new UserError(taken ? `${path} is already there` : `cannot write ${path}: ${messageOf(error)}`);
    }
  }
  const path = join(dir, `${name}.ts`);
  const plugin = shellWord(isAbsolute(path) ? path : `./${path}`);
  console.out(
    [
      ...files.map(({ path }) => path),
      "put your rows and wordings in, then:",
      `  amuro-eval validate --plugin ${plugin} -t ${name}`,
      `  node --test ${shellWord(join(dir, `${name}.test.mjs`))}`,
      `  amuro-eval --plugin ${plugin} -t ${name} -m builtin`,
      "with your checkpoint in the place of builtin",
      ...(isInstalledBeside(path)
        ? []
        : ["the test imports amuro-eval: npm install amuro-eval puts it in this folder"]),
    ].join("\n"),
  );
}

/** Tells whether Node finds the package from a file, as the test of the task has to. */
function isInstalledBeside(path: string): boolean {
  try {
    createRequire(resolve(path)).resolve("amuro-eval/package.json");
    return true;
  } catch {
    return false;
  }
}

const ROWS = [
  ["The soup was hot and full of flavour.", "good"],
  ["I waited an hour and the bread was stale.", "bad"],
  ["We laughed all evening and will come again.", "good"],
  ["The room was loud and the fish was raw.", "bad"],
  ["Every plate was a small surprise, and a kind one.", "good"],
  ["They forgot our order twice and were rude about it.", "bad"],
];
const TRAIN = [
  ["Fresh pasta, friendly people, fair prices.", "good"],
  ["Cold coffee, sticky tables, a wrong bill.", "bad"],
  ["The cake alone is worth the journey.", "good"],
  ["I found a hair in my salad.", "bad"],
];

const lines = (rows: readonly (readonly string[])[]) =>
  rows.map(([text, label]) => `${JSON.stringify({ text, label })}\n`).join("");

/** Writes the files by what follows the name. */
function skeleton(name: string): Record<string, string> {
  return {
    ".ts": `import { defineFamily, defineTask } from "amuro-eval";

interface Row {
  text: string;
  label: string;
}

// How rows are asked: formats are made from the fields, wordings are yours. A built-in family will do as well.
export const family = defineFamily({
  name: "${name}_prompts",
  description: "Whether a review is good or bad.",
  fields: { text: { meaning: "the review", called: "Review" } },
  answer: { called: "Verdict", kinds: ["classification"] },
  wordings: {
    plain: "Review: {{text}}\\nVerdict:",
    question: "{{text}}\\nIs this review good or bad?",
  },
});

const labels = ["good", "bad"];

export default defineTask<Row>({
  name: "${name}",
  description: "Reviews that are good or bad.",
  family,
  dataset: {
    columns: { text: "string", label: "string" },
    files: {
      eval: new URL("./${name}.jsonl", import.meta.url),
      train: new URL("./${name}.train.jsonl", import.meta.url),
    },
  },
  answer: { kind: "classification", labels },
  metric: "acc",
  toExample: ({ text, label }) => ({ fields: { text }, gold: labels.indexOf(label) }),
});
`,
    ".jsonl": lines(ROWS),
    ".train.jsonl": lines(TRAIN),
    ".test.mjs": `import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { evaluate } from "amuro-eval";

test("every row of ${name} is asked and judged under several prompts", async () => {
  const { results } = await evaluate({
    model: "builtin",
    plugin: join(import.meta.dirname, "${name}.ts"),
    task: "${name}",
    prompts: ["plain", "question", "format:2"],
    numFewshot: 2,
    outputDir: mkdtempSync(join(tmpdir(), "${name}-")),
  });
  assert.equal(results.status, "complete");
  assert.equal(results.cells.length, 4);
  for (const { metrics } of results.cells) assert.equal(metrics.acc.n, ${ROWS.length});
});
`,
  };
}
