/** Tokenizers as transformers reads them from other files than tokenizer.json (test/golden/tokenizer-files). */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTokenizer } from "../../../src/checkpoints/tokenizers/read-tokenizer.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import { tempFolder } from "../../support/temp-folder.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

interface Golden {
  readonly texts: readonly string[];
  readonly cases: Readonly<Record<string, { readonly plain: number[][]; readonly whole: number[][] }>>;
}
const root = join(import.meta.dirname, "../../golden/tokenizer-files");
const golden = JSON.parse(readFileSync(join(root, "golden.json"), "utf8")) as Golden;
const temp = tempFolder();

async function open(folder: string): Promise<TextTokenizer> {
  const { tokenizerJson, tokenizerConfig } = await readTokenizer(folder, readdirSync(folder));
  return new TextTokenizer(tokenizerJson, tokenizerConfig, 0);
}

function copy(name: string, as: string): string {
  const folder = join(temp, as);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(join(root, name))) copyFileSync(join(root, name, file), join(folder, file));
  return folder;
}

describe.each(Object.entries(golden.cases))("%s", (name, { plain, whole }) => {
  test("gives the ids of transformers", async () => {
    const tokenizer = await open(join(root, name));
    expect(golden.texts.map((text) => tokenizer.encode(text))).toEqual(plain);
    const contexts = golden.texts.map((text, i) => [text, whole[i]] as const).filter(([text]) => text !== "");
    for (const [text, ids] of contexts) expect(tokenizer.encodeContext(text)).toEqual(ids);
  });

  test("writes texts as they were", async () => {
    const tokenizer = await open(join(root, name));
    for (const text of ["The happy cat", "the answer is true"])
      expect(tokenizer.decode(tokenizer.encode(text)).trim()).toBe(text);
  });
});

describe("a folder is refused in one line", () => {
  test("where it has no tokenizer", async () => {
    const folder = copy("gpt2-files", "none");
    rmSync(join(folder, "merges.txt"));
    expectUserError(
      await failureOf(() => open(folder)),
      folder,
      "no tokenizer.json, no vocab.json with merges.txt, no tokenizer.model",
    );
  });

  test("where merges.txt is something else", async () => {
    const folder = copy("gpt2-files", "merges");
    writeFileSync(join(folder, "merges.txt"), "#version: 0.2\na b c\n");
    expectUserError(await failureOf(() => open(folder)), 'the line "a b c" is not a pair of tokens');
  });

  test("where a token has another id than the release says", async () => {
    const folder = copy("outside-tokens", "ids");
    const path = join(folder, "tokenizer_config.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"(\d{3})": (\{"content": "<\|im_end)/, '"999": $2'));
    expectUserError(await failureOf(() => open(folder)), 'token 999 ("<|im_end|>") would be token');
  });

  test.each([0, 10, 100])("where tokenizer.model is cut after %i bytes", async (size) => {
    const folder = copy("spm-bpe", `cut${size}`);
    const path = join(folder, "tokenizer.model");
    writeFileSync(path, readFileSync(path).subarray(0, size));
    expectUserError(await failureOf(() => open(folder)), path, "not a SentencePiece model");
  });
});
