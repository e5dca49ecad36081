/** Jackknife values of rows: their mean is the statistic, and their spread its error. */

import { expect, test } from "vitest";
import { macroF1, mcc } from "../../src/metrics/class-counts.js";
import type { SetMetric } from "../../src/metrics/metric.js";
import { randomStream } from "../../src/base/random.js";
import { centredPseudoValues } from "../../src/statistics/jackknife.js";
import { ownWordings } from "../../src/statistics/crossed/design.js";
import { crossedLevel } from "../../src/statistics/crossed/level.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { estimateMean, mean } from "../../src/statistics/uncertainty.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";

test("Of a mean the values are the rows themselves", () => {
  const rows = [3, 1, 4, 1, 5];
  const without = Float64Array.from(rows, (_, i) => mean(rows.filter((__, other) => other !== i)));
  centredPseudoValues(mean(rows), without).forEach((value, i) => {
    expect(value).toBeCloseTo(rows[i] as number, 12);
  });
});

test("Their mean is the statistic, and their standard error the jackknife's", () => {
  const without = Float64Array.of(0.2, 0.5, 0.35, 0.4);
  const { mean: value, stderr } = estimateMean(centredPseudoValues(0.3, without));
  expect(value).toBeCloseTo(0.3, 12);
  // sqrt((n - 1) / n x sum of squares around the mean), Efron & Tibshirani 1993, equation 11.5.
  const centre = mean(without);
  const squares = without.reduce((sum, one) => sum + (one - centre) ** 2, 0);
  expect(stderr).toBeCloseTo(Math.sqrt((3 / 4) * squares), 12);
});

/** Right labels and answers under prompts whose bias differs, from a model of skill and shared difficulty of rows. */
function drawn(
  random: () => number,
  prompts: number,
  items: number,
  biasSd: number,
): { gold: number; choice: number }[][] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rows = Array.from({ length: items }, () => ({ gold: random() < 0.4 ? 1 : 0, ease: normal() }));
  return Array.from({ length: prompts }, (_, p) => {
    const bias = biasSd * (prompts === 1 ? 0 : (2 * p) / (prompts - 1) - 1);
    return rows.map(({ gold, ease }) => {
      const logit = (gold === 1 ? 1 : -1) + 0.7 * ease + bias + 0.7 * normal();
      return { gold, choice: random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0 };
    });
  });
}

const LABELS = ["no", "yes"];
const valuesOf = (metric: SetMetric, rows: { gold: number; choice: number }[]) => {
  const { all, without } = metric.set(rows, LABELS);
  return centredPseudoValues(all, without);
};

test.each([mcc, macroF1])("The error of $name covers its true value nearly as often as it says", (metric) => {
  const random = randomStream("jackknife", metric.name);
  const [truth] = drawn(random, 1, 100_000, 0);
  const expected = metric.set(truth as { gold: number; choice: number }[], LABELS).all;
  let covered = 0;
  const runs = 600;
  for (let run = 0; run < runs; run++) {
    const [rows] = drawn(random, 1, 100, 0);
    const { mean: value, stderr } = estimateMean(valuesOf(metric, rows as { gold: number; choice: number }[]));
    if (Math.abs(value - expected) <= 1.984 * (stderr ?? NaN)) covered++;
  }
  // Three standard errors of 0.95 over 600 runs are 0.027.
  expect(covered / runs).toBeGreaterThan(0.92);
  expect(covered / runs).toBeLessThan(0.98);
});

test("Prompts that do not differ have no variance between them beyond that of the rows, and others have theirs", () => {
  const random = randomStream("jackknife", "crossed");
  const [prompts, items, runs] = [8, 120, 150];
  const metric = macroF1;
  const grids = (biasSd: number) =>
    Array.from({ length: runs }, () => {
      const values = drawn(random, prompts, items, biasSd).map((rows) => valuesOf(metric, rows));
      return gridMoments({ prompts, items, values: Float64Array.from(values.flatMap((own) => [...own])) });
    });
  const component = (own: ReturnType<typeof grids>) => mean(own.map((one) => varianceComponents(one)?.prompt ?? NaN));
  const none = grids(0);
  const raw = mean(
    none.map(({ means }) => means.reduce((sum, one) => sum + (one - mean(means)) ** 2, 0) / (prompts - 1)),
  );
  expect(raw).toBeGreaterThan(0.001);
  expect(Math.abs(component(none))).toBeLessThan(raw / 5);
  // The mean over prompts errs over rows as its cluster error says.
  const means = none.map(({ means: own }) => mean(own));
  const seen = Math.sqrt(means.reduce((sum, one) => sum + (one - mean(means)) ** 2, 0) / (runs - 1));
  const said = mean(none.map((one) => crossedLevel(one, ownWordings(prompts))?.itemStderr ?? NaN));
  expect(said / seen).toBeGreaterThan(0.85);
  expect(said / seen).toBeLessThan(1.2);
  const truths = drawn(random, prompts, 40_000, 2).map((rows) => metric.set(rows, LABELS).all);
  const true2 = truths.reduce((sum, one) => sum + (one - mean(truths)) ** 2, 0) / (prompts - 1);
  expect(component(grids(2)) / true2).toBeGreaterThan(0.8);
  expect(component(grids(2)) / true2).toBeLessThan(1.25);
});
