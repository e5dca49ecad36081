import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../../../src/base/random.js";
import { crossedDesign, ownWordings } from "../../../src/statistics/crossed/design.js";
import { promptOrder } from "../../../src/statistics/crossed/order.js";
import { promptQuantiles } from "../../../src/statistics/crossed/quantiles.js";
import { normalBelow } from "../../../src/statistics/distributions.js";
import { fastStream, normalDraws } from "../../../src/statistics/draws.js";
import { gridMoments, pairedMoments } from "../../../src/statistics/moments.js";
import { scoreGrid } from "../../support/score-grid.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * Returns two checkpoints asked 24 wordings in two presentations on 60 rows; the second is better by `gap` ± `sd`
 * logits a wording.
 */
function study(seed: number, gap: number, sd: number) {
  const uniform = fastStream(randomStream("order", seed));
  const normal = normalDraws(uniform);
  const rows = Array.from({ length: 60 }, () => 1.2 * normal());
  const ask = (level: number) => rows.map((row) => Number(uniform() < sigmoid(level + row + 0.7 * normal())));
  const [first, second]: [number[][], number[][]] = [[], []];
  for (let p = 0; p < 24; p++) {
    const wording = 0.3 * normal();
    first.push(ask(wording));
    second.push(ask(wording + gap + sd * normal()));
  }
  const design = crossedDesign(
    first.map((_, p) => p),
    first.map((_, p) => p % 2),
  );
  return { first: scoreGrid(first), second: scoreGrid(second), design };
}

const orderOf = ({ first, second, design }: ReturnType<typeof study>) => {
  const order = promptOrder(pairedMoments(first, second), design, randomStream("draws"), 499);
  if (order === null) throw new Error("no order");
  return order;
};

test("a checkpoint that is far better under every prompt keeps its place", () => {
  const order = orderOf(study(1, 2, 0.1));
  expect([order.higher, order.lower, order.equal]).toEqual([24, 0, 0]);
  expect(order.share).toBeGreaterThan(0.999);
  expect(order.reversal).toBeLessThan(0.002);
  expect(order.reversalInterval.high).toBeLessThan(0.1);
  // Prompts that all agree do not exclude that every prompt does.
  expect(order.shareInterval.high).toBe(1);
  expect(order.reversalInterval.low).toBe(0);
  expect(orderOf(study(1, -2, 0.1)).shareInterval.low).toBe(0);
});

test("the order of two checkpoints that differ by the wording alone is open", () => {
  const order = orderOf(study(2, 0, 1));
  expect(order.shareInterval.low).toBeLessThan(0.5);
  expect(order.shareInterval.high).toBeGreaterThan(0.5);
  expect(order.reversal).toBeGreaterThan(0.3);
  expect(order.reversalInterval.high).toBe(0.5);
});

test("property: swapped, the checkpoints have the other share and the same reversal", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: -1, max: 1, noNaN: true }), (seed, gap) => {
      const { first, second, design } = study(seed, gap, 0.5);
      const [there, back] = [orderOf({ first, second, design }), orderOf({ first: second, second: first, design })];
      expect(back.share).toBeCloseTo(1 - there.share, 10);
      expect(back.reversal).toBeCloseTo(there.reversal, 10);
      expect([back.higher, back.lower, back.equal]).toEqual([there.lower, there.higher, there.equal]);
    }),
    { numRuns: 20 },
  );
});

test("intervals of share and reversal hold the truth in about 95 of 100 studies", () => {
  const truth = normalBelow(0.2 / 0.4);
  let [shares, reversals] = [0, 0];
  const studies = 60;
  for (let seed = 0; seed < studies; seed++) {
    const { shareInterval, reversalInterval } = orderOf(study(100 + seed, 0.2, 0.4));
    const reversal = 2 * truth * (1 - truth);
    shares += Number(shareInterval.low <= truth && truth <= shareInterval.high);
    reversals += Number(reversalInterval.low <= reversal && reversal <= reversalInterval.high);
  }
  expect(shares).toBeGreaterThanOrEqual(0.87 * studies);
  expect(reversals).toBeGreaterThanOrEqual(0.87 * studies);
});

test("one row, or one prompt a presentation, says nothing of orders and quantiles", () => {
  const one = gridMoments(scoreGrid([[1], [0]]));
  expect(promptQuantiles(one, ownWordings(2), [0.5], randomStream("q"), { shares: true })).toBeNull();
  const alone = scoreGrid([[1, 0, 1]]);
  expect(promptOrder(pairedMoments(alone, alone), ownWordings(1), randomStream("q"))).toBeNull();
});

test("quantiles of wordings rise, lie between 0 and 1 and widen for new wordings", () => {
  const { second, design } = study(7, 1, 1);
  const quantiles = promptQuantiles(gridMoments(second), design, [0.05, 0.5, 0.95], randomStream("q"), {
    shares: true,
  });
  const [low, middle, high] = quantiles ?? [];
  if (low === undefined || middle === undefined || high === undefined) throw new Error("no quantiles");
  expect(low.value).toBeLessThan(middle.value);
  expect(middle.value).toBeLessThan(high.value);
  for (const { value, interval } of [low, middle, high]) {
    expect(interval.low).toBeGreaterThanOrEqual(0);
    expect(interval.high).toBeLessThanOrEqual(1);
    expect(interval.low).toBeLessThanOrEqual(value);
    expect(value).toBeLessThanOrEqual(interval.high);
  }
});

test("intervals of quantiles hold the truth in about 95 of 100 studies", () => {
  // Scores that are normal over wordings, with rows that add noise: quantiles are known without integration.
  const studies = 60;
  let [held, middle] = [0, 0];
  for (let seed = 0; seed < studies; seed++) {
    const normal = normalDraws(fastStream(randomStream("quantiles", seed)));
    const grid = scoreGrid(
      Array.from({ length: 24 }, () => {
        const wording = 2 + 0.5 * normal();
        return Array.from({ length: 40 }, () => wording + normal());
      }),
    );
    const found = promptQuantiles(gridMoments(grid), ownWordings(24), [0.05, 0.5], randomStream(seed), {
      shares: false,
      draws: 499,
    });
    const holds = (at: number, truth: number) => {
      const interval = found?.[at]?.interval;
      return Number(interval !== undefined && interval.low <= truth && truth <= interval.high);
    };
    held += holds(0, 2 - 1.6448536269514722 * 0.5);
    middle += holds(1, 2);
  }
  expect(held).toBeGreaterThanOrEqual(0.87 * studies);
  expect(middle).toBeGreaterThanOrEqual(0.87 * studies);
});

test("wordings that stand in every presentation move their means together: the interval of the share is wider", () => {
  // 12 wordings in four presentations, where the second checkpoint is better by 0.2 +- 0.4 a wording.
  const design = crossedDesign(
    Array.from({ length: 48 }, (_, p) => p >> 2),
    Array.from({ length: 48 }, (_, p) => p % 4),
  );
  const truth = normalBelow(0.2 / 0.4);
  const studies = 80;
  let [held, middle] = [0, 0];
  for (let seed = 0; seed < studies; seed++) {
    const normal = normalDraws(fastStream(randomStream("together", seed)));
    const changes = Array.from({ length: 12 }, () => 0.2 + 0.4 * normal());
    const ask = (level: number) => Array.from({ length: 40 }, () => level + 0.5 * normal());
    const first = Array.from({ length: 48 }, () => ask(0));
    const second = Array.from({ length: 48 }, (_, p) => ask(changes[p >> 2] as number));
    const { shareInterval } = orderOf({ first: scoreGrid(first), second: scoreGrid(second), design });
    held += Number(shareInterval.low <= truth && truth <= shareInterval.high);
    const [median] =
      promptQuantiles(gridMoments(scoreGrid(second)), design, [0.5], randomStream(seed), {
        shares: false,
        draws: 499,
      }) ?? [];
    if (median !== undefined) middle += Number(median.interval.low <= 0.2 && 0.2 <= median.interval.high);
  }
  expect(held).toBeGreaterThanOrEqual(0.9 * studies);
  expect(middle).toBeGreaterThanOrEqual(0.9 * studies);
});
