/** Calibrated answers on cases worked by hand. */

import { expect, test } from "vitest";
import { batchCalibrated, labelProbabilities, meanPrior, preferredOverPrior } from "../../src/metrics/calibration.js";

test("contextual calibration turns a prediction that follows the prior", () => {
  expect(preferredOverPrior([Math.log(0.55), Math.log(0.45)], [Math.log(0.8), Math.log(0.2)])).toBe(1);
});

test("probabilities of labels are relative to each other; their mean over inputs is the prior", () => {
  expect([...labelProbabilities([-1000, -1000 + Math.log(3)])]).toEqual([expect.closeTo(0.25), expect.closeTo(0.75)]);
  const prior = meanPrior([
    [Math.log(0.2), Math.log(0.2)],
    [Math.log(0.3), Math.log(0.1)],
  ]);
  expect(prior.map(Math.exp)).toEqual([expect.closeTo(0.625), expect.closeTo(0.375)]);
});

test("batch calibration parts items that all lean to one label", () => {
  const rows = [[0.9, 0.1], [0.7, 0.3], [0.8, 0.2], [0.6, 0.4]]; // prettier-ignore
  const logprobs = Float64Array.from(rows.flat(), Math.log);
  // The prior is 0.75 to 0.25.
  expect([...batchCalibrated(logprobs, 2)]).toEqual([0, 1, 0, 1]);
});
