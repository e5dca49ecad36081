/** Metrics of plugins: what is wrong with one is said in a line, and what it returns is checked. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UsageError, UserError } from "../../src/base/errors.js";
import { checkMetric, defineMetric, type MetricDefinition } from "../../src/metrics/define.js";
import type { RowAnswer } from "../../src/metrics/metric.js";
import { BUILTIN_METRICS, MetricRegistry } from "../../src/metrics/registry.js";
import { loadPlugin } from "../../src/tasks/plugin.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { tempFolder } from "../support/temp-folder.js";

const brevity: MetricDefinition = { name: "brevity", title: "brevity", ofText: (text) => 1 / (1 + text.length) };
const check = (change: object) => checkMetric(defineMetric({ ...brevity, ...change }), "plugin kites.ts");
const answer: RowAnswer = { answers: [], numbered: false, whole: true, references: ["no", "yes"], text: "yes" };

test.each([
  [{ name: "Brevity" }, "metric: name must match pattern"],
  [{ tilte: "x" }, 'metric: unknown key "tilte"; did you mean "title"?'],
  [{ title: 3 }, "metric: title must be string, not number"],
  [{ ofText: undefined }, "metric brevity: give one of ofText and ofLogprobs"],
  [{ ofLogprobs: () => 0 }, "metric brevity: give one of ofText and ofLogprobs"],
  [{ ofText: "length" }, "metric brevity: ofText must be a function"],
  [{ range: [1, 0] }, "metric brevity: range goes from 1 to 0; write the smaller first"],
  [{ range: [0] }, "metric: range must NOT have fewer than 2 items"],
  [{ answers: ["free"] }, 'answers.0 is "free"; known: classification, multiple-choice, generation'],
  [{ answers: ["classification"] }, "metric brevity: classification answers have no generated text; use generation"],
])("A definition with %j is refused", (change, message) => {
  expect(() => check(change)).toThrow(UsageError);
  expect(() => check(change)).toThrow(/^plugin kites\.ts: metric[^\n]*$/);
  expect(() => check(change)).toThrow(message);
});

test("The best of several references counts, in the metric's own direction", () => {
  const distance = (text: string, reference: string) => Math.abs(text.length - reference.length);
  const row = (change: object) => {
    const metric = check({ ofText: distance, range: [0, null], ...change });
    return metric.of === "row" ? metric.row(answer) : undefined;
  };
  expect(row({})).toBe(1);
  expect(row({ higherIsBetter: false })).toBe(0);
});

test("A value outside of the range is an error, not a score", () => {
  const metric = check({ ofText: () => 1.5 });
  const row = () => (metric.of === "row" ? metric.row(answer) : undefined);
  expect(row).toThrow(UserError);
  expect(row).toThrow("plugin kites.ts: metric brevity: returned 1.5, not a finite number from 0 to 1");
});

test("What a metric's function throws is said of the metric", () => {
  const metric = check({ ofText: () => undefined });
  const broken = check({ ofText: () => (null as unknown as string).length });
  const row = (one: typeof metric) => () => (one.of === "row" ? one.row(answer) : undefined);
  expect(row(metric)).toThrow("plugin kites.ts: metric brevity: returned undefined, not a finite number from 0 to 1");
  expect(row(broken)).toThrow(UserError);
  expect(row(broken)).toThrow("plugin kites.ts: metric brevity: Cannot read properties of null (reading 'length')");
});

test("Names are unique, of metrics and among the built-in ones", () => {
  const names = BUILTIN_METRICS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const registry = new MetricRegistry();
  expect(() => {
    registry.add(check({ name: "acc" }), "plugin kites.ts");
  }).toThrow('plugin kites.ts: there is already a metric named "acc"; choose another name');
  expect(registry.find("f1_class:yes")?.title).toBe('F1 of the class "yes"');
  expect(registry.find("f1_class:")).toBeUndefined();
  expect(() => registry.named("acc_nrom", "metric")).toThrow('did you mean "acc_norm"?');
});

test("A plugin exports metrics and tasks that name them, in any order", async () => {
  const file = join(tempFolder(), "kites.ts");
  writeFileSync(
    file,
    `import { defineMetric, defineTask } from "amuro-eval";
     export const task = defineTask({
       name: "kites", description: "Kites.", family: "summarization", dataset: "xsum",
       answer: { kind: "generation", maxNewTokens: 5, stop: [] }, metrics: ["brevity", "rouge_l"],
       toExample: () => ({ fields: { document: "kite" }, references: ["kite"] }),
     });
     export const metric = defineMetric({ name: "brevity", title: "brevity", ofText: (text) => 1 / (1 + text.length) });`,
  );
  const registry = builtinRegistry();
  await loadPlugin(registry, file);
  const [task] = registry.select(["kites"]);
  expect(task?.metric).toBe("brevity");
  expect(task?.metrics.map(({ name }) => name)).toEqual(["brevity", "rouge_l"]);
});
