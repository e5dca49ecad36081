import { describe, expect, test } from "vitest";
import { cholesky, resampledMeans } from "../../src/statistics/bootstrap.js";
import { promptMeans } from "../../src/statistics/grid.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { mean } from "../../src/statistics/uncertainty.js";
import { randomStream } from "../../src/base/random.js";
import { goldenGrids } from "./grids.js";

const random = () => randomStream("bootstrap");
const wide = goldenGrids.find(({ title }) => title === "binary, 6 x 70");
if (!wide) throw new Error("no golden grid of 6 x 70");
const { before } = wide;
const moments = gridMoments(before);

/** Mean and covariance of the rows that a generator yields. */
function momentsOf(draws: Iterable<Float64Array>, n: number): { centre: Float64Array; covariance: Float64Array } {
  const rows = Array.from(draws, (row) => Float64Array.from(row));
  const centre = Float64Array.from({ length: n }, (_, c) => mean(rows.map((row) => row[c] as number)));
  const covariance = Float64Array.from({ length: n * n }, (_, at) => {
    const [a, b] = [Math.floor(at / n), at % n];
    return mean(
      rows.map((row) => ((row[a] as number) - (centre[a] as number)) * ((row[b] as number) - (centre[b] as number))),
    );
  });
  return { centre, covariance };
}

describe.each([
  ["items one by one", Infinity],
  ["normal draws", 0],
])("resampled means spread as they should: %s", (_, exactItems) => {
  test("have the mean of the data and the covariance C (I - 1) / I^2", () => {
    const { items, values } = before;
    const rows = Array.from({ length: 6 }, (_, p) => values.subarray(p * items, (p + 1) * items));
    const stacked = moments.covariance;
    const draws = resampledMeans(rows, () => stacked, { random: random(), draws: 20_000, exactItems });
    const { centre, covariance } = momentsOf(draws, 6);
    const means = promptMeans(before);
    centre.forEach((value, r) => {
      expect(Math.abs(value - (means[r] as number))).toBeLessThan(0.002);
    });
    // Standard error of a covariance of n draws: about sqrt(2 / n) of the variance.
    covariance.forEach((value, at) => {
      const expected = ((stacked[at] as number) * 69) / 70 ** 2;
      expect(Math.abs(value - expected)).toBeLessThan(5 * 0.01 * 0.0036);
    });
  });
});

test("a singular covariance has a factor", () => {
  // The third direction is the sum of the first two.
  const matrix = [2, 1, 3, 1, 2, 3, 3, 3, 6];
  const factor = cholesky(matrix, 3);
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += (factor[r * 3 + k] as number) * (factor[c * 3 + k] as number);
      expect(sum).toBeCloseTo(matrix[r * 3 + c] as number, 9);
    }
  }
});
