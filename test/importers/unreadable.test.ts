/** Files that cannot be read as what they are given for: each is refused in one line that says why. */

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { importResults } from "../../src/importers/import.js";
import type { ImportOptions } from "../../src/importers/importer.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { openTableFile } from "../../src/importers/table-records.js";
import { analyze } from "../../src/library/analyze.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const GOLDEN = join(import.meta.dirname, "../golden/import");
const TABLE = `checkpoint,task,prompt,item,value\n${[0, 1].flatMap((p) => [0, 1, 2].map((i) => `m,t,p${p},i${i},${(i + p) % 2}`)).join("\n")}\n`; // prettier-ignore

function imported(kind: string, path: string, options: ImportOptions = {}) {
  return importResults(kind, [path], join(tempFolder(), "out"), options, IMPORTERS);
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content);
  return path;
}

/** Returns lines of CSV as JSONL. */
function jsonl(text: string): string {
  const [header = [], ...lines] = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  return lines.map((line) => JSON.stringify(Object.fromEntries(line.map((value, i) => [header[i], value])))).join("\n");
}

/** Copies the golden results of lm_eval, and changes the first file whose name begins so. */
function lmEval(begin: string, change: (text: string) => string): string {
  const copy = tempFolder();
  cpSync(join(GOLDEN, "lm-eval"), copy, { recursive: true });
  const path = join(
    copy,
    readdirSync(copy)
      .sort()
      .find((name) => name.startsWith(begin)) ?? "",
  );
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return copy;
}

describe("a table is refused by import and by analyze alike", () => {
  test.each([
    ["cut off within gzip", "a.csv.gz", gzipSync(TABLE).subarray(0, 60), /a\.csv\.gz: cut off or not a readable gzip file \(unexpected end of file\); get the file again$/],
    ["cut off within gzip, as JSONL", "a.jsonl.gz", gzipSync(jsonl(TABLE)).subarray(0, 60), /a\.jsonl\.gz: cut off or not a readable gzip file/],
    ["in Latin-1 within gzip", "a.csv.gz", gzipSync(Buffer.from(`${TABLE}m,t,p\xe9,i0,1\n`, "latin1")), /a\.csv\.gz: line 8 is not valid UTF-8: it reads "pé" in Latin-1/],
    ["packed by zstd", "a.csv", Buffer.from("28b52ffd00", "hex"), /a\.csv: compressed by zstd; unpack it first, by unzstd$/],
    ["packed by zstd, as JSONL", "a.jsonl", Buffer.from("28b52ffd00", "hex"), /a\.jsonl: compressed by zstd; unpack it first, by unzstd$/],
    ["packed by bzip2", "a.jsonl.bz2", Buffer.from("BZh9"), /a\.jsonl\.bz2: CSV, JSON and JSONL are read as they are or as \.gz; unpack it first$/],
    ["a packed Parquet file", "a.parquet.gz", gzipSync(TABLE), /a\.parquet\.gz: CSV, JSON and JSONL are read as they are or as \.gz; unpack it first$/],
    ["in UTF-16", "a.csv", Buffer.from(`\ufeff${TABLE}`, "utf16le"), /a\.csv: the text is in UTF-16; save the file as UTF-8$/],
    ["in Latin-1", "a.csv", Buffer.from(`${TABLE}m,t,p\xe9,i0,1\n`, "latin1"), /a\.csv: line 8 is not valid UTF-8: it reads "pé" in Latin-1/],
    ["empty", "a.csv", "", /a\.csv: the file is empty$/],
    ["with semicolons", "a.csv", TABLE.replaceAll(",", ";"), /a\.csv: fields are separated by semicolons; write the file with commas$/],
    ["with tabs", "a.csv", TABLE.replaceAll(",", "\t"), /a\.csv: fields are separated by tabs; write the file with commas$/],
    ["as .tsv", "a.tsv", TABLE.replaceAll(",", "\t"), /a\.tsv: tables are read as CSV, JSONL or Parquet; save it as CSV with commas \(NAME\.csv\)$/],
    ["whose lines end in CR alone", "a.csv", TABLE.replaceAll("\n", "\r"), /a\.csv: its lines end in CR alone, .*; save it with lines that end in LF or CRLF$/],
    ["with a number that is too large", "a.csv", `${TABLE}m,t,p0,i3,1e999\n`, /a\.csv, line 8: value is "1e999", expected a number$/],
    ["with a truth in place of a number", "a.csv", `${TABLE}m,t,p0,i3,True\n`, /a\.csv, line 8: value is "True", expected a number; write 1 for true and 0 for false$/],
    ["no Parquet file", "a.parquet", TABLE, /a\.parquet: truncated or not a readable Parquet file/],
  ])("%s", async (_, name, content, message) => {
    const path = file(name, content);
    expectUserError(await failureOf(() => imported("long", path)), message);
    expectUserError(await failureOf(() => analyze(path)), message);
  }); // prettier-ignore
});

test.each([
  ["a.csv.gz", (text: string) => gzipSync(text)],
  ["a.csv", (text: string) => gzipSync(text)],
  ["a.jsonl.gz", (text: string) => gzipSync(jsonl(text))],
] as const)("a table packed by gzip is read as %s", async (name, pack) => {
  const path = file(name, pack(TABLE));
  expect((await imported("long", path)).tasks).toMatchObject([{ name: "t", rows: 3 }]);
  expect((await analyze(path)).levels[0]?.prompts).toMatchObject([{ mean: 1 / 3 }, { mean: 2 / 3 }]);
});

test("results of lm_eval that are packed are the same", async () => {
  const copy = lmEval("results", (text) => text);
  for (const name of readdirSync(copy)) {
    writeFileSync(join(copy, `${name}.gz`), gzipSync(readFileSync(join(copy, name))));
    rmSync(join(copy, name));
  }
  const [packed, plain] = [await imported("lm-eval", copy), await imported("lm-eval", join(GOLDEN, "lm-eval"))];
  expect(packed.tasks).toEqual(plain.tasks);
});

describe("results of lm_eval", () => {
  test.each([
    ["with a score that is no number", lmEval("samples", (text) => text.replace(/"acc": ?[\d.]+/, '"acc": NaN')), /line 1: not valid JSON .*NaN is no number of JSON/], // prettier-ignore
    ["whose document was cut off", lmEval("results", (text) => text.slice(0, 300)), /results_.*\.json: not valid JSON/],
  ])("%s are refused", async (_, path, message) => {
    expectUserError(await failureOf(() => imported("lm-eval", path)), message);
  });

  test("have the name of their only task by --task", async () => {
    const { tasks } = await imported("lm-eval", join(GOLDEN, "lm-eval"), { task: ["noises"] });
    expect(tasks.map(({ name, prompts }) => [name, prompts.length])).toEqual([["noises", 4]]);
  });
});

describe("bytes that are no UTF-8 are refused wherever they stand", () => {
  /** Above the 64 KB that are looked at to see what a file is. */
  const LONG = 70_000;

  test.each([
    [
      "in the last line of a long JSONL file of lm_eval",
      "é",
      "latin1",
      /samples_.*\.jsonl: line 9 is not valid UTF-8: it reads "café" in Latin-1/,
    ],
    ["in a character cut off at its end", "\xf0\x9f", "latin1", /samples_.*\.jsonl: line 9 is not valid UTF-8/],
  ] as const)("%s", async (_, letters, encoding, message) => {
    const copy = lmEval("samples", (text) => text.replace("{", `{${" ".repeat(LONG)}`));
    const [name = ""] = readdirSync(copy)
      .filter((one) => one.startsWith("samples"))
      .sort();
    const path = join(copy, name);
    const lines = readFileSync(path, "utf8").trimEnd();
    const [last = ""] = lines.split("\n").slice(-1);
    writeFileSync(path, Buffer.concat([Buffer.from(`${lines}\n${last.slice(0, -1)}, "x": "caf`), Buffer.from(`${letters}"}\n`, encoding)])); // prettier-ignore
    expectUserError(await failureOf(() => imported("lm-eval", copy)), message);
  });

  test("a line separator within a text of JSONL ends no line", async () => {
    const row = (i: number) => ({ checkpoint: "m", task: "t", prompt: `p${i % 2}`, item: `a\u2028b${i >> 1}`, value: i % 2 }); // prettier-ignore
    const copy = lmEval("samples", (text) => text.replace('"doc": {', '"doc": {"note": "a\u2028b\u0085c", '));
    expect((await imported("lm-eval", copy)).tasks[0]?.rows).toBeGreaterThan(0);
    const path = file("a.jsonl", [0, 1, 2, 3].map((i) => JSON.stringify(row(i))).join("\n"));
    expect((await imported("long", path)).tasks[0]?.rows).toBe(2);
  });

  test("in long tables and in Parquet", async () => {
    const lines = Array.from({ length: 4000 }, (_, i) => `m,t,p${i % 2},i${i >> 1},1`).join("\n");
    const table = file("a.csv", Buffer.from(`checkpoint,task,prompt,item,value\n${lines}\nm,t,p\xe9,i0,1\n`, "latin1"));
    const message = /a\.csv: line 4002 is not valid UTF-8: it reads "pé" in Latin-1/;
    expectUserError(await failureOf(() => imported("long", table)), message);
    expectUserError(await failureOf(() => analyze(table)), message);
    const parquet = join(import.meta.dirname, "../fixtures/parquet/not-utf8.parquet");
    expectUserError(await failureOf(() => readAll(parquet)), /not-utf8\.parquet: a text is not valid UTF-8: it reads "café" in Latin-1/); // prettier-ignore
  });
});

async function readAll(path: string): Promise<void> {
  for await (const line of (await openTableFile(path)).lines) expect(line.values).toBeDefined();
}

test("a log of inspect_ai without samples is refused as what it is", async () => {
  const folder = join(GOLDEN, "inspect/json");
  const log = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0] ?? ""), "utf8")) as { samples?: unknown };
  delete log.samples;
  const path = file("x.json", JSON.stringify(log));
  expectUserError(await failureOf(() => imported("inspect", path)), /x\.json: no scores of rows in it/);
});

test("samples of inspect_ai without a number from a scorer are left out, and said to be", async () => {
  const folder = join(GOLDEN, "inspect/json");
  interface Sample {
    readonly scores: Record<string, { value: unknown }>;
  }
  const log = () =>
    JSON.parse(readFileSync(join(folder, readdirSync(folder)[0] ?? ""), "utf8")) as { samples: Sample[] };
  const [whole, lacking, words] = [log(), log(), log()];
  const scorer = Object.keys(whole.samples[0]?.scores ?? {})[0] ?? "";
  (lacking.samples[0] as Sample).scores[scorer] = { value: "NaN" };
  for (const { scores } of words.samples) scores[scorer] = { value: "good" };
  const read = async (changed: object) => (await imported("inspect", file("x.json", JSON.stringify(changed)))).notes;
  expect((await read(whole)).filter((note) => note.includes("left out"))).toEqual([]);
  expect((await read(lacking)).join("\n")).toContain(`1 sample has no number from ${scorer} and is left out`);
  expect((await read(words)).join("\n")).toContain(`the scores of ${scorer} are no numbers and are left out`);
});
