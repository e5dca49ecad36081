import { expect, test } from "vitest";
import { randomStream } from "../../../src/base/random.js";
import { sensitivityOf } from "../../../src/analysis/parts/sensitivity-of.js";
import { crossedDesign } from "../../../src/statistics/crossed/design.js";
import type { Presentations } from "../../../src/statistics/crossed/presentations.js";
import { totalInterval } from "../../../src/statistics/crossed/total-interval.js";
import { tInverse } from "../../../src/statistics/distributions.js";
import { eigenOf } from "../../../src/statistics/matrix.js";
import { gridMoments } from "../../../src/statistics/moments.js";
import { scoreGrid } from "../../support/score-grid.js";

/** Returns presentations of one side from contrasts and their covariance. */
function presentations(contrasts: readonly number[], covariance: readonly number[], df: number): Presentations {
  const m = contrasts.length;
  const square = contrasts.reduce((sum, one) => sum + one ** 2, 0) / (m + 1);
  const chance = contrasts.reduce((sum, _, k) => sum + (covariance[k * m + k] as number), 0) / (m + 1);
  const [own, blocks] = [Float64Array.from(contrasts), Float64Array.from(covariance)];
  return {
    contrasts: [own, own],
    covariance: [
      [blocks, blocks],
      [blocks, blocks],
    ],
    itemCovariance: [
      [blocks, blocks],
      [blocks, blocks],
    ],
    df,
    variance: [square, square],
    chance: [chance, chance],
    beside: [Math.max(0, square - chance), Math.max(0, square - chance)],
    pNoEffect: [0, 0],
  };
}

test("eigenvectors of a symmetric matrix are orthonormal and give it back", () => {
  const matrix = Float64Array.from([4, 1, -2, 1, 2, 0.5, -2, 0.5, 3]);
  const { values, vectors } = eigenOf(matrix, 3);
  for (let r = 0; r < 3; r++) {
    for (let s = 0; s < 3; s++) {
      let [product, own] = [0, 0];
      for (let k = 0; k < 3; k++) {
        product += (values[k] as number) * (vectors[r * 3 + k] as number) * (vectors[s * 3 + k] as number);
        own += (vectors[k * 3 + r] as number) * (vectors[k * 3 + s] as number);
      }
      expect(product).toBeCloseTo(matrix[r * 3 + s] as number, 12);
      expect(own).toBeCloseTo(Number(r === s), 12);
    }
  }
});

test("the limits of a sum lie from its estimate by the root of the sum of the squared distances of its parts", () => {
  // Wordings .04 [.01, .16]; a contrast of .3 [.1, .5], whose quarter square is .0225 [.0025, .0625] less chance .0025.
  const own = presentations([0.3 / Math.SQRT2], [0.005], 22);
  const { low, high } = totalInterval(0.04, own, { low: 0.1, high: 0.4 }, { low: 0.1, high: 0.5 });
  expect(own.beside[0]).toBeCloseTo(0.02, 12);
  expect(low).toBeCloseTo(Math.sqrt(0.06 - Math.hypot(0.03, 0.0175)), 12);
  expect(high).toBeCloseTo(Math.sqrt(0.06 + Math.hypot(0.12, 0.0425)), 12);
});

test("one contrast of two presentations has the limits that Student's interval of it gives", () => {
  const own = presentations([0.2], [0.004], 10);
  const half = tInverse(0.975, 10) * Math.sqrt(2 * 0.004);
  const centre = Math.SQRT2 * 0.2;
  const within = { low: 0.05, high: 0.2 };
  const given = totalInterval(0.01, own, within, { low: centre - half, high: centre + half });
  const computed = totalInterval(0.01, own, within, null);
  expect(computed.low).toBeCloseTo(given.low, 12);
  expect(computed.high).toBeCloseTo(given.high, 12);
});

test("contrasts that go together are turned: the interval does not depend on how they are written", () => {
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const turned = (x: number, y: number) => [c * x - s * y, s * x + c * y];
  const [a, b] = [0.02, 0.005];
  const covariance = [c * c * a + s * s * b, c * s * (a - b), c * s * (a - b), s * s * a + c * c * b];
  const plain = totalInterval(0.02, presentations([0.3, 0.1], [a, 0, 0, b], 8), { low: 0.1, high: 0.3 }, null);
  const other = totalInterval(0.02, presentations(turned(0.3, 0.1), covariance, 8), { low: 0.1, high: 0.3 }, null);
  expect(other.low).toBeCloseTo(plain.low, 12);
  expect(other.high).toBeCloseTo(plain.high, 12);
});

/** Gives 24 wordings in two presentations on 40 rows, right where the formula of prompt and row says so. */
function record(right: (p: number, i: number) => boolean) {
  const grid = scoreGrid(
    Array.from({ length: 24 }, (_, p) => Array.from({ length: 40 }, (__, i) => Number(right(p, i)))),
  );
  const design = crossedDesign(
    Array.from({ length: 24 }, (_, p) => p),
    Array.from({ length: 24 }, (_, p) => p % 2),
  );
  const bounds = { shares: true, width: 1, unseen: null };
  const { presentations: found } = sensitivityOf(gridMoments(grid), design, "crossed", bounds);
  if (found === null) throw new Error("no presentations");
  return found;
}

test("where neither wordings nor presentations are seen the SD over both may be 0", () => {
  const random = randomStream("no effect of prompts");
  const found = Array.from({ length: 100 }, () => record(() => random() < 0.5));
  // Both estimates are often above 0, neither clearly.
  const wrong = found.filter(({ total_interval: interval }) => interval.low !== 0);
  expect(wrong.length).toBeLessThanOrEqual(8);
  for (const { total_interval: interval, total_sd: sd } of found) expect(interval.high).toBeGreaterThan(sd);
});

test("where presentations are seen it is not 0, and no larger than 24 prompts can have", () => {
  const found = record((p, i) => (p % 2 === 0 ? i % 20 === 0 : i % 20 !== 0));
  expect(found.total_interval.low).toBeGreaterThan(0.2);
  expect(found.total_interval.high).toBeLessThanOrEqual(Math.sqrt(144 / (24 * 23)));
  expect(found.total_sd).toBeLessThanOrEqual(found.total_interval.high as number);
  expect(found.total_interval_logit?.low).toBeGreaterThan(0);
});
