/** Figures of few informative rows have a width. */

import { expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import {
  fewChangedSd,
  fewChanges,
  fewContrastChanges,
  largestUnseenSd,
  shareStderr,
  shownStderr,
  shownStderrOverPrompts,
  withWidth,
} from "../../../src/analysis/parts/few-rows.js";
import { readRowTable } from "../../../src/analysis/read/read-row-table.js";
import { parseRowTable } from "../../../src/importers/row-table.js";
import { csvTable } from "../../../src/importers/table-records.js";
import { wilsonInterval } from "../../../src/statistics/distributions.js";
import { readStudy } from "../../../src/analysis/read/read-study.js";
import { ownWordings } from "../../../src/statistics/crossed/design.js";
import { syntheticStudy } from "../study.js";

const grid = (prompts: number, items: number, value: (p: number, i: number) => number) => ({
  grid: {
    prompts,
    items,
    values: Float64Array.from({ length: prompts * items }, (_, at) => value(Math.floor(at / items), at % items)),
  },
  clusters: null,
});

test("none of 34 right has Wilson's interval, for these prompts and for new ones, and no standard error of 0", async () => {
  const study = syntheticStudy({ prompts: 3, items: 34, tasks: ["rte"], checkpoints: { base: { sd: 0, mean: -60 } } });
  const { levels, sentences } = await analyse(readStudy(study), { seed: 1 });
  const [one] = levels;
  const { item_interval: rows, crossed_interval: both, item_stderr: stderr } = one?.level ?? {};
  expect(rows).toMatchObject({ low: 0, high: expect.closeTo(0.1015, 4) as number });
  expect(both).toMatchObject({ low: 0, high: expect.closeTo(0.1015, 4) as number });
  expect(stderr).toBeCloseTo(0.1015 / 2 / 1.96, 4);
  expect(one?.prompts[0]?.stderr).toBeCloseTo(0.1015 / 2 / 1.96, 4);
  // Three prompts that differ on at most a tenth of the rows.
  expect(one?.sensitivity.probability?.interval).toEqual({
    low: 0,
    high: expect.closeTo(0.1015 * Math.sqrt(1 / 3), 4) as number,
  });
  expect(sentences[0]?.text).toContain("SD between prompts not clearly above 0 (0.000, 95 % below 0.059)");
});

test("rows whose prompts cancel each other out do not make a mean without error", () => {
  const { low, high } = withWidth(
    { low: 0.5, high: 0.5 },
    grid(2, 30, (p) => 1 - p),
  );
  expect(low).toBeCloseTo(0.3315, 3);
  expect(high).toBeCloseTo(0.6685, 3);
});

test("rows enough of both kinds leave an interval as it is", () => {
  const interval = { low: 0.3, high: 0.7 };
  expect(
    withWidth(
      interval,
      grid(1, 30, (_, i) => i % 2),
    ),
  ).toEqual(interval);
});

test("the interval of a mean near an end reaches further from it, as Wilson's for as many rows as it is worth", () => {
  const near = grid(1, 100, (_, i) => Number(i >= 6));
  const half = 1.959964 * Math.sqrt((0.94 * 0.06) / 100);
  const { low, high } = withWidth({ low: 0.94 - half, high: 0.94 + half }, near);
  expect(low).toBeCloseTo(0.8752, 4);
  expect(high).toBeCloseTo(0.94 + half, 9);
  const away = grid(1, 100, (_, i) => Number(i >= 12));
  expect(withWidth({ low: 0.8, high: 0.96 }, away)).toEqual({ low: 0.8, high: 0.96 });
});

test("rows of one cluster count as one", () => {
  const right = { ...grid(2, 60, () => 1), clusters: Array.from({ length: 60 }, (_, i) => `passage ${i % 6}`) };
  expect(withWidth({ low: 1, high: 1 }, right).low).toBeCloseTo(6 / (6 + 1.96 ** 2), 3);
  expect(largestUnseenSd(right, ownWordings(2))).toBeCloseTo((1.96 ** 2 / (6 + 1.96 ** 2)) * Math.SQRT1_2, 3);
});

test("five rows that tell prompts apart are enough for an SD", () => {
  const apart = (rows: number) => grid(4, 40, (p, i) => Number(p > 0 || i >= rows));
  expect(largestUnseenSd(apart(5), ownWordings(4))).toBeNull();
  expect(largestUnseenSd(apart(4), ownWordings(4))).toBeGreaterThan(0.1);
});

test("scores that are the same before and after leave an SD room to have changed", () => {
  const before = grid(4, 40, (p, i) => Number((p + i) % 3 === 0));
  const same = fewChangedSd(before, before, ownWordings(4));
  expect(same?.most).toBeCloseTo(2 * (1.96 ** 2 / (40 + 1.96 ** 2)) * Math.sqrt(1 / 3), 3);
  expect(same?.leastP).toBe(1);
  const changed = (rows: number) => grid(4, 40, (p, i) => Number((p + i) % 3 === 0) ^ Number(i < rows && p < 2));
  expect(fewChangedSd(before, changed(4), ownWordings(4))?.leastP).toBe(1 / 8);
  expect(fewChangedSd(before, changed(5), ownWordings(4))).toBeNull();
});

test("five of five rows that turn right are a change with a width and the p-value of the sign test", () => {
  const change = fewChanges(
    grid(3, 5, () => 0),
    grid(3, 5, () => 1),
  );
  expect(change?.p).toBeCloseTo(2 / 2 ** 5, 12);
  expect(change?.interval.low).toBeCloseTo(1 - Math.SQRT2 * (1.96 ** 2 / (5 + 1.96 ** 2)), 3);
  expect(change?.interval.high).toBe(1);
});

test("no change on 34 rows that are all right may still be one of a tenth", () => {
  const right = grid(3, 34, () => 1);
  const change = fewChanges(right, right);
  expect(change?.p).toBe(1);
  expect(change?.interval).toEqual({
    low: expect.closeTo(-0.1015, 4) as number,
    high: expect.closeTo(0.1015, 4) as number,
  });
});

test("rows enough that changed, and enough that did not, are left to the standard error", () => {
  const before = grid(2, 30, (_, i) => Number(i % 3 === 0));
  const after = grid(2, 30, (_, i) => Number(i % 3 !== 1));
  expect(fewChanges(before, after)).toBeNull();
});

test("the standard error of a share is never 0", () => {
  expect(shareStderr(0.5, 100)).toBeCloseTo(0.05, 12);
  expect(shareStderr(1, 5)).toBeCloseTo(1.96 ** 2 / (5 + 1.96 ** 2) / 2 / 1.96, 3);
});

test("the error of a mean is never 0 for shares, and that of graded scores is their own away from the ends", () => {
  expect(shownStderr({ mean: 0, stderr: 0, n: 34 }, true)).toBeCloseTo(0.1015 / 2 / 1.96, 4);
  expect(shownStderr({ mean: 0.5, stderr: 0, n: 30 }, true)).toBeCloseTo(Math.sqrt(0.25 / 30), 12);
  expect(shownStderr({ mean: 0.3, stderr: 0.01, n: 100 }, true)).toBe(0.01);
  // Prompts that differ on the same rows make no right and wrong of their mean.
  expect(shownStderrOverPrompts({ mean: 0.6, stderr: 0.05, n: 5 }, true)).toBe(0.05);
  expect(shownStderrOverPrompts({ mean: 0, stderr: 0, n: 34 }, true)).toBeCloseTo(0.1015 / 2 / 1.96, 4);
  expect(shownStderr({ mean: -2, stderr: 0, n: 30 }, false)).toBeNull();
  expect(shownStderr({ mean: 0.5, stderr: null, n: 1 }, true)).toBeNull();
});

/** Analyses 12 prompts in two presentations on 30 rows, of which the first is right before and the second after. */
async function turned(odd: boolean) {
  const lines = ["checkpoint,stage,sft_task,task,prompt,item,value,axes.wording,axes.choices"];
  for (const [head, right] of [["m,base,", 0], ["m,sft,rte", 1]] as const)
    for (let p = 0; p < 12; p++)
      for (let i = 0; i < 30; i++) {
        const isRight = (p % 2 === right) !== (odd && p === 0 && i === 0);
        lines.push(`${head},rte,p${p},${i},${Number(isRight)},w${p},c${p % 2}`);
      }
  const table = await parseRowTable(csvTable(lines.join("\n"), "t.csv"), "t.csv");
  return analyse(readRowTable(table, "t.csv"), { seed: 1 });
} // prettier-ignore

test("a contrast of presentations that all rows make alike has a width, within what is possible", async () => {
  const { levels, sentences, orders } = await turned(false);
  const reach = Math.SQRT2 * (1 - wilsonInterval(1, 30).low);
  expect(levels.map(({ presentations }) => presentations?.contrast?.value)).toEqual([-1, 1]);
  for (const { presentations } of levels) {
    const { value, interval, item_interval: rows } = presentations?.contrast ?? {};
    const [low, high] = value === 1 ? [1 - reach, 1] : [-1, reach - 1];
    for (const one of [interval, rows]) {
      expect(one?.low).toBeCloseTo(low, 9);
      expect(one?.high).toBeCloseTo(high, 9);
    }
  }
  expect(orders[0]).toMatchObject({ higher: 6, lower: 6, share: null, reversal: null });
  expect(orders[0]?.withheld).toMatch(/^the rows differ in the same way under all prompts/);
  expect(sentences.map(({ text }) => text).join(" ")).not.toMatch(/95 % ([+−]?\d\.\d+) to \1 /);
});

test("so has its change, with the p-value of the sign test", async () => {
  const [one] = (await turned(true)).comparisons;
  const { change = NaN, interval } = one?.contrast ?? {};
  expect(change).toBeGreaterThan(1.98);
  expect(interval?.high).toBe(2);
  expect(interval?.low).toBeLessThan(1.8);
  const two = { ...ownWordings(2), presentations: 2, presentation: Int32Array.of(0, 1) };
  const few = fewContrastChanges(grid(2, 3, (p) => p), grid(2, 3, (p) => 1 - p), two); // prettier-ignore
  expect(few?.p).toBe(0.25);
});
