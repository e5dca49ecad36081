/** Text from outside whose bytes are no UTF-8: every reader says so, and none puts other letters in their place. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lineBytes, textLines, textOf } from "../../src/base/utf8.js";
import { openCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { readStepsFile } from "../../src/checkpoints/find/steps-file.js";
import { readChatTemplates } from "../../src/checkpoints/tokenizers/chat-templates.js";
import { readTokenizer } from "../../src/checkpoints/tokenizers/read-tokenizer.js";
import { readConfig } from "../../src/cli/flags/config-file.js";
import { loadDescription } from "../../src/datasets/description.js";
import { withPromptFiles } from "../../src/library/prompt-list.js";
import { readStudyFile } from "../../src/study/study-file.js";
import { readTemplates } from "../../src/tasks/promptsource/file.js";
import { readYaml } from "../../src/tasks/lm-eval/yaml.js";
import { BUILTIN_FAMILIES } from "../../src/tasks/families/builtin.js";
import { readTemplate } from "../../src/templates/pack.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const GOLDEN = join(import.meta.dirname, "../golden");
const folder = tempFolder();
/** One byte of Latin-1 in the second line. */
const BROKEN = Buffer.from("{\n# caf\xe9\n}\n", "latin1");

async function* chunksOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function linesOf(bytes: Buffer, size: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of textLines(chunksOf(bytes, size), "f")) lines.push(line);
  return lines;
}

test.each([1, 2, 3, 5, 1000])("lines are those of the text, in chunks of %i bytes", async (size) => {
  const text = "ä\u2028b\n\n東京 🙂\r\n\u0085c\nlast";
  expect(await linesOf(Buffer.from(`\ufeff${text}`), size)).toEqual(text.split("\n"));
  expect(await linesOf(Buffer.from(`${text}\n`), size)).toEqual([...text.split("\n"), ""]);
  const late = await failureOf(() => linesOf(Buffer.from(`${"ok\n".repeat(999)}\xe9t\xe9`, "latin1"), size));
  expectUserError(late, /^f: line 1000 is not valid UTF-8: it reads "été" in Latin-1 .* iconv -f WINDOWS-1252 -t UTF-8$/); // prettier-ignore
});

test("a text is kept as it is, and a broken one is refused with its line", () => {
  expect(textOf(Buffer.from("\ufeffä\r\n"), "f")).toBe("\ufeffä\r\n");
  expect(() => textOf(Buffer.from("\xffa\x00", "latin1"), "f")).toThrow("f: line 1 is not valid UTF-8");
  expect(() => textOf(Buffer.from("\xff\xfea\x00", "latin1"), "f")).toThrow("f: the text is in UTF-16; save the file as UTF-8"); // prettier-ignore
  expect(() => textOf(Buffer.from([0x0a, 0xf0, 0x9f]), "f")).toThrow(/^f: line 2 is not valid UTF-8: it reads "ð"/);
  expect([...lineBytes(Buffer.from("a\n\nb"))].map(String)).toEqual(["a", "", "b"]);
});

describe("a byte of Latin-1 is refused", () => {
  const path = join(folder, "broken");
  writeFileSync(path, BROKEN);
  writeFileSync(join(folder, "dataset.json"), BROKEN);
  test.each([
    ["in a study file", () => readStudyFile(path)],
    ["in --config", () => readConfig(path)],
    ["in a file of prompts", () => withPromptFiles([`@${path}`])],
    ["in --steps-file", () => readStepsFile(path)],
    ["in a template", () => readTemplate(path, BUILTIN_FAMILIES)],
    ["in templates of promptsource", () => readTemplates(path)],
    ["in a task of lm-eval", () => readYaml(path)],
    ["in dataset.json", () => loadDescription(folder)],
  ])("%s", async (_, read) => {
    const error = await failureOf(async () => Promise.resolve(read()));
    expectUserError(error, `${folder}/`, /: line 2 is not valid UTF-8: it reads "café" in Latin-1/);
  });

  test.each([
    ["vocab.json", "gpt2-files", Buffer.from('{"a\xe9": 0}', "latin1"), /vocab\.json: line 1 is not valid UTF-8/],
    ["merges.txt", "gpt2-files", Buffer.from("#version\na \xe9\n", "latin1"), /merges\.txt: line 2 is not valid UTF-8/],
    ["tokenizer.model", "spm-bpe", withPiece([0x61, 0xff, 0x62]), /tokenizer\.model: a piece: line 1 is not valid UTF-8/],
  ])("in %s", async (name, from, content, message) => {
    const copy = join(folder, from);
    await cp(join(GOLDEN, "tokenizer-files", from), copy, { recursive: true });
    writeFileSync(join(copy, name), content);
    expectUserError(await failureOf(() => readTokenizer(copy, readdirSync(copy), {})), message);
  }); // prettier-ignore

  test("in a chat template", async () => {
    writeFileSync(join(folder, "chat_template.jinja"), BROKEN);
    const error = await failureOf(() => readChatTemplates(folder, ["chat_template.jinja"], {}));
    expectUserError(error, /chat_template\.jinja: line 2 is not valid UTF-8/);
  });

  test("in a token of a GGUF file", async () => {
    const bytes = readFileSync(join(GOLDEN, "gguf/llama.gguf"));
    const at = bytes.indexOf("tokenizer.ggml.tokens");
    const letter = bytes.indexOf("e", at + 40);
    bytes[letter] = 0xe9;
    const file = join(folder, "broken.gguf");
    writeFileSync(file, bytes);
    expectUserError(await failureOf(() => openCheckpoint(file)), /broken\.gguf: a text in it is not UTF-8: ".*é.*" in Latin-1; convert the model again/); // prettier-ignore
  });
});

test("a byte order mark that is a piece of SentencePiece stays that", async () => {
  const copy = join(folder, "mark");
  await cp(join(GOLDEN, "tokenizer-files/spm-bpe"), copy, { recursive: true });
  writeFileSync(join(copy, "tokenizer.model"), withPiece([0xef, 0xbb, 0xbf]));
  const { tokenizerJson } = await readTokenizer(copy, readdirSync(copy), {});
  const { vocab } = (tokenizerJson as unknown as { model: { vocab: Record<string, number> } }).model;
  expect(Object.keys(vocab)).toContain("\ufeff");
  expect(Object.keys(vocab)).not.toContain("");
});

/** Returns a model of SentencePiece in which a piece of three letters has other bytes. */
function withPiece(bytes: readonly number[]): Buffer {
  const model = readFileSync(join(GOLDEN, "tokenizer-files/spm-bpe/tokenizer.model"));
  const at = model.indexOf("\n\u0003dog\u0015") + 2;
  expect(at).toBeGreaterThan(1);
  return Buffer.concat([model.subarray(0, at), Buffer.from(bytes), model.subarray(at + 3)]);
}
