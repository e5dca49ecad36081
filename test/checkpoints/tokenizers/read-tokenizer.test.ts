/** Tokenizers as transformers reads them from other files than tokenizer.json (test/golden/tokenizer-files). */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../src/checkpoints/files/folder.js";
import { readTokenizer } from "../../../src/checkpoints/tokenizers/read-tokenizer.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import { tempFolder } from "../../support/temp-folder.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

interface Golden {
  readonly texts: readonly string[];
  readonly cases: Readonly<
    Record<string, { readonly texts?: readonly string[]; readonly plain: number[][]; readonly whole: number[][] }>
  >;
}
interface Tekken {
  readonly config: Record<string, unknown>;
  readonly vocab: unknown[];
}
const root = join(import.meta.dirname, "../../golden/tokenizer-files");
const golden = JSON.parse(readFileSync(join(root, "golden.json"), "utf8")) as Golden;
const temp = tempFolder();

async function open(folder: string): Promise<TextTokenizer> {
  const files = readdirSync(folder);
  const config = (await readJson(folder, files, "config.json")) ?? {};
  const { tokenizerJson, tokenizerConfig } = await readTokenizer(folder, files, config);
  return new TextTokenizer(tokenizerJson, tokenizerConfig, 0);
}

function copy(name: string, as: string): string {
  const folder = join(temp, as);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(join(root, name))) copyFileSync(join(root, name, file), join(folder, file));
  return folder;
}

describe.each(Object.entries(golden.cases))("%s", (name, { texts = golden.texts, plain, whole }) => {
  test("gives the ids of transformers", async () => {
    const tokenizer = await open(join(root, name));
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(plain);
    const contexts = texts.map((text, i) => [text, whole[i]] as const).filter(([text]) => text !== "");
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
      "no tokenizer.json, no vocab.json with merges.txt, no tekken.json, no tokenizer.model",
    );
  });

  test("where merges.txt is something else", async () => {
    const folder = copy("gpt2-files", "merges");
    writeFileSync(join(folder, "merges.txt"), "#version: 0.2\na b c\n");
    expectUserError(await failureOf(() => open(folder)), 'the line "a b c" is not a pair of tokens');
  });

  test("where a token is to count as a word of its own only, which would be cut out of words here", async () => {
    const folder = copy("outside-tokens", "single-word");
    const path = join(folder, "tokenizer_config.json");
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"single_word": false', '"single_word": true'));
    expectUserError(await failureOf(() => open(folder)), "single_word", "is not supported");
  });

  test("where special tokens are to be split", async () => {
    const folder = copy("gpt2-files", "split");
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ split_special_tokens: true }));
    expectUserError(await failureOf(() => open(folder)), "split_special_tokens is not supported");
  });

  test.each([
    ["spm-bpe", "T5Tokenizer"],
    ["spm-bpe", "Qwen2TokenizerFast"],
    ["spm-bpe", "CohereTokenizer"],
    ["gpt2-files", "RobertaTokenizer"],
    ["gpt2-files", "LlamaTokenizer"],
    ["gpt2-files", "LongformerTokenizerFast"],
  ])("where the files of %s are a %s's", async (files, name) => {
    const folder = copy(files, name);
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ tokenizer_class: name }));
    expectUserError(await failureOf(() => open(folder)), `a ${name.replace("Fast", "")} is not supported without`);
  });

  test.each([
    ["spm-gemma", { tokenizer_class: 7 }, "tokenizer_class"],
    ["gpt2-files", { add_bos_token: "yes" }, "add_bos_token"],
    ["gpt2-files", { add_prefix_space: 1 }, "add_prefix_space"],
  ])("where tokenizer_config.json beside %s has %j", async (files, config, key) => {
    const folder = copy(files, `type-${key}`);
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(config));
    expectUserError(await failureOf(() => open(folder)), key);
  });

  test("where a tokenizer.model of a LlamaTokenizer has no pieces for bytes", async () => {
    const folder = copy("spm-bpe", "bytes");
    const path = join(folder, "tokenizer.model");
    writeFileSync(path, Buffer.from(readFileSync(path).toString("latin1").replace("<0x00>", "<0y00>"), "latin1"));
    expectUserError(await failureOf(() => open(folder)), path, "without pieces for bytes");
  });

  test("where a token has another id than the release says", async () => {
    const folder = copy("outside-tokens", "ids");
    const path = join(folder, "tokenizer_config.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"(\d{3})": (\{"content": "<\|im_end)/, '"999": $2'));
    expectUserError(await failureOf(() => open(folder)), 'token 999 ("<|im_end|>") would be token');
  });

  test.each([1e9, -1, 0.5])("where a token has the id %d", async (id) => {
    const folder = copy("gpt2-files", `id${id}`);
    const path = join(folder, "vocab.json");
    const vocab = JSON.parse(readFileSync(path, "utf8")) as Record<string, number>;
    writeFileSync(path, JSON.stringify({ ...vocab, happy: id }));
    expectUserError(await failureOf(() => open(folder)), folder, /happy/);
  });

  test.each<[string, (json: Tekken) => void, string]>([
    ["has no pattern", ({ config }) => delete config["pattern"], 'missing key "pattern"'],
    ["lacks a token", ({ vocab }) => vocab.splice(300, 1), "token 300 is missing; the file is damaged"],
    ["has a token twice", ({ vocab }) => ((vocab[300] as { token_bytes: string }).token_bytes = "AA=="), "its tokens are not each another text"],
    ["has a special token too many", ({ config }) => (config["default_num_special_tokens"] = 3), 'special token 3 ("[INST]") is beyond the 3'],
  ])("where tekken.json %s", async (name, change, message) => {
    const folder = copy("tekken", `tekken ${name}`);
    const path = join(folder, "tekken.json");
    const json = JSON.parse(readFileSync(path, "utf8")) as Tekken;
    change(json);
    writeFileSync(path, JSON.stringify(json));
    expectUserError(await failureOf(() => open(folder)), path, message);
  }); // prettier-ignore

  test("where it has the file of another kind of tokenizer", async () => {
    const folder = copy("spm-bpe", "spiece");
    renameSync(join(folder, "tokenizer.model"), join(folder, "spiece.model"));
    expectUserError(await failureOf(() => open(folder)), "spiece.model is of a kind that is not read here");
  });

  test.each([0, 10, 100])("where tokenizer.model is cut after %i bytes", async (size) => {
    const folder = copy("spm-bpe", `cut${size}`);
    const path = join(folder, "tokenizer.model");
    writeFileSync(path, readFileSync(path).subarray(0, size));
    expectUserError(await failureOf(() => open(folder)), path, "not a SentencePiece model");
  });
});
