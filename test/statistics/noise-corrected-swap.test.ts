import { describe, expect, test } from "vitest";
import { pairedMoments } from "../../src/statistics/moments.js";
import { noiseCorrectedSwap } from "../../src/statistics/noise-corrected-swap.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";
import { randomStream } from "../../src/base/random.js";
import { complement, goldenGrids, reorderedPrompts } from "./grids.js";

const random = () => randomStream("noise-corrected swap");
const cases = goldenGrids.filter(({ before }) => before.prompts > 2);

describe("every sign pattern, written out", () => {
  test.each(cases)("$title", ({ before, after }) => {
    const moments = pairedMoments(before, after);
    const [b, a] = [varianceComponents(moments.before), varianceComponents(moments.after)];
    if (!b || !a) throw new Error("a grid of three prompts has components");
    const { prompts, items } = before;
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / prompts;
    const squares = (values: Float64Array) => values.map((value) => (value - mean(values)) ** 2);
    const [x, y] = [squares(moments.before.means), squares(moments.after.means)];
    const excess = Array.from(
      x,
      (value, p) => (prompts / (prompts - 1)) * ((y[p] as number) - value) - (a.msResidual - b.msResidual) / items,
    );
    // Their mean is the change of the component.
    const total = excess.reduce((sum, value) => sum + value, 0);
    expect(total / prompts).toBeCloseTo(a.prompt - b.prompt, 10);
    let extreme = 0;
    for (let pattern = 0; pattern < 2 ** prompts; pattern++) {
      const sum = excess.reduce((sum, value, p) => sum + ((pattern >> p) & 1 ? -value : value), 0);
      if (Math.abs(sum) >= Math.abs(total) - 1e-12) extreme++;
    }
    const actual = noiseCorrectedSwap(moments, random());
    expect(actual).toMatchObject({ exact: true, assignments: 2 ** prompts });
    expect(actual?.p).toBeCloseTo(extreme / 2 ** prompts, 12);
  });
});

test("exchanging before and after, the order of prompts and counting wrong instead of right do not matter", () => {
  for (const { before, after } of cases) {
    const expected = noiseCorrectedSwap(pairedMoments(before, after), random())?.p;
    const order = Array.from({ length: before.prompts }, (_, p) => before.prompts - 1 - p);
    for (const [x, y] of [
      [after, before],
      [reorderedPrompts(before, order), reorderedPrompts(after, order)],
      [complement(before), complement(after)],
    ] as const) {
      expect(noiseCorrectedSwap(pairedMoments(x, y), random())?.p).toBeCloseTo(expected as number, 12);
    }
  }
});

test("sampled patterns agree with all of them", () => {
  // Seventeen prompts of which the last adds nothing: its mean is in the middle of both, and there is no noise.
  const uniform = randomStream("values");
  const side = (scale: number) => {
    const values = Array.from({ length: 16 }, () => scale * uniform());
    return [...values, values.reduce((sum, value) => sum + value, 0) / 16];
  };
  const moments = (means: number[]) => {
    const n = means.length;
    return { prompts: n, items: 2, means: Float64Array.from(means), covariance: new Float64Array(n * n) };
  };
  const [x, y] = [side(1), side(0.8)];
  const p = (drop: number) =>
    noiseCorrectedSwap(
      { before: moments(x.slice(0, drop)), after: moments(y.slice(0, drop)), cross: new Float64Array(drop * drop) },
      random(),
      20_000,
    );
  expect(p(16)?.exact).toBe(true);
  expect(p(17)).toMatchObject({ exact: false, assignments: 20_001 });
  expect(Math.abs((p(17)?.p ?? NaN) - (p(16)?.p ?? NaN))).toBeLessThan(0.015);
});

test("two prompts, or nothing that varies", () => {
  const moments = (means: number[]) => {
    const n = means.length;
    return { prompts: n, items: 2, means: Float64Array.from(means), covariance: new Float64Array(n * n) };
  };
  const pair = (means: number[]) => ({ before: moments(means), after: moments(means), cross: new Float64Array() });
  expect(noiseCorrectedSwap(pair([1, 2]), random())).toBeNull();
  expect(noiseCorrectedSwap(pair([1, 1, 1]), random())).toBeNull();
});
