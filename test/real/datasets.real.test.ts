/** Real rows, where the folder ../shared/data lies next to the checkout; everything is skipped elsewhere. */

import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtinDatasets, loadRows, type Columns, type Row } from "../../src/datasets/index.js";
import { readRowsFile } from "../../src/datasets/read-file.js";

const data = join(import.meta.dirname, "../../../shared/data");
const present = existsSync(data);
const named = (folder: string, end: string) =>
  present
    ? readdirSync(join(data, folder))
        .filter((name) => name.endsWith(end))
        .map((name) => name.slice(0, -end.length))
    : [];

/** Returns the columns of a row, by the kinds of its values. */
function columnsOf(row: Row): Columns {
  const type = (value: unknown): Columns[string] => {
    if (typeof value === "number") return "float";
    if (typeof value === "boolean") return "bool";
    if (Array.isArray(value)) return "string[]";
    return typeof value === "object" ? columnsOf(value as Row) : "string";
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, type(value)]));
}

describe.skipIf(!present)("real data", () => {
  test.each(named("parquet", ".parquet"))("%s.parquet holds the expected rows", async (name) => {
    const lines = (await readFile(join(data, "parquet", `${name}.expected.jsonl`), "utf8")).split("\n");
    const expected = lines.filter(Boolean).map((line) => JSON.parse(line) as Row);
    const columns = columnsOf(expected[0] ?? {});
    expect(await readRowsFile(join(data, "parquet", `${name}.parquet`), { columns })).toEqual(expected);
  });

  test.each(named("rows", ".jsonl").filter((name) => !name.endsWith(".train")))("rows of %s fit", async (name) => {
    const dataset = builtinDatasets().get(name);
    expect(dataset).toBeDefined();
    if (!dataset) return;
    const loaded = await loadRows(name, dataset, { kind: "folder", path: join(data, "rows") });
    expect(loaded).toHaveProperty("evalRows");
  });
});
