/** Tasks of promptsource's files, as the registry reads them. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Task } from "../../../src/tasks/contract.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { prepareTaskRows } from "../../../src/study/task-rows.js";
import { cellRequests } from "../../../src/study/requests.js";
import { selectVariants } from "../../../src/templates/selection.js";
import { wordingsOf } from "../../../src/templates/catalog.js";
import { tempFolder } from "../../support/temp-folder.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

const FOLDER = join(import.meta.dirname, "../../fixtures/promptsource");
const tasksOf = (path = FOLDER) => builtinRegistry().select([`promptsource:${path}`]);
const variantsOf = (task: Task, words: readonly string[]) =>
  selectVariants({ task, wordings: wordingsOf(task.family), numFewshot: 1, generated: task.answer.kind === "generation" }, words); // prettier-ignore

const written = (templates: string) => {
  const path = join(tempFolder(), "templates.yaml");
  writeFileSync(path, `dataset: org/x\ntemplates:\n${templates}`);
  return path;
};
const template = (name: string, jinja: string, choices = "null") =>
  `  ${name}: !Template\n    name: ${name}\n    answer_choices: ${choices}\n    jinja: ${JSON.stringify(jinja)}\n`;

describe("a file of templates", () => {
  const [classes, headlines] = tasksOf() as [Task, Task];

  test("is a task for each kind of answer, with its templates as wordings; what asks something else is left out", () => {
    expect(tasksOf().map(({ name }) => name)).toEqual(["promptsource_reports", "promptsource_reports_text"]);
    expect(classes.answer).toEqual({ kind: "classification", labels: ["World", "Sports", "Trade"] });
    expect(wordingsOf(classes.family).map(({ id }) => id)).toEqual(["what-about", "choose-from"]);
    expect(classes.notes).toEqual(["left out, since they ask something else than the dataset does: other way round"]);
    expect([headlines.answer.kind, headlines.metric]).toEqual(["generation", "rouge_l"]);
  });

  test("asks each row in its own words, and a separator in a text splits nothing", () => {
    const row = { text: "Prices of tin | and ||| copper rose.", title: "Metals up", label: 2 };
    expect(classes.toExample(row)).toEqual({
      fields: { text: row.text },
      gold: 2,
      worded: {
        "what-about": { prompt: `What is this report about?\n${row.text}`, answers: ["World", "Sports", "Trade"] },
        "choose-from": {
          prompt: `Long report: ${row.text}\nChoose from politics abroad, games, business.`,
          answers: ["politics abroad", "games", "business"],
        },
      },
    });
  });

  test("gains formats over its columns, and is asked from a folder of rows", async () => {
    const variants = variantsOf(classes, ["design"]);
    expect(variants).toHaveLength(24);
    const rows = await prepareTaskRows(classes, { kind: "folder", path: FOLDER }, { numFewshot: 1, limit: undefined, seed: 1 }, variants); // prettier-ignore
    if ("skipped" in rows) throw new Error(rows.skipped);
    const [own] = variantsOf(classes, ["choose-from"]);
    const asked = cellRequests(rows, own as (typeof variants)[number], "loglikelihood");
    expect(asked.answers[0]).toEqual(["politics abroad", "games", "business"]);
    expect(asked.requests[0]?.segments.at(-1)).toMatch(/^(Long|Short) report: /);
    expect(asked.requests[0]?.segments[0]).toMatch(/business\. (politics abroad|games|business)\n\n$/);
  });
});

test("choices of a row are its own", () => {
  const path = written(template("pick", "{{ q }} ||| {{ answer_choices[right] }}", '"{{ a }} ||| {{ b }}"'));
  const [task] = tasksOf(path);
  expect(task?.answer).toEqual({ kind: "multiple-choice" });
  expect(task?.toExample({ q: "Which?", a: "left", b: "right", right: 1 })).toMatchObject({
    choices: ["left", "right"],
    gold: 1,
  });
});

test("what a template makes no answer of, or another right answer, is refused by the template's name", async () => {
  const [silent] = tasksOf(written(template("silent", "{% if label > 0 %}{{ q }} ||| {{ label }}{% endif %}")));
  expectUserError(await failureOf(() => Promise.resolve(silent?.toExample({ q: "a", label: 0 }))), 'the template "silent" makes no prompt'); // prettier-ignore
  const two = template("one", "{{ q }} ||| {{ answer_choices[label] }}", "yes ||| no") + template("turned", "{{ q }} ||| {{ answer_choices[1 - label] }}", "a ||| b"); // prettier-ignore
  const [task] = tasksOf(written(two));
  expectUserError(await failureOf(() => Promise.resolve(task?.toExample({ q: "a", label: 0 }))), "one and turned give the row different right answers"); // prettier-ignore
});

test.each([
  ["missing.yaml", "no such file"],
  [written("  a: {name: x}\n"), "jinja"],
  [written(template("bad", "{{ text ||| {{ label }}")), `the template "bad": jinja`],
])("a file that cannot be read is refused (%#)", async (path, named) => {
  expectUserError(await failureOf(() => Promise.resolve(tasksOf(path))), named);
});
