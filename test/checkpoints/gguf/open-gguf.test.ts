import { copyFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashCheckpoint, openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { checkpointFiles } from "../../../src/checkpoints/find/hub-files.js";
import { localFolder } from "../../../src/checkpoints/find/resolve.js";
import { parseSpec } from "../../../src/checkpoints/find/spec.js";
import { ggufTokenizer } from "../../../src/checkpoints/gguf/tokenizer.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import { tempFolder } from "../../support/temp-folder.js";
import { failureOf, expectUserError } from "../../support/user-error.js";

const LLAMA = join(import.meta.dirname, "../../golden/gguf/llama.gguf");
const root = tempFolder();

async function folderWith(...names: string[]): Promise<string> {
  const folder = join(root, names.join("+"));
  await mkdir(folder);
  for (const name of names) await copyFile(LLAMA, join(folder, name));
  return folder;
}

describe("a GGUF file is found", () => {
  test("by its path, after a colon, and as the only one of its folder", async () => {
    const folder = await folderWith("step100.gguf", "mmproj-step100.gguf");
    const file = join(folder, "step100.gguf");
    for (const spec of [file, `${folder}:step100.gguf`, folder]) {
      const address = parseSpec(spec);
      if (address.kind !== "folder") throw new Error(address.kind);
      expect(localFolder(address.root, address.subfolder)).toMatchObject({ folder: file, tokenizerFolder: file });
    }
    expect(localFolder(file).point).toMatchObject({ step: 100 });
    expect((await openCheckpoint(file)).dtype).toBe("F32 (GGUF)");
  });

  test("not where there are several, which are named", async () => {
    const folder = await folderWith("a.gguf", "b.gguf");
    const failure = await failureOf(() => Promise.resolve(localFolder(folder)));
    expectUserError(failure, folder, "2 GGUF files (a.gguf, b.gguf); name one of them");
  });

  test("on the hub with all its parts, and with tokenizer.json where that is beside it", () => {
    const listed = (...paths: string[]) => paths.map((path) => ({ path, size: 1, oid: "", lfs: undefined }) as never);
    const one = checkpointFiles(listed("README.md", "m-00001-of-00002.gguf", "m-00002-of-00002.gguf"), "", "o/n@main");
    expect(one.files.map(({ path }) => path)).toEqual(["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]);
    expect(one).toMatchObject({ folder: "m-00001-of-00002.gguf", tokenizerFolder: "m-00001-of-00002.gguf" });
    const named = checkpointFiles(
      listed("config.json", "q/a.gguf", "q/b.gguf", "q/tokenizer.json"),
      "q/b.gguf",
      "o/n@main",
    );
    expect(named.files.map(({ path }) => path)).toEqual(["q/tokenizer.json", "q/b.gguf"]);
    expect(named).toMatchObject({ folder: "q/b.gguf", tokenizerFolder: "q" });
  });
});

test("what a GGUF file computes is in its hashes", async () => {
  const { weights, config } = await hashCheckpoint(await openCheckpoint(LLAMA));
  expect(weights).toMatch(/^[0-9a-f]{64}$/);
  const copy = join(root, "other.gguf");
  const bytes = await readFile(LLAMA);
  const key = bytes.indexOf("layer_norm_rms_epsilon") + "layer_norm_rms_epsilon".length + 4;
  bytes.writeFloatLE(0.5, key);
  await writeFile(copy, bytes);
  const changed = await hashCheckpoint(await openCheckpoint(copy));
  expect(changed.config).not.toBe(config);
  expect(changed.weights).not.toBe(weights);
});

describe("a damaged GGUF file is refused in one line", () => {
  const damaged = async (name: string, change: (bytes: Buffer) => void) => {
    const path = join(root, `${name}.gguf`);
    const bytes = await readFile(LLAMA);
    change(bytes);
    await writeFile(path, bytes);
    return { path, failure: await failureOf(() => openCheckpoint(path)) };
  };

  test.each<[string, (bytes: Buffer) => void, string | RegExp]>([
    ["another format", (b) => b.write("GGML"), "not a GGUF file"],
    ["an older version", (b) => b.writeUInt32LE(1, 4), "GGUF version 1 is not supported"],
    ["big-endian numbers", (b) => b.writeUInt32BE(3, 4), "not little-endian"],
    ["a count beyond the file", (b) => b.writeBigUInt64LE(2n ** 60n, 8), "more than its"],
    [
      "another architecture",
      (b) => b.write("llamb", b.indexOf("llama")),
      'GGUF architecture llamb is not supported; did you mean "llama"?',
    ],
    [
      "an unknown key",
      (b) => b.write("xttention", b.indexOf("attention.head_count_kv")),
      "is not known; it may change what the model computes",
    ],
    [
      "an unknown type",
      (b) => b.writeUInt32LE(23, b.indexOf("token_embd.weight") + 17 + 4 + 16),
      "is IQ4_XS, which is not supported",
    ],
    [
      "a tensor without elements",
      (b) => b.writeBigUInt64LE(0n, b.indexOf("token_embd.weight") + 17 + 4),
      /tensor token_embd\.weight has shape \[\d+, 0\]; the file is damaged/,
    ],
    [
      "a matrix of another size that is stored in another order",
      (b) => b.writeBigUInt64LE(16n, b.indexOf("blk.0.attn_q.weight") + 19 + 4),
      /^(?!weights\.f32).*q_proj\.weight has shape \[32, 16\] where config\.json implies/,
    ],
  ])("%s", async (name, change, message) => {
    const { path, failure } = await damaged(name, change);
    expectUserError(failure, path, message);
  });

  test("cut in the header and in the weights", async () => {
    for (const size of [3000, 60_000]) {
      const path = join(root, `cut-${size}.gguf`);
      await copyFile(LLAMA, path);
      await truncate(path, size);
      expectUserError(await failureOf(() => openCheckpoint(path)), path, /download it again|is damaged/);
    }
  });
});

describe("a tokenizer is made from the metadata", () => {
  const bpe = (more: object) =>
    new Map<string, never>(
      Object.entries({
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.merges": ["a b", "1 2"],
        "tokenizer.ggml.tokens": ["<s>", "a", "b", "ab", "1", "2", "12", "Ġ"], "tokenizer.ggml.token_type": [3, 1, 1, 1, 1, 1, 1, 1],
        "tokenizer.ggml.bos_token_id": 0, ...more,
      }) as [string, never][],
    ); // prettier-ignore
  const idsOf = (metadata: ReadonlyMap<string, never>, text: string) => {
    const { tokenizerJson, tokenizerConfig } = ggufTokenizer(metadata, "x.gguf");
    return new TextTokenizer(tokenizerJson, tokenizerConfig, undefined).encodeContext(text);
  };

  test("BPE that keeps digits apart, with a beginning where the file asks for one", () => {
    expect(idsOf(bpe({}), "ab12<s>")).toEqual([3, 4, 5, 0]);
    expect(idsOf(bpe({ "tokenizer.ggml.add_bos_token": true }), "ab 12")).toEqual([0, 3, 7, 4, 5]);
    expect(idsOf(bpe({ "tokenizer.ggml.pre": "gpt-2" }), "ab12")).toEqual([3, 6]);
  });

  test("not where nobody knows how it splits texts", () => {
    const make = () => ggufTokenizer(bpe({ "tokenizer.ggml.pre": "smolm" }), "x.gguf");
    expect(make).toThrow('x.gguf: a tokenizer that splits texts as "smolm" is not supported; did you mean "smollm"?');
    expect(() => ggufTokenizer(bpe({ "tokenizer.ggml.model": "bert" }), "x.gguf")).toThrow(
      "put the model's tokenizer.json beside",
    );
  });
});
