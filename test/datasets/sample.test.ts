import { describe, expect, test } from "vitest";
import { builtinDatasets, loadRows, type LoadedRows, type Row } from "../../src/datasets/index.js";

/**
 * Returns the right answer of a row: its label, or the position of its key among the choices, which may be named in any
 * way.
 */
function answerOf(row: Row, column: string): unknown {
  const choices = row["choices"] as { label: string[] } | undefined;
  return choices ? choices.label.indexOf(row[column] as string) : row[column];
}

describe.each([...builtinDatasets()])("the bundled sample of %s", (name, dataset) => {
  const load = async () => (await loadRows(name, dataset, { kind: "sample" })) as LoadedRows;

  test("is large enough and fits its description", async () => {
    const loaded = await load();
    expect(loaded).toMatchObject({ origin: "sample", revision: undefined, licence: "Apache-2.0" });
    expect(loaded.evalRows.length).toBeGreaterThanOrEqual(48);
    expect(loaded.trainRows?.length).toBeGreaterThanOrEqual(8);
  });

  test("has no row twice, nor in both files", async () => {
    const { evalRows, trainRows = [] } = await load();
    const texts = [...evalRows, ...trainRows].map((row) => JSON.stringify(row));
    expect(new Set(texts).size).toBe(texts.length);
  });

  const { labels, columns } = dataset.description;
  const column = labels?.column ?? ["answerKey", "answer"].find((name) => name in columns);
  if (column !== undefined && columns[column] !== "float") {
    test("a sample has balanced labels", async () => {
      const { evalRows } = await load();
      const counts = new Map<unknown, number>();
      for (const row of evalRows) {
        const answer = answerOf(row, column);
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
      }
      if (labels && "values" in labels) expect([...counts.keys()].sort()).toEqual([...labels.values].sort());
      // A row has four choices as a rule, so a position may be right in a quarter of the rows.
      const share = 1 / ("choices" in columns ? 4 : counts.size);
      expect(Math.max(...counts.values()) / evalRows.length).toBeLessThanOrEqual(share + 0.1);
    });
  }
});
