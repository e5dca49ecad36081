/** Values of scipy.stats.levene with center="median"; the first are those of its documentation. */

import { expect, test } from "vitest";
import { brownForsythe } from "../../src/statistics/brown-forsythe.js";

test("three groups", () => {
  const result = brownForsythe([
    [8.88, 9.12, 9.04, 8.98, 9.0, 9.08, 9.01, 8.85, 9.06, 8.99],
    [8.88, 8.95, 9.29, 9.44, 9.15, 9.58, 8.36, 9.18, 8.67, 9.05],
    [8.95, 9.12, 8.95, 8.85, 9.03, 8.84, 9.07, 8.98, 8.86, 8.98],
  ]);
  expect(result?.w).toBeCloseTo(7.584952754501659, 10);
  expect(result?.p).toBeCloseTo(0.0024315059672, 12);
  expect(result?.df).toEqual([2, 27]);
});

test("two groups of prompt means", () => {
  const result = brownForsythe([
    [0.62, 0.55, 0.71, 0.48, 0.66, 0.59, 0.52, 0.69, 0.44, 0.63],
    [0.7, 0.68, 0.73, 0.66, 0.71, 0.69, 0.67, 0.74, 0.63, 0.7],
  ]);
  expect(result?.w).toBeCloseTo(8.049689, 6);
  expect(result?.p).toBeCloseTo(0.010929, 6);
});

test("nothing to compare", () => {
  expect(brownForsythe([[1, 2, 3]])).toBeNull();
  expect(brownForsythe([[1], [2]])).toBeNull();
  expect(brownForsythe([[1, 1], [2, 2]])).toBeNull(); // prettier-ignore
});
