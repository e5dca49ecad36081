import { describe, expect, test } from "vitest";
import { type SensitivityChange, sensitivityChanges } from "../../src/statistics/change.js";
import { type ScoreGrid, scoreGrid } from "../../src/statistics/grid.js";
import type { Scale } from "../../src/statistics/moments.js";
import { randomStream } from "../../src/base/random.js";
import { complement, goldenGrids, reorderedPrompts } from "./grids.js";

const stream = (...names: string[]) => randomStream("change", ...names);

function changeOn(scale: Scale, x: ScoreGrid, y: ScoreGrid, options?: { bootstrap: boolean }): SensitivityChange {
  const [change] = sensitivityChanges(x, y, [scale], stream, options);
  return change as SensitivityChange;
}

const full = goldenGrids.find(({ title }) => title === "graded, 10 x 33");
if (!full) throw new Error("no golden grid of 10 x 33");
const { before, after } = full;

describe.each(["probability", "logit"] as const)("on the %s scale", (scale) => {
  const actual = changeOn(scale, before, after);

  test("every part is there and agrees with the others", () => {
    expect(actual.before?.corrected).toBeCloseTo(actual.noiseCorrected?.sdBefore as number, 10);
    expect(actual.after?.corrected).toBeCloseTo(actual.noiseCorrected?.sdAfter as number, 10);
    expect((actual.after?.raw ?? NaN) / (actual.before?.raw ?? NaN)).toBeCloseTo(
      actual.pitmanMorgan?.sdRatio as number,
      10,
    );
    expect(actual.promptSwap?.exact).toBe(true);
    expect(actual.p).toBe(Math.max(actual.noiseCorrected?.p ?? NaN, actual.noiseCorrectedSwap?.p ?? NaN));
    const { low, high } = actual.crossedBootstrap?.logSdRatio ?? { low: NaN, high: NaN };
    expect(low).toBeLessThan(high);
  });

  test("the same streams give the same result; other prompts' order the same tests", () => {
    expect(changeOn(scale, before, after)).toEqual(actual);
    const order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7];
    const turned = changeOn(scale, reorderedPrompts(before, order), reorderedPrompts(after, order));
    expect(turned.promptSwap).toEqual(actual.promptSwap);
    expect(turned.pitmanMorgan?.p).toBeCloseTo(actual.pitmanMorgan?.p as number, 9);
  });

  test("counting wrong instead of right changes no test", () => {
    const turned = changeOn(scale, complement(before), complement(after), { bootstrap: false });
    expect(turned.promptSwap).toEqual(actual.promptSwap);
    expect(turned.pitmanMorgan?.p).toBeCloseTo(actual.pitmanMorgan?.p as number, 9);
    expect(turned.noiseCorrected?.p).toBeCloseTo(actual.noiseCorrected?.p as number, 2);
    expect(turned.noiseCorrectedSwap).toEqual(actual.noiseCorrectedSwap);
    expect(turned.crossedBootstrap).toBeNull();
  });
});

test("what two prompts, or one item, cannot tell is null", () => {
  const two = scoreGrid([
    [1, 0, 1],
    [0, 0, 1],
  ]);
  expect(changeOn("logit", two, two)).toMatchObject({
    pitmanMorgan: null,
    noiseCorrected: null,
    p: null,
    crossedBootstrap: null,
  });
  const one = scoreGrid([[1], [0], [1]]);
  expect(changeOn("probability", one, one)).toMatchObject({
    before: null,
    after: null,
    noiseCorrected: null,
  });
});

test("prompts with constant answers have nothing that could change, whatever one test says", () => {
  // Two labels, balanced: half of the prompts always say the one, half the other; afterwards nearly all the same.
  const says = (label: number) => Array.from({ length: 40 }, (_, i) => Number(i % 2 === label));
  const mixed = scoreGrid(Array.from({ length: 12 }, (_, p) => says(p % 2)));
  const nearly = scoreGrid(Array.from({ length: 12 }, (_, p) => says(0).map((y, i) => (p + i === 0 ? 1 - y : y))));
  for (const scale of ["probability", "logit"] as const) {
    const change = changeOn(scale, mixed, nearly, { bootstrap: false });
    expect(change.noiseCorrected?.p).toBeLessThan(0.05);
    expect(change.p).toBe(1);
  }
});
