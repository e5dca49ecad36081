import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtinDatasets, checkInlineDescription, loadDescription } from "../../src/datasets/description.js";

const complete = {
  name: "kites",
  title: "Kites",
  description: "Invented.",
  homepage: "https://example.org",
  licence: "CC0-1.0",
  citation: "nobody",
  hub: { id: "org/kites", revision: "main", config: "default", files: { test: "*.parquet" } },
  splits: { eval: "test" },
  columns: { question: "string", label: "int", choices: { text: "string[]" } },
};

function written(value: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "description-"));
  writeFileSync(join(folder, "dataset.json"), typeof value === "string" ? value : JSON.stringify(value));
  return folder;
}

describe("dataset.json", () => {
  test("a complete description is read as it is", () => {
    expect(loadDescription(written(complete))).toEqual(complete);
    const labels = { column: "label", values: [0, 1] };
    expect(loadDescription(written({ ...complete, labels })).labels).toEqual(labels);
  });

  test.each([
    [{ columns: { question: "strng" } }, 'columns.question is "strng"; did you mean "string"?'],
    [{ columns: {} }, "columns must NOT have fewer than 1 properties"],
    [{ columns: { choices: { text: "strings[]" } } }, 'columns.choices.text is "strings[]"; did you mean "string[]"?'],
    [{ columns: { choices: 3 } }, "columns.choices must be object, not number"],
    [{ license: "x" }, 'unknown key "license"; did you mean "licence"?'],
    [{ splits: { eval: "tets" } }, 'splits.eval is "tets", not in hub.files; did you mean "test"?'],
    [{ labels: { column: "lable", values: [1] } }, 'labels.column is "lable", not a column; did you mean "label"?'],
    [{ labels: { column: "label" } }, 'missing key "values" in labels'],
    [{ labels: { column: "label", range: [1] } }, "labels.range must NOT have fewer than 2 items"],
    [{ hub: undefined }, 'missing key "hub"'],
  ])("with %j is refused", (change, message) => {
    const folder = written({ ...complete, ...change });
    expect(() => loadDescription(folder)).toThrow(`${join(folder, "dataset.json")}: `);
    expect(() => loadDescription(folder)).toThrow(message);
  });

  test("that is missing or no JSON", () => {
    expect(() => loadDescription("/absent")).toThrow(/^\/absent\/dataset\.json: cannot be read as JSON \(ENOENT/);
    expect(() => loadDescription(written("{"))).toThrow("cannot be read as JSON");
  });
});

describe("an inline description", () => {
  test("needs its columns only", () => {
    expect(checkInlineDescription({ columns: { question: "string" } }, "plugin.ts")).toBeDefined();
    expect(() => checkInlineDescription({}, "plugin.ts")).toThrow('plugin.ts: missing key "columns"');
  });

  test("with a hub repository needs splits", () => {
    const { hub, splits, columns } = complete;
    expect(checkInlineDescription({ hub, splits, columns }, "plugin.ts")).toEqual({ hub, splits, columns });
    expect(() => checkInlineDescription({ hub, columns }, "plugin.ts")).toThrow(/^plugin\.ts: .*splits/);
  });
});

test("every built-in dataset is described and pinned", () => {
  const builtin = builtinDatasets();
  expect(builtin.size).toBe(18);
  for (const [name, { description, folder }] of builtin) {
    expect(folder.endsWith(join("datasets", name))).toBe(true);
    expect(description.name).toBe(name);
  }
});
