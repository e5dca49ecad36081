/**
 * Functions of lm-evaluation-harness that are known here, as they change rows there (test/golden/lm-eval-tasks).
 * LM_EVAL_TASKS names the folder lm_eval/tasks of an installed lm_eval 0.4.13.
 */

import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { knownLookup, knownRowChange } from "../../src/tasks/lm-eval/known-functions.js";
import { knownPrompt } from "../../src/tasks/lm-eval/known-prompts.js";
import { RowTemplate } from "../../src/tasks/lm-eval/template.js";
import { PythonFunction } from "../../src/tasks/lm-eval/yaml.js";
import golden from "../golden/lm-eval-tasks/row-changes.json" with { type: "json" };

const tasks = process.env["LM_EVAL_TASKS"] ?? "";
const called = (file: string, name: string) => new PythonFunction(`utils.${name}`, join(tasks, dirname(file)));

describe.skipIf(tasks === "")("functions of lm-evaluation-harness", () => {
  test.each(golden.changes)("$function of $file", ({ file, function: name, rows, changed }) => {
    const change = knownRowChange(called(file, name));
    expect(rows.flatMap((row) => change?.(row) ?? [])).toEqual(changed);
    expect(knownRowChange(called(file, "process_nothing"))).toSatisfy(
      (one) => one === undefined || file.includes("mmmlu"),
    );
  });

  test.each(golden.prompts)("$function of $file", ({ file, function: name, row, text }) => {
    const template = RowTemplate.read(knownPrompt(called(file, name)) ?? "", "doc_to_text");
    expect(template.render(row)).toBe(text);
    expect(knownPrompt(called(file, "fewshot_to_text"))).toBeUndefined();
  });

  test.each(golden.lookups)("$function of $file", ({ file, function: name, row, text }) => {
    expect(knownLookup(called(file, name))?.(row)).toBe(text);
  });
});
