/** Tests the published figures from the released files, where the folder ../shared/data lies next to the checkout. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { paperReport } from "../../src/analysis/paper/report.js";
import { readPaperResults } from "../../src/importers/paper-results.js";

const folder = join(import.meta.dirname, "../../../shared/data/paper-results");

describe.skipIf(!existsSync(folder))("the released result files", () => {
  test("all 16 values of the group table, to three decimals", () => {
    const { groups } = paperReport(readPaperResults(folder));
    expect(groups).toHaveLength(8);
    expect(groups.filter(({ reproduced }) => !reproduced)).toEqual([]);
    expect(groups.flatMap(({ missing }) => missing)).toEqual([]);
  });

  test("both mean ratios of change, the first 0.06 points off its printed digit", () => {
    const [toGeneration, toClassification] = paperReport(readPaperResults(folder)).ratios;
    expect(100 * (toGeneration?.mean ?? NaN)).toBeCloseTo(-61.459, 3);
    expect(100 * (toClassification?.mean ?? NaN)).toBeCloseTo(0.305, 3);
    expect([toGeneration?.cells, toClassification?.cells]).toEqual([32, 32]);
  });
});
