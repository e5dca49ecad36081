import { describe, expect, test } from "vitest";
import { detectableChange, detectableDifference, itemsNeeded, powerOfChange } from "../../src/statistics/power.js";

const design = { prompts: 20, items: 300, promptSd: 0.6, residualBefore: 6, residualAfter: 6, correlation: 0.5 };

describe("power of a change in SD", () => {
  // Simulated by numpy and scipy for reference, 300 runs a row: .297, .580, .803, .923; a formula may miss by noise alone.
  test.each([
    [10, 100, 0.297],
    [20, 100, 0.58],
    [20, 300, 0.803],
    [50, 100, 0.923],
  ])("%d prompts, %d items: near the simulated %d", (prompts, items, simulated) => {
    expect(Math.abs(powerOfChange({ ...design, prompts, items }, 0.3) - simulated)).toBeLessThan(0.06);
  });

  test("no change has the size of the test", () => {
    expect(powerOfChange(design, 0.6)).toBeCloseTo(0.05, 2);
  });

  test("more prompts, more items and larger changes are easier to see", () => {
    const base = powerOfChange(design, 0.3);
    expect(powerOfChange({ ...design, prompts: 30 }, 0.3)).toBeGreaterThan(base);
    expect(powerOfChange({ ...design, items: 1000 }, 0.3)).toBeGreaterThan(base);
    expect(powerOfChange(design, 0.2)).toBeGreaterThan(base);
  });

  test("below five prompts nothing is claimed", () => {
    expect(powerOfChange({ ...design, prompts: 4 }, 0.3)).toBeNaN();
    expect(detectableChange({ ...design, prompts: 4 })).toEqual({ fall: null, rise: null });
  });
});

describe("smallest detectable change", () => {
  test("has the power that was asked for", () => {
    const { fall, rise } = detectableChange(design);
    expect(powerOfChange(design, fall as number)).toBeCloseTo(0.8, 6);
    expect(powerOfChange(design, rise as number)).toBeCloseTo(0.8, 6);
    expect(fall).toBeLessThan(0.6);
    expect(rise).toBeGreaterThan(0.6);
  });

  test("where noise is larger than the effect no fall can be seen", () => {
    const { fall, rise } = detectableChange({ ...design, items: 10 });
    expect(fall).toBeNull();
    expect(rise).toBeGreaterThan(0.6);
  });

  test("from no effect at all only a rise can be seen", () => {
    const { fall, rise } = detectableChange({ ...design, promptSd: 0 });
    expect(fall).toBeNull();
    expect(powerOfChange({ ...design, promptSd: 0 }, rise as number)).toBeCloseTo(0.8, 6);
  });
});

test("items needed, the published example", () => {
  expect(itemsNeeded(1 / 9, 0.03)).toBe(969);
});

test("a detectable difference of means grows with the error", () => {
  expect(detectableDifference(0.01, Infinity)).toBeCloseTo((1.959964 + 0.841621) * 0.01, 7);
  expect(detectableDifference(0.01, 2)).toBeGreaterThan(0.05);
});
