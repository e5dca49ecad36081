/** Tests the CSV file of means: what it is read as, and how a wrong one is refused. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { cellKey, formatLongTable, type TableCell } from "../../src/importers/long-table.js";
import { parseLongTable } from "../support/long-table.js";

const HEADER = "checkpoint,task,prompt,metric,value";
/** Holds what a table without these columns has. */
const plain = { run: null, chance: null, seed: null };

const parse = (...lines: string[]) => parseLongTable(`${lines.join("\n")}\n`, "numbers.csv");

test("columns in any order; what is left empty is null", () => {
  expect(parse("value,metric,prompt,task,checkpoint,sft_task,n", "0.5,acc,io,rte,a,mnli,", '0.25,acc,"x, y",rte,a,,100')).toEqual([
    { checkpoint: "a", step: null, stage: "sft", sft_task: "mnli", task: "rte", prompt: "io", shots: null, metric: "acc", value: 0.5, std: null, n: null, ...plain, axes: { wording: "io" } },
    { checkpoint: "a", step: null, stage: null, sft_task: null, task: "rte", prompt: "x, y", shots: null, metric: "acc", value: 0.25, std: null, n: 100, ...plain, axes: { wording: "x, y" } },
  ]);
}); // prettier-ignore

describe("what is no table is refused with the place", () => {
  test.each([
    [["chekpoint,task,prompt,metric,value", "a,b,c,acc,1"], 'no column "checkpoint"; is it "chekpoint" in the header?'],
    [
      ["model,subject,template,accuracy", "a,b,c,0.5"],
      'no column "checkpoint", "task", "prompt", "metric", "value" (--checkpoint, --task, --prompt, --metric NAME say it for all lines); the header has model, subject, template, accuracy; needed are checkpoint, task',
    ],
    [
      ["task,prompt,metric,value", "b,c,acc,1"],
      'no column "checkpoint" (--checkpoint NAME says it for all lines); the header has task, prompt, metric, value',
    ],
    [[`${HEADER},stdd`, "a,b,c,acc,1,1"], 'unknown column "stdd"; did you mean "std"?'],
    [[`${HEADER},value`, "a,b,c,acc,1,1"], 'column "value" occurs twice'],
    [[HEADER, "a,b,c,acc,0.5", "a,b,d,acc,half"], 'line 3: value is "half", expected a number'],
    [[HEADER, "a,b,c,acc,57.5"], "line 2: value is 57.5, expected a number from 0 to 1; divide percentages by 100"],
    [[HEADER, "a,b,c,acc,-0.1"], "line 2: value is -0.1"],
    [[HEADER, "a,b,c,acc,NaN"], 'line 2: value is "NaN"'],
    [[HEADER, "a,b,,acc,0.5"], "line 2: no prompt"],
    [[HEADER, "a,b,c,acc,0.5", "x,b,c,acc,0.5", "a,b,c,acc,0.6"], "line 4: the same cell as in line 2"],
    [[`${HEADER},stage`, "a,b,c,acc,0.5,bsae"], 'line 2: stage is "bsae"; did you mean "base"?'],
    [[`${HEADER},stage,sft_task`, "a,b,c,acc,0.5,base,mnli"], 'sft_task is "mnli" though stage is base'],
    [[`${HEADER},n`, "a,b,c,acc,0.5,1.5"], "line 2: n is 1.5, expected a whole number of at least 1"],
    [[`${HEADER},std`, "a,b,c,acc,0.5,-1"], "line 2: std is -1"],
    [[HEADER], "no lines below the header"],
    [[HEADER, "a,b,c"], "not valid CSV"],
  ])("%j", (lines, message) => {
    expect(() => parse(...lines)).toThrow(UserError);
    expect(() => parse(...lines)).toThrow(message);
  });
});

test("what is written is read back as it was", () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).map((text) => `w${text.trim()}w`);
  const cell = fc.record({
    checkpoint: word,
    step: fc.option(fc.nat()),
    stage: fc.constantFrom("base" as const, "sft" as const),
    task: word,
    prompt: word,
    shots: fc.option(fc.nat({ max: 8 })),
    metric: fc.constantFrom("acc", "rouge_l"),
    value: fc.double({ min: 0, max: 1, noNaN: true }),
    std: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    n: fc.option(fc.integer({ min: 1, max: 1e6 })),
  });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 8 }), (drawn) => {
      const cells = drawn.map((one): TableCell => ({ ...one, sft_task: one.stage === "sft" ? "mnli" : null }));
      fc.pre(new Set(cells.map(cellKey)).size === cells.length);
      const read = parseLongTable(formatLongTable(cells), "x");
      expect(read).toEqual(
        cells.map((one) => ({ ...one, ...plain, axes: { wording: one.prompt }, value: one.value + 0 })),
      );
    }),
    { numRuns: 200 },
  );
});

test("no text makes anything but a table or one clear refusal", () => {
  const line = fc.array(fc.string({ maxLength: 8 }), { maxLength: 6 }).map((cells) => cells.join(","));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      try {
        parse(HEADER, ...lines);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
  );
});
