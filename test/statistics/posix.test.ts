import { describe, expect, test } from "vitest";
import { posixOfSet } from "../../src/statistics/posix.js";

const logprobs = [
  [-2, -4, -6],
  [-3, -1, -5],
  [-2.5, -2, -3],
];

describe("POSIX", () => {
  test("three prompts, by hand", () => {
    expect(posixOfSet(logprobs, [2, 4, 5])).toBeCloseTo(0.458333, 6);
  });

  test("with every length taken for the limit of five tokens it is the figure of the authors' package", () => {
    expect(posixOfSet(logprobs, [5, 5, 5])).toBeCloseTo(0.35, 12);
  });

  test("responses as likely under every prompt: nothing depends on the prompt", () => {
    expect(
      posixOfSet(
        [
          [-1, -2],
          [-1, -2],
        ],
        [3, 4],
      ),
    ).toBe(0);
  });

  test("shapes and lengths that cannot be", () => {
    expect(() => posixOfSet(logprobs, [2, 4])).toThrow(/3 prompts, but 2 lengths/);
    expect(() => posixOfSet(logprobs, [2, 0, 5])).toThrow(/response to prompt 1 has 0 tokens/);
    expect(() => posixOfSet([[-1, -2], [-1]], [1, 1])).toThrow(/prompt 1 scores 1 responses of 2/);
    expect(posixOfSet([[-1]], [1])).toBeNaN();
  });
});
