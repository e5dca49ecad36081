/** The 8-bit floats of safetensors against those of torch. */

import { expect, test } from "vitest";
import { FLOAT8_VALUES, isFloat8 } from "../../../src/checkpoints/files/float8.js";
import golden from "../../golden/float8/golden.json" with { type: "json" };

test.each(["F8_E4M3", "F8_E5M2"] as const)("every code of %s", (dtype) => {
  const values = Array.from(FLOAT8_VALUES[dtype], (value) => (Number.isFinite(value) ? value : null));
  expect(values).toEqual(golden.values[dtype]);
  // Torch's table has the negative zero as JSON's -0.0.
  expect(Object.is(values[0x80], -0)).toBe(true);
});

test("infinities and NaN", () => {
  expect(Array.from(FLOAT8_VALUES.F8_E4M3).filter(Number.isNaN)).toHaveLength(2);
  expect([FLOAT8_VALUES.F8_E5M2[0x7c], FLOAT8_VALUES.F8_E5M2[0xfc]]).toEqual([Infinity, -Infinity]);
  expect(Array.from(FLOAT8_VALUES.F8_E5M2).filter(Number.isNaN)).toHaveLength(6);
});

test("no other type is one", () => {
  expect(["F8_E4M3", "F8_E5M2", "F16", "U8"].map(isFloat8)).toEqual([true, true, false, false]);
});
