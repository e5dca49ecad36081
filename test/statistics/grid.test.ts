import { describe, expect, it } from "vitest";
import { itemMeans, promptMeans } from "../../src/statistics/grid.js";
import { scoreGrid } from "../support/score-grid.js";

describe("scoreGrid", () => {
  const grid = scoreGrid([
    [1, 0, 0.5],
    [1, 1, 0],
  ]);

  it("lays scores out prompt by prompt", () => {
    expect(grid).toEqual({ prompts: 2, items: 3, values: Float64Array.of(1, 0, 0.5, 1, 1, 0) });
  });

  it("gives the means of prompts and of items", () => {
    expect([...promptMeans(grid)]).toEqual([0.5, 2 / 3]);
    expect([...itemMeans(grid)]).toEqual([1, 0.5, 0.25]);
  });

  it("refuses what is no grid", () => {
    expect(() => scoreGrid([])).toThrow(/at least one/);
    expect(() => scoreGrid([[1, 0], [1]])).toThrow("prompt 1 has 1 items, the first one 2");
    expect(() => scoreGrid([[NaN]])).toThrow("the score of prompt 0 on item 0 is NaN");
  });
});
