/**
 * Checks that no text of a sample row is a near copy of a text of a real row. Texts of at least five words are
 * compared, as words without case and punctuation. Two are near copies when at most 15 % of the words must be changed,
 * added or taken away (edit distance), or, from eight words on, when half of their runs of three words are common
 * (Jaccard similarity).
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtinDatasets } from "../../src/datasets/index.js";
import { wordsOf } from "../support/cues.js";

const DATA = join(import.meta.dirname, "../../../shared/data");
const SHORTEST = 5;
/** Words from which runs of words are compared: "How would you describe …?" is a form, not a copy. */
const LONG = 8;
const SHINGLES = 0.5;
const CHANGES = 0.15;

interface Text {
  readonly where: string;
  readonly words: readonly string[];
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function textsOf(file: string): Text[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.flatMap((line, i) =>
    textsIn(JSON.parse(line)).flatMap((text) => {
      const words = wordsOf(text);
      return words.length < SHORTEST ? [] : [{ where: `${file}:${i + 1}: ${text.slice(0, 90)}`, words }];
    }),
  );
}

const runs = (words: readonly string[], n: number) =>
  new Set(words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(" ")));

/** Words to change, add or take away (Levenshtein). */
function distance(a: readonly string[], b: readonly string[]): number {
  let row = b.map((_, j) => j + 1);
  for (const [i, word] of a.entries()) {
    let before = i;
    let last = i + 1;
    row = b.map((other, j) => {
      const up = row[j] as number;
      last = Math.min(up + 1, last + 1, before + Number(word !== other));
      before = up;
      return last;
    });
  }
  return row.at(-1) ?? a.length;
}

function isNear(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [runs(a, 3), runs(b, 3)];
  const common = [...left].filter((run) => right.has(run)).length;
  const isLong = Math.min(a.length, b.length) >= LONG;
  if (isLong && common >= SHINGLES * (left.size + right.size - common)) return true;
  const most = CHANGES * Math.max(a.length, b.length);
  return Math.abs(a.length - b.length) <= most && distance(a, b) <= most;
}

/** Pairs of near copies. Texts that have no two words in a row in common are not compared. */
function nearCopies(texts: readonly Text[], real: readonly Text[]): string[] {
  const places = new Map<string, number[]>();
  for (const [i, { words }] of real.entries()) {
    for (const run of runs(words, 2)) places.set(run, [...(places.get(run) ?? []), i]);
  }
  return texts.flatMap(({ where, words }) => {
    const shared = new Map<number, number>();
    const own = runs(words, 2);
    for (const run of own) for (const i of places.get(run) ?? []) shared.set(i, (shared.get(i) ?? 0) + 1);
    const candidates = [...shared].flatMap(([i, count]) => (count >= own.size / 3 ? [real[i] as Text] : []));
    return candidates.filter((other) => isNear(words, other.words)).map((other) => `${where} ~ ${other.where}`);
  });
}

test.skipIf(!existsSync(DATA))("no text of a sample row is a near copy of a real one", () => {
  const files = ["rows", "sft"].flatMap((folder) =>
    readdirSync(join(DATA, folder)).flatMap((name) => (name.endsWith(".jsonl") ? [join(DATA, folder, name)] : [])),
  );
  const real = [...new Map(files.flatMap(textsOf).map((text) => [text.words.join(" "), text])).values()];
  expect(real.length).toBeGreaterThan(1000);
  const own = [...builtinDatasets().values()].flatMap(({ folder }) =>
    ["sample.jsonl", "sample.train.jsonl"].flatMap((name) => textsOf(join(folder, name))),
  );
  expect(nearCopies(own, real)).toEqual([]);
});

test("the comparison finds a copy with one word changed, and no other sentence of the same form", () => {
  const text = (sentence: string): Text => ({ where: sentence, words: wordsOf(sentence) });
  const real = [
    text("Which instrument measures atmospheric pressure?"),
    text("A tall man is riding a brown horse today."),
  ];
  expect(nearCopies([text("which instrument measures atmospheric pressure")], real)).toHaveLength(1);
  expect(nearCopies([text("A tall man is riding a black horse today.")], real)).toHaveLength(1);
  expect(nearCopies([text("A tall man is painting the old fence.")], real)).toEqual([]);
});
