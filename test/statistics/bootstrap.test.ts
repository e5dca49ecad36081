import { describe, expect, test } from "vitest";
import {
  type BootstrapOptions, bootstrapScale, cholesky, type CrossedBootstrap, crossedBootstrap, gridRows, itemBootstrap,
  resampledMeans, stackedCovariance,
} from "../../src/statistics/bootstrap.js"; // prettier-ignore
import { promptMeans, type ScoreGrid, scoreGrid } from "../../src/statistics/grid.js";
import { gridMoments, pairedMoments, type Scale } from "../../src/statistics/moments.js";
import { mean } from "../../src/statistics/uncertainty.js";
import { randomStream } from "../../src/base/random.js";
import { goldenGrids } from "./grids.js";

const random = () => randomStream("bootstrap");
const wide = goldenGrids.find(({ title }) => title === "binary, 6 x 70");
if (!wide) throw new Error("no golden grid of 6 x 70");
const { before, after } = wide;
const moments = pairedMoments(before, after);

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
])("resampled means, %s", (_, exactItems) => {
  test("have the mean of the data and the covariance C (I - 1) / I^2", () => {
    const rows = [...gridRows(before), ...gridRows(after)];
    const stacked = stackedCovariance(moments);
    const draws = resampledMeans(rows, () => stacked, { random: random(), draws: 20_000, exactItems });
    const { centre, covariance } = momentsOf(draws, 12);
    const means = [...promptMeans(before), ...promptMeans(after)];
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

test("the interval of the mean is that of the normal distribution with the item-clustered error", () => {
  const { covariance } = gridMoments(before);
  const [interval] = itemBootstrap(before, covariance, (means) => [mean(means)], { random: random(), draws: 20_000 });
  const stderr = Math.sqrt(covariance.reduce((a, b) => a + b, 0) / 36 / 70);
  const centre = mean(promptMeans(before));
  expect(interval?.low).toBeCloseTo(centre - 1.96 * stderr, 2);
  expect(interval?.high).toBeCloseTo(centre + 1.96 * stderr, 2);
});

/** Of the scores as they are. */
function onScores(x: ScoreGrid, y: ScoreGrid, options: BootstrapOptions): CrossedBootstrap {
  const paired = pairedMoments(x, y);
  const [intervals] = crossedBootstrap(x, y, paired, [bootstrapScale("probability", paired)], options);
  return intervals as CrossedBootstrap;
}

test("scales share their draws and are what each is alone", () => {
  const draw = (scales: Scale[]) =>
    crossedBootstrap(
      before,
      after,
      moments,
      scales.map((scale) => bootstrapScale(scale, moments)),
      {
        random: random(),
        draws: 200,
      },
    );
  expect(draw(["probability", "logit"])).toEqual([...draw(["probability"]), ...draw(["logit"])]);
});

test("the same stream gives the same intervals", () => {
  const run = () => onScores(before, after, { random: random(), draws: 200 });
  expect(run()).toEqual(run());
});

test("a checkpoint beside itself has not changed", () => {
  const same = onScores(before, before, { random: random(), draws: 300 });
  for (const { low, high } of Object.values(same) as { low: number; high: number }[]) {
    expect(low).toBeCloseTo(0, 9);
    expect(high).toBeCloseTo(0, 9);
  }
});

test("exchanging before and after turns the intervals around", () => {
  const there = onScores(before, after, { random: random(), draws: 4000 });
  const back = onScores(after, before, { random: random(), draws: 4000 });
  expect(back.logSdRatio.low).toBeCloseTo(-there.logSdRatio.high, 6);
  expect(back.varianceChange.high).toBeCloseTo(-there.varianceChange.low, 6);
  expect(back.meanChange.low).toBeCloseTo(-there.meanChange.high, 6);
});

test("the variance of resampled prompts and items, over all 27 x 27 of them", () => {
  // Three prompts, three items: every resample written out, MS_R following the prompts alone.
  const tiny = scoreGrid([
    [1, 0, 1],
    [0, 0, 1],
    [1, 1, 1],
  ]);
  const flat = scoreGrid([
    [0, 1, 1],
    [0, 1, 1],
    [1, 1, 0],
  ]);
  const triples = Array.from({ length: 27 }, (_, k) => [Math.floor(k / 9), Math.floor(k / 3) % 3, k % 3]);
  const changes = triples.flatMap((items) =>
    triples.map((prompts) => {
      const value = (grid: typeof tiny) =>
        mean(prompts.map((p) => mean(items.map((i) => grid.values[p * 3 + i] as number))));
      return value(flat) - value(tiny);
    }),
  );
  changes.sort((a, b) => a - b);
  const { meanChange } = onScores(tiny, flat, { random: random(), draws: 20_000 });
  // Steps of 1 / 9: the quantiles are exact unless a step lies at the very percentile.
  expect(meanChange.low).toBeCloseTo(changes[Math.round(0.025 * 728)] as number, 6);
  expect(meanChange.high).toBeCloseTo(changes[Math.round(0.975 * 728)] as number, 6);
});

test("the factor of a singular covariance", () => {
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
