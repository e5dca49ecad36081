/**
 * Published tokenizers against the encodings of the original library; skipped where ../shared/tokenizers is not there.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TextTokenizer } from "../../src/engine/text/tokenizer.js";

const tokenizers = join(import.meta.dirname, "../../../shared/tokenizers");
const folders = existsSync(tokenizers)
  ? readdirSync(tokenizers, { withFileTypes: true }).flatMap((item) => (item.isDirectory() ? [item.name] : []))
  : [];

interface Reference {
  readonly text: string;
  readonly ids: number[];
  readonly ids_with_special: number[];
  readonly decoded: string;
}

test.skipIf(folders.length === 0)("there are tokenizers to check", () => {
  expect(folders.length).toBeGreaterThan(3);
});

describe.each(folders)("%s", (name) => {
  const path = (file: string) => join(tokenizers, name, file);
  const readJson = (file: string) =>
    existsSync(path(file)) ? (JSON.parse(readFileSync(path(file), "utf8")) as Record<string, unknown>) : {};
  const references = readFileSync(path("reference_encodings.jsonl"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Reference);
  const [json, config] = [readJson("tokenizer.json"), readJson("tokenizer_config.json")];
  const tokenizer = new TextTokenizer(json, config, 0);

  test("encodes every reference text to the same ids", () => {
    expect(references.length).toBeGreaterThan(50);
    for (const { text, ids } of references) expect({ text, ids: tokenizer.encode(text) }).toEqual({ text, ids });
  });

  test("encodes behind a known beginning to the same ids", () => {
    const fresh = () => new TextTokenizer(json, config, 0);
    const shots = references.map(({ text }) => `### Input: ${text}\n ### Answer: yes\n`).join("");
    const incremental = fresh();
    for (const { text } of references) {
      expect(incremental.encode(`${shots}### Input: ${text}`)).toEqual(fresh().encode(`${shots}### Input: ${text}`));
    }
  });

  test("puts the same special tokens before a text", () => {
    for (const { text, ids, ids_with_special: whole } of references) {
      if (whole.length === 0) continue;
      expect({ text, ids: tokenizer.encodeContext(text) }).toEqual({ text, ids: whole });
      expect(whole.slice(whole.length - ids.length)).toEqual(ids);
    }
  });

  test("decodes to the same text", () => {
    for (const { ids, decoded } of references) expect(tokenizer.decode(ids)).toBe(decoded);
  });
});
