import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { randomStream } from "../../../src/base/random.js";
import { levelTrend, sdTrend, componentAt, slopeWeights } from "../../../src/statistics/crossed/cell-trend.js";
import { blockDf, sideDf } from "../../../src/statistics/crossed/block-df.js";
import { crossedChange } from "../../../src/statistics/crossed/change.js";
import { clusteredGrid } from "../../../src/statistics/crossed/clusters.js";
import { crossedDesign, ownWordings } from "../../../src/statistics/crossed/design.js";
import { crossedLevel } from "../../../src/statistics/crossed/level.js";
import { type CrossedMoments, crossedMoments } from "../../../src/statistics/crossed/moments.js";
import { pooledRatio } from "../../../src/statistics/crossed/pooled-ratio.js";
import { bothQuestions, wobbleTrend } from "../../../src/statistics/crossed/training-wobble.js";
import { fastStream, normalDraws } from "../../../src/statistics/draws.js";
import { tInverse } from "../../../src/statistics/distributions.js";
import { gridMoments, pairedMoments } from "../../../src/statistics/moments.js";
import { varianceComponents } from "../../../src/statistics/variance-components.js";
import { scoreGrid } from "../../support/score-grid.js";
import { promptSd } from "../../support/prompt-sd.js";

function drawn(prompts: number, items: number, seed: string | number, effect = 0.8) {
  const random = randomStream("crossed test", seed);
  const ease = Array.from({ length: items }, () => random() * 2 - 1);
  return scoreGrid(
    Array.from({ length: prompts }, () => {
      const own = effect * (random() * 2 - 1);
      return ease.map((easy) => Number(random() < 1 / (1 + Math.exp(-(own + easy)))));
    }),
  );
}

/**
 * Returns the standard error of a mean over scores in clusters: SE^2 = s^2 / n + (1 / n^2) times the sum over clusters
 * of the products of two different residuals. Source: Miller 2024 (arXiv:2411.00640), section 2.2.
 */
function clusteredStderr(scores: Float64Array, clusters: readonly number[]): number {
  const n = scores.length;
  const centre = scores.reduce((sum, score) => sum + score, 0) / n;
  const residuals = Array.from(scores, (score) => score - centre);
  let [squares, products] = [0, 0];
  residuals.forEach((a, i) => {
    squares += a * a;
    residuals.forEach((b, j) => (products += i !== j && clusters[i] === clusters[j] ? a * b : 0));
  });
  return Math.sqrt(squares / (n - 1) / n + products / n ** 2);
}

describe("designs", () => {
  test("a balanced crossed design moves with its wordings at the lower end", () => {
    const design = crossedDesign([0, 0, 1, 1, 2, 2], ["a", "b", "a", "b", "a", "b"]);
    expect(design).toMatchObject({ wordings: 3, presentations: 2, df: 4, balanced: true, nested: false });
    expect(design.togetherDf).toBeCloseTo(2, 12);
  });

  test("an unbalanced design is known as such and has fewer degrees of freedom", () => {
    const full = crossedDesign([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 0, 1, 0, 1, 0, 1]);
    const cut = crossedDesign([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 0, 1, 0]);
    expect(cut.balanced).toBe(false);
    expect(cut.togetherDf).toBeLessThan(full.togetherDf);
    expect(cut.togetherDf).toBeGreaterThan(2);
  });
});

describe("prompts that are all wordings of their own", () => {
  const grid = drawn(13, 40, "own");
  const moments = gridMoments(grid);

  test("the level is that of the crossed analysis of variance", () => {
    const own = crossedLevel(moments, ownWordings(13));
    const known = varianceComponents(moments);
    if (own === null || known === null) throw new Error("no level");
    const squares = [known.msPrompt, known.msItem, known.msResidual] as const;
    const variance = (squares[0] + squares[1] - squares[2]) / (13 * 40);
    expect(own.itemStderr).toBeCloseTo(Math.sqrt(known.msItem / (13 * 40)), 12);
    expect(own.wordingStderr).toBeCloseTo(Math.sqrt(variance), 12);
    const spread = squares[0] ** 2 / 12 + squares[1] ** 2 / 39 + squares[2] ** 2 / (12 * 39);
    expect(own.wordingDf).toBeCloseTo((13 * 40 * variance) ** 2 / spread, 8);
  });

  test("component and raw variance are those of the analysis of variance", () => {
    const change = crossedChange(pairedMoments(grid, drawn(13, 40, "own")), ownWordings(13), () => randomStream(1), {
      shares: true,
      draws: 99,
    });
    const known = varianceComponents(moments);
    if (known === null) throw new Error("no components");
    expect(change?.moments.component[0]).toBeCloseTo(known.prompt, 12);
    expect(Math.sqrt(change?.moments.variance[0] ?? NaN)).toBeCloseTo(promptSd(known).raw, 12);
    // Noise that prompts share takes degrees of freedom from the test.
    expect(Math.abs((change?.sides[0].pNoEffect ?? NaN) - promptSd(known).pNoEffect)).toBeLessThan(0.1);
  });
});

test("a change says the same whichever way the two sides stand", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const [x, y] = [drawn(12, 20, seed, 0.5), drawn(12, 20, seed + 1, 2)];
      const design = crossedDesign(
        Array.from({ length: 12 }, (_, p) => p),
        Array.from({ length: 12 }, (_, p) => p % 2),
      );
      const of = (a: typeof x, b: typeof x) =>
        crossedChange(pairedMoments(a, b), design, (name) => randomStream(name), { shares: true, draws: 999 });
      const [forth, back] = [of(x, y), of(y, x)];
      if (forth === null || back === null) return;
      expect(forth.differenceDf).toBeCloseTo(back.differenceDf, 6);
      expect(forth.within.logit?.before).toBeCloseTo(back.within.logit?.after ?? NaN, 8);
      expect(forth.within.logit?.gate).toBeCloseTo(back.within.logit?.gate ?? NaN, 8);
      expect(Math.abs((forth.within.logit?.p ?? NaN) - (back.within.logit?.p ?? NaN))).toBeLessThan(0.12);
    }),
    { numRuns: 20 },
  );
});

test("fewer than six wordings have no p-value, and fewer than twelve no flips", () => {
  const of = (wordings: number) => {
    const each = Array.from({ length: wordings * 2 }, (_, p) => p);
    const design = crossedDesign(
      each.map((p) => Math.floor(p / 2)),
      each.map((p) => p % 2),
    );
    const paired = pairedMoments(drawn(2 * wordings, 30, 1), drawn(2 * wordings, 30, 2));
    return crossedChange(paired, design, (name) => randomStream(name), { shares: true, draws: 199 })?.within.logit;
  };
  expect(of(5)).toMatchObject({ headline: null, flips: null });
  expect(of(6)?.headline).not.toBeNull();
  expect(of(6)?.flips).toBeNull();
  expect(of(12)?.flips).not.toBeNull();
});

describe("clustered rows", () => {
  const grid = drawn(3, 24, "clusters");
  const clusters = Array.from({ length: 24 }, (_, i) => Math.floor(i / 3));

  test("means stay, and the error is the cluster-robust one but for its factor", () => {
    const pooled = clusteredGrid(grid, clusters);
    if (pooled === null) throw new Error("no grid");
    const [rows, groups] = [gridMoments(grid), gridMoments(pooled)];
    rows.means.forEach((value, p) => {
      expect(groups.means[p]).toBeCloseTo(value, 12);
      const scores = grid.values.subarray(p * 24, (p + 1) * 24);
      const stderr = Math.sqrt((groups.covariance[p * 3 + p] as number) / 8);
      // The known one adds the pairs within clusters to s^2 / n: the factors differ by what few clusters make.
      const known = clusteredStderr(scores, clusters);
      expect(Math.abs(stderr / known - 1)).toBeLessThan(0.1);
    });
  });

  test("rows that are alone stay as they are, and one cluster says nothing", () => {
    expect(
      clusteredGrid(
        grid,
        Array.from({ length: 24 }, (_, i) => i),
      ),
    ).toBe(grid);
    expect(clusteredGrid(grid, new Array<number>(24).fill(1))).toBeNull();
  });
});

describe("pooling over tasks", () => {
  test("the ratio is that of the sums, tasks without a component counted", () => {
    const pooled = pooledRatio([
      { before: 0.16, after: 0.04 },
      { before: 0.2, after: -0.01 },
      { before: 0.12, after: 0.03 },
      { before: 0.18, after: 0.06 },
    ]);
    expect(pooled?.ratio).toBeCloseTo(Math.sqrt(0.12 / 0.66), 12);
    expect(pooled?.p).toBeLessThan(0.05);
    expect(pooled?.interval.low).toBeLessThan(pooled?.ratio ?? NaN);
    expect(pooled?.interval.high).toBeGreaterThan(pooled?.ratio ?? NaN);
    expect(pooled?.interval.high).toBeLessThan(1);
  });

  test("the ends are where Student's t stands at its 97.5 % point", () => {
    const tasks = [0.1, 0.2, 0.15, 0.3, 0.12].map((before, k) => ({ before, after: 0.4 * before + 0.02 * (k % 3) }));
    const pooled = pooledRatio(tasks);
    for (const end of [pooled?.interval.low ?? NaN, pooled?.interval.high ?? NaN]) {
      const values = tasks.map(({ before, after }) => after - end ** 2 * before);
      const centre = values.reduce((sum, value) => sum + value, 0) / 5;
      const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 4 / 5);
      expect(Math.abs(centre) / spread).toBeCloseTo(2.7764451, 5);
    }
  });

  test("the interval holds every ratio that Student's t does not reject", () => {
    const component = fc.double({ min: -0.05, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.record({ before: component, after: component }), { minLength: 3, maxLength: 6 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (tasks, ratio) => {
          const values = tasks.map(({ before, after }) => after - ratio ** 2 * before);
          const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
          const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
          const stderr = Math.sqrt(squares / (values.length - 1) / values.length);
          if (Math.abs(centre) > 0.999 * tInverse(0.975, values.length - 1) * stderr) return;
          const interval = pooledRatio(tasks)?.interval;
          expect(interval?.low).toBeLessThanOrEqual(ratio + 1e-6);
          expect(interval?.high).toBeGreaterThanOrEqual(ratio - 1e-6);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("nothing before leaves the ratio without an upper end, and two tasks are no pool", () => {
    const none = [0.01, -0.02, 0.015, -0.01].map((before, k) => ({ before, after: 0.1 + 0.01 * k }));
    expect(pooledRatio(none)).toMatchObject({ ratio: null, interval: { high: Infinity } });
    expect(pooledRatio(none.slice(0, 2))).toBeNull();
  });
});

describe("trends", () => {
  test("the wobble of training is averaged over correlations", () => {
    const x = Array.from({ length: 8 }, (_, i) => -1 + (2 * i) / 7);
    const found = wobbleTrend(x, [0.31, 0.35, 0.33, 0.4, 0.44, 0.42, 0.47, 0.52]);
    expect(found?.averaged).toBeCloseTo(0.007347, 6);
    expect(found?.slope).toBeGreaterThan(0.09);
  });

  test("few checkpoints whose neighbours are as alike as .8 do not make trends more often than they should", () => {
    const normal = normalDraws(fastStream(randomStream("wobble of few")));
    const share = (n: number) => {
      const x = Array.from({ length: n }, (_, t) => t);
      const rejected = Array.from({ length: 1500 }, () => {
        const y = [normal()];
        for (let t = 1; t < n; t++) y.push(0.8 * (y[t - 1] as number) + 0.6 * normal());
        const { p, averaged } = wobbleTrend(x, y) ?? { p: 1, averaged: 1 };
        return [p <= 0.05, averaged <= 0.05] as const;
      });
      return [0, 1].map((k) => rejected.filter((one) => one[k]).length / 1500);
    };
    for (const n of [6, 8, 12]) {
      const [guarded, averaged] = share(n);
      expect(guarded).toBeLessThan(0.068);
      expect(averaged).toBeGreaterThan(0.068);
    }
  });

  test("a line through all points is a trend, and a constant is none", () => {
    expect(wobbleTrend([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])?.p).toBeLessThan(1e-6);
    expect(wobbleTrend([1, 2, 3, 4, 5], [2, 2, 2, 2, 2])).toBeNull();
  });

  test("both questions must speak for a trend; from 20 checkpoints on they are summed", () => {
    expect(bothQuestions(0.01, 0.04, 8)).toBe(0.04);
    expect(bothQuestions(0.01, 0.04, 20)).toBeGreaterThan(0.04);
    expect(bothQuestions(0.01, 1, 20)).toBe(1);
  });

  test("the slope of the mean is that of the checkpoints' means", () => {
    const grids = [0, 1, 2, 3, 4].map((t) => drawn(6, 30, `slope ${t}`));
    const x = [1, 2, 4, 8, 16];
    const means = grids.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length);
    const weights = slopeWeights(x);
    const expected = means.reduce((sum, value, t) => sum + value * (weights[t] as number), 0);
    const trend = levelTrend(grids, x, ownWordings(6));
    expect(trend?.mean).toBeCloseTo(expected, 12);
    expect(trend?.wordingStderr).toBeGreaterThan(0);
  });

  test("components of a series keep their sign, and few wordings have no p-value", () => {
    const points = [0, 1, 2, 3].map((t) => componentAt(gridMoments(drawn(5, 30, `sd ${t}`, 0)), ownWordings(5)));
    const known = points.filter((one) => one !== null);
    const trend = sdTrend(known, [1, 2, 3, 4], ownWordings(5), { shares: true, random: randomStream(1) });
    expect(trend.p).toBeNull();
    trend.components.forEach((value, t) => {
      expect(Math.sign(value)).toBe(Math.sign(known[t]?.component ?? NaN));
    });
  });
});

test("the SD of few wordings in several presentations has fewer degrees of freedom than prompts of their own", () => {
  const grid = gridMoments(drawn(24, 60, "side df"));
  const moments = (wordings: number) =>
    crossedMoments(
      { before: grid, after: grid, cross: grid.covariance },
      crossedDesign(
        Array.from({ length: 24 }, (_, p) => Math.floor((p * wordings) / 24)),
        Array.from({ length: 24 }, (_, p) => p % (24 / wordings)),
      ),
    ) as CrossedMoments;
  for (const wordings of [24, 12]) expect(sideDf(moments(wordings))).toBe(blockDf(moments(wordings)));
  const six = moments(6);
  expect(blockDf(six)).toBeGreaterThan(6);
  expect(sideDf(six)).toBeCloseTo((blockDf(six) + 5) / 2, 10);
});
