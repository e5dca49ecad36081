import fc from "fast-check";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/hash.js";
import { fileNameOf, parseResults, ResultsFolder } from "../../src/store/results-folder.js";
import { tempFolder } from "../support/temp-folder.js";
import { resultsDocument } from "../support/results-document.js";

const root = tempFolder();
let folders = 0;
const newPath = () => join(root, `results-${folders++}`);
const command = { model: ["./alone"], seed: 42 };
const document = resultsDocument({ command });

describe("a results folder", () => {
  test("is made with its parents and holds what was written", async () => {
    const path = join(newPath(), "a", "b");
    const folder = await ResultsFolder.open(path, command);
    expect(readdirSync(path)).toEqual([]);
    const rows = [{ row: 0, text: "é\u2028\n" }, { row: 1 }];
    const text = `${JSON.stringify(rows[0])}\n${JSON.stringify(rows[1])}\n`;
    expect(await folder.writeRows(["step1000", "rte", "io"], rows)).toEqual({
      rows_file: "rows/step1000/rte/io.jsonl",
      rows_sha256: sha256(text),
    });
    expect(readFileSync(join(path, "rows/step1000/rte/io.jsonl"), "utf8")).toBe(text);
    await folder.writeResults(document);
    expect(readdirSync(path).sort()).toEqual(["results.json", "resume", "rows"]);
    const stored = readFileSync(join(path, "results.json"), "utf8");
    expect(parseResults(stored, "results.json")).toEqual(document);
    expect(stored.endsWith("}\n")).toBe(true);
  });

  test("is written again by the same command, whatever the order of its options", async () => {
    const path = newPath();
    await (await ResultsFolder.open(path, command)).writeResults(document);
    const again = await ResultsFolder.open(path, { seed: 42, model: ["./alone"] });
    await again.writeResults({ ...document, notes: ["second"] });
    expect(readFileSync(join(path, "results.json"), "utf8")).toContain("second");
  });

  test("of another command is left alone", async () => {
    const path = newPath();
    await (await ResultsFolder.open(path, command)).writeResults(document);
    const before = readFileSync(join(path, "results.json"));
    await expect(ResultsFolder.open(path, { ...command, seed: 43 })).rejects.toThrow(
      `${path} holds the results of another command; choose another --output-dir`,
    );
    expect(readFileSync(join(path, "results.json"))).toEqual(before);
    expect(readdirSync(path)).toEqual(["results.json"]);
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
    await expect(ResultsFolder.open(path, command)).rejects.toThrow(message);
    expect(readFileSync(join(path, "results.json"), "utf8")).toBe(content);
  });

  test("whose results.json is a folder is refused before anything is computed", async () => {
    const path = newPath();
    mkdirSync(join(path, "results.json"), { recursive: true });
    await expect(ResultsFolder.open(path, command)).rejects.toThrow(
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
    const folder = await ResultsFolder.open(path, command);
    await expect(folder.writeResults(wrong as typeof document)).rejects.toThrow(message);
    expect(existsSync(join(path, "results.json"))).toBe(false);
  });
});

describe("a place that cannot be written is one line:", () => {
  const refused = async (path: string, message: string) => {
    const attempt = ResultsFolder.open(path, command);
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

  test.skipIf(!existsSync("/dev/full"))("a full disk", async () => {
    const path = newPath();
    const folder = await ResultsFolder.open(path, command);
    await folder.writeRows(["a", "b", "first"], [{ row: 0 }]);
    symlinkSync("/dev/full", join(path, "rows/a/b/second.jsonl.tmp"));
    await expect(folder.writeRows(["a", "b", "second"], [{ row: 0 }])).rejects.toThrow(
      `cannot write ${join(path, "rows/a/b/second.jsonl")}: the disk is full; free some space and run the command again`,
    );
    expect(readFileSync(join(path, "rows/a/b/first.jsonl"), "utf8")).toBe('{"row":0}\n');
  });
});

describe("file names", () => {
  test.each([
    ["step1000", "step1000"],
    ["org/name@main", "org%2fname%40main"],
    ["../../etc/passwd", "%2e./../etc/passwd".replaceAll("/", "%2f")],
    ["..", "%2e."],
    [".hidden", "%2ehidden"],
    ["my model (1)", "my%20model%20%281%29"],
    ["C:\\models\\a", "C%3a%5cmodels%5ca"],
    ["été", "%c3%a9t%c3%a9"],
    ["模型🦙", "%e6%a8%a1%e5%9e%8b%f0%9f%a6%99"],
    ["100%", "100%25"],
    ["a\nb\0c", "a%0ab%00c"],
  ])("of %j", async (name, expected) => {
    expect(fileNameOf(name)).toBe(expected);
    const path = newPath();
    const folder = await ResultsFolder.open(path, command);
    const { rows_file } = await folder.writeRows([name, "rte", "io"], [{}]);
    expect(rows_file).toBe(`rows/${expected}/rte/io.jsonl`);
    expect(statSync(join(path, rows_file)).isFile()).toBe(true);
  });

  test("of a very long name are cut, and stay apart", async () => {
    const names = ["x".repeat(300), `${"x".repeat(299)}y`, "é".repeat(120)];
    const files = names.map(fileNameOf);
    expect(new Set(files).size).toBe(3);
    for (const file of files) expect(file.length).toBeLessThanOrEqual(200);
    const folder = await ResultsFolder.open(newPath(), command);
    await folder.writeRows([...names], [{}]);
  });

  test("property: different names have different files, none of them a path or hidden", () => {
    const name = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(fileNameOf(a)).toMatch(/^(?!\.)[\w.=%~-]+$/);
        // A lone surrogate has no UTF-8; the encoder makes it the replacement character.
        fc.pre(a !== b && !/\p{Surrogate}/u.test(a + b));
        expect(fileNameOf(a)).not.toBe(fileNameOf(b));
      }),
    );
    expect(fileNameOf("\u00123")).not.toBe(fileNameOf("\u0123"));
  });
});
