/** AdamW, clipping and the schedule by themselves. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { ADAMW_DEFAULTS, adamWStep, globalNorm } from "../../src/sft/adamw.js";
import { linearSchedule } from "../../src/sft/schedule.js";

test("the first step moves every weight by the learning rate against its gradient", () => {
  const weight = Float32Array.of(1, 1, 1);
  const parameter = {
    weight,
    gradient: Float32Array.of(3, -0.02, 0),
    first: new Float32Array(3),
    second: new Float32Array(3),
  };
  adamWStep(parameter, ADAMW_DEFAULTS, 0.1, 1, 1);
  expect(weight[0]).toBeCloseTo(0.9, 6);
  expect(weight[1]).toBeCloseTo(1.1, 6);
  expect(weight[2]).toBe(1);
});

test("decay shrinks weights by learning rate times decay, whatever the gradient", () => {
  const weight = Float32Array.of(2);
  const zero = () => new Float32Array(1);
  adamWStep({ weight, gradient: zero(), first: zero(), second: zero() }, { ...ADAMW_DEFAULTS, weightDecay: 0.5 }, 0.1, 1, 1); // prettier-ignore
  expect(weight[0]).toBeCloseTo(2 * 0.95, 6);
});

test("the global norm is that of all gradients as one vector", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { maxLength: 11 })), (rows) => {
      const expected = Math.hypot(...rows.flat());
      expect(globalNorm(rows.map((row) => Float32Array.from(row)))).toBeCloseTo(expected, 3);
    }),
  );
});

// transformers.get_linear_schedule_with_warmup(optimizer, 3, 10) with learning rate 1
test("the schedule is transformers'", () => {
  const rate = linearSchedule(1, 10, 0.25);
  const expected = [0, 1 / 3, 2 / 3, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7, 0];
  expected.forEach((value, step) => {
    expect(rate(step)).toBeCloseTo(value, 12);
  });
  expect(linearSchedule(2, 4, 0)(0)).toBe(2);
});
