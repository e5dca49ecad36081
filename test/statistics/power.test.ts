import { expect, test } from "vitest";
import { detectableDifference } from "../../src/statistics/power.js";

test("a detectable difference of means grows with the error", () => {
  expect(detectableDifference(0.01, Infinity)).toBeCloseTo((1.959964 + 0.841621) * 0.01, 7);
  expect(detectableDifference(0.01, 2)).toBeGreaterThan(0.05);
});
