import { describe, expect, test } from "vitest";
import { learnedIn, meanChange } from "../../src/statistics/learned.js";

const curve = (name: string, base: number[], sft: number[], stderr: number | null = null) => ({
  name,
  base,
  sft,
  stderr,
});

describe("where a dataset was learned", () => {
  const rising = curve("rising", [0.25, 0.4, 0.6, 0.62], [0.25, 0.42, 0.62, 0.63]);
  const tuned = curve("tuned", [0.33, 0.35, 0.33, 0.34], [0.34, 0.55, 0.79, 0.8]);
  const flat = curve("flat", [0.06, 0.06, 0.06, 0.061], [0.061, 0.06, 0.07, 0.06]);

  test("the base rises, tuning adds little", () => {
    expect(learnedIn(rising)).toMatchObject({ learnedIn: "pre-training" });
    expect(learnedIn(rising).preTrainingGain).toBeCloseTo(0.36, 10);
    expect(learnedIn(rising).fineTuningGain).toBeCloseTo(0.015, 10);
  });

  test("the base stays, tuning adds much", () => {
    expect(learnedIn(tuned)).toMatchObject({ learnedIn: "fine-tuning" });
  });

  test("nothing happens, or nothing beyond the error of the scores", () => {
    expect(learnedIn(flat).learnedIn).toBe("neither");
    expect(learnedIn({ ...tuned, stderr: 0.2 }).learnedIn).toBe("neither");
  });

  test("checkpoints that were not measured do not count", () => {
    expect(learnedIn(curve("gaps", [NaN, 0.25, NaN, 0.6], [0.3, 0.3, 0.5, 0.6]))).toMatchObject({
      learnedIn: "pre-training",
      preTrainingGain: 0.35,
      fineTuningGain: 0,
    });
  });

  test("scores for other checkpoints are refused", () => {
    expect(() => learnedIn(curve("odd", [1, 2], [1]))).toThrow(/odd: 2 base scores and 1 after/);
  });
});

test("the mean change counts a dataset as often as it is given, and only where it was measured", () => {
  const [a, b] = [curve("a", [0.1, 0.2], [0.2, NaN]), curve("b", [0.5, 0.5], [0.9, 0.5])];
  expect([...meanChange([a, a, b])]).toEqual([expect.closeTo(0.2, 10), 0]);
  expect([...meanChange([])]).toEqual([]);
});
