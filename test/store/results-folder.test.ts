import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseResults, ResultsFolder } from "../../src/store/results-folder.js";
import { tempFolder } from "../support/temp-folder.js";
import { resultsDocument } from "../support/results-document.js";

const root = tempFolder();
let folders = 0;
const newPath = () => join(root, `results-${folders++}`);
const document = resultsDocument();

describe("a results folder", () => {
  test("is made with its parents and holds what was written", async () => {
    const path = join(newPath(), "a", "b");
    const folder = await ResultsFolder.open(path);
    expect(readdirSync(path)).toContain("results.duckdb");
    await folder.writeResults(document);
    await folder.note("note.json").write("{}");
    expect(await folder.note("note.json").read()).toBe("{}");
    expect(await folder.note("other.json").read()).toBeUndefined();
    await folder.close();
    expect(readdirSync(path).sort()).toEqual(["note.json", "results.duckdb", "results.json"]);
    const stored = readFileSync(join(path, "results.json"), "utf8");
    expect(parseResults(stored, "results.json")).toEqual(document);
    expect(stored.endsWith("}\n")).toBe(true);
  });

  test("is opened again, and its results.json written again", async () => {
    const path = newPath();
    const folder = await ResultsFolder.open(path);
    await folder.writeResults(document);
    await expect(ResultsFolder.open(path)).rejects.toThrow("this program has it open already");
    await folder.close();
    const again = await ResultsFolder.open(path);
    await again.writeResults({ ...document, notes: ["second"] });
    await again.close();
    expect(readFileSync(join(path, "results.json"), "utf8")).toContain("second");
  });

  test.each([
    ["no JSON", "{", "results.json: not JSON; choose another --output-dir or delete the file"],
    [
      "somebody else's JSON",
      '{"name":"x"}',
      /results\.json: .*missing key "schema".*; choose another --output-dir or delete/,
    ],
    [
      "another version",
      JSON.stringify({ ...document, schema: "amuro-eval/results@0" }),
      'schema must be "amuro-eval/results@1"; choose',
    ],
  ])("whose results.json is %s is left alone", async (_what, content, message) => {
    const path = newPath();
    mkdirSync(path);
    writeFileSync(join(path, "results.json"), content);
    await expect(ResultsFolder.open(path)).rejects.toThrow(message);
    expect(readFileSync(join(path, "results.json"), "utf8")).toBe(content);
  });

  test("whose results.json is a folder is refused before anything is computed", async () => {
    const path = newPath();
    mkdirSync(join(path, "results.json"), { recursive: true });
    await expect(ResultsFolder.open(path)).rejects.toThrow(
      /results\.json: cannot be read \(EISDIR.*\); choose another/,
    );
  });
});

describe("a document that does not fit the schema is a defect and is not stored:", () => {
  test.each([
    ["an unknown key", { ...document, extra: 1 }, 'results.json: unknown key "extra"'],
    ["a wrong status", { ...document, status: "done" }, 'status is "done"'],
    ["no checkpoint", { ...document, checkpoints: [] }, "checkpoints must NOT have fewer than 1 items"],
    [
      "a score that is no number",
      resultsDocument({
        cells: [{ checkpoint: "a", task: "b", prompt: "c", metrics: { acc: { mean: NaN, stderr: null, n: 1 } } }],
      }),
      "cells.0.metrics.acc.mean must be number, not null",
    ],
  ])("%s", async (_what, wrong, message) => {
    const path = newPath();
    const folder = await ResultsFolder.open(path);
    await expect(folder.writeResults(wrong as typeof document)).rejects.toThrow(message);
    await folder.close();
    expect(existsSync(join(path, "results.json"))).toBe(false);
  });
});

describe("a place that cannot be written is one line:", () => {
  const refused = async (path: string, message: string) => {
    const attempt = ResultsFolder.open(path);
    await expect(attempt).rejects.toThrow(`cannot write ${path}: ${message}; choose another --output-dir`);
    await expect(attempt).rejects.toThrow(/^[^\n]+$/);
  };

  test("a file of that name", async () => {
    const path = newPath();
    writeFileSync(path, "mine");
    await refused(path, "there is a file of that name");
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  test("a file on the way", async () => {
    const path = newPath();
    writeFileSync(path, "mine");
    await refused(join(path, "results"), "a part of the path is a file");
  });

  // The superuser may write anywhere.
  test.skipIf(process.getuid?.() === 0)("a folder without permission", async () => {
    const path = newPath();
    mkdirSync(path);
    chmodSync(path, 0o500);
    await refused(join(path, "results"), "permission denied");
  });
});
