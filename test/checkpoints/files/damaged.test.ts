/**
 * Folders that cannot be used: what is wrong is said in one line that names the file and, where there is one, the
 * tensor.
 */

import fc from "fast-check";
import { readFile, rename, rm, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { hashCheckpoint, openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { readSafetensors } from "../../../src/checkpoints/files/safetensors.js";
import { openEngine } from "../../../src/engine/open.js";
import { UserError } from "../../../src/base/errors.js";
import { openLlama } from "../../support/engines.js";
import { tempFolder } from "../../support/temp-folder.js";
import { expectUserError } from "../../support/user-error.js";
import {
  encodeSafetensors, tinyConfig, tinyTensors, withHeader, writeTinyCheckpoint, type StoredTensor,
} from "../../support/tiny-checkpoint.js"; // prettier-ignore

/** Opens a folder and scores one text, as a run does; gives back what was thrown. */
async function failureOf(folder: string): Promise<unknown> {
  try {
    const engine = await openEngine({ folder, device: "cpu", threads: 1 });
    await engine.score([{ segments: ["The"], continuations: [" cat"], mode: "sequence" }]);
    await engine.close();
    return undefined;
  } catch (error) {
    return error;
  }
}

const root = tempFolder();
let count = 0;
const fresh = (options = {}) => writeTinyCheckpoint(join(root, `checkpoint${count++}`), options);

const tensor = (name: string, shape: readonly number[], bytes: number, dtype = "F32"): StoredTensor => ({
  name,
  dtype,
  shape,
  bytes: new Uint8Array(bytes),
});

/** Returns a header as an object, with data. */
const fileOf = (header: unknown, data = 16) => withHeader(Buffer.from(JSON.stringify(header)), new Uint8Array(data));
const entry = (from: number, to: number, shape = [(to - from) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

/** Returns a file whose header length is not that of its header. */
function withLength(length: bigint): Buffer {
  const file = fileOf({ w: entry(0, 16) });
  file.writeBigUInt64LE(length);
  return file;
}

describe("model.safetensors", () => {
  const cases: [string, Uint8Array | string, RegExp][] = [
    ["is empty", "", /0 bytes, too short/],
    ["is shorter than a header length", "1234567", /7 bytes, too short/],
    ["claims a header longer than the file", fileOf({}).fill(0xff, 0, 8), /header claims \d+ bytes but the file has/],
    ["has a header cut in the middle", fileOf({ w: entry(0, 16) }).subarray(0, 30), /header claims .* it is cut/],
    ["is a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", /a Git LFS pointer, not the file it points to; run "git lfs pull"/],
    ["is a web page", "<!doctype html><html><title>404</title></html>", /a web page, not the file itself; download it again/],
    ["claims a header of 2^60 bytes", withLength(2n ** 60n), /header claims 1152921504606846976 bytes but the file has/],
    ["claims a header of 2^64 - 1 bytes", withLength(2n ** 64n - 1n), /header claims \d+ bytes but the file has/],
    ["has a header that is not JSON", withHeader(Buffer.from('{"w": \n'), Buffer.alloc(4)), /header is not JSON/],
    ["has a header that is no object", fileOf([1]), /safetensors header: the value must be object, not array/],
    ["has a header that is null", fileOf(null), /must be object, not null/],
    ["has an entry without offsets", fileOf({ w: { dtype: "F32", shape: [4] } }), /missing key "data_offsets" in w/],
    ["has an entry with an unknown key", fileOf({ w: { ...entry(0, 16), more: 1 } }), /unknown key "more" in w/],
    ["has an unknown dtype", fileOf({ w: entry(0, 16, [4], "F31") }), /w\.dtype is "F31"/],
    ["has a negative offset", fileOf({ w: { ...entry(0, 16), data_offsets: [-4, 12] } }), /w\.data_offsets\.0/],
    ["has offsets that are not whole", fileOf({ w: { ...entry(0, 16), data_offsets: [0.5, 16.5] } }), /w\.data_offsets/],
    ["has a negative dimension", fileOf({ w: entry(0, 16, [-4]) }), /w\.shape\.0/],
    ["has a tensor smaller than its shape", fileOf({ w: entry(0, 12, [4]) }), /tensor w has 12 bytes where its shape needs 16/],
    ["has a tensor larger than its shape", fileOf({ w: entry(0, 16, [3]) }), /tensor w has 16 bytes where its shape needs 12/],
    ["has offsets in the wrong order", fileOf({ w: { ...entry(0, 16), data_offsets: [16, 0] } }), /tensor w has -16 bytes/],
    ["has tensors that overlap", fileOf({ a: entry(0, 12), b: entry(8, 16) }), /tensor b overlaps/],
    ["has a tensor beyond the end", fileOf({ a: entry(0, 8), b: entry(8, 24) }), /tensor b ends at byte 24 of 16/],
    ["has a shape whose size overflows", fileOf({ w: entry(0, 16, [2 ** 52, 2 ** 52]) }), /tensor w has 16 bytes/],
    ["has a size of NaN", withHeader(Buffer.from('{"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,16]}}'), Buffer.alloc(16)), /header is not JSON/],
    ["has an infinite size", withHeader(Buffer.from('{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,16]}}'), Buffer.alloc(16)), /w\.shape\.0/],
    ["has a size of 2^60", fileOf({ w: { ...entry(0, 16), shape: [2 ** 60] } }), /tensor w has 16 bytes where its shape needs/],
    ["names a tensor twice", withHeader(Buffer.from(`{"w":${JSON.stringify(entry(0, 8))},"v":${JSON.stringify(entry(8, 16))}, "\\u0077" :${JSON.stringify(entry(0, 8))}}`), Buffer.alloc(16)), /header names w twice/],
    ["has a hole", fileOf({ a: entry(0, 4), b: entry(8, 16) }), /no tensor has bytes 4 to 8, before b/],
    ["has bytes that are no tensor's", fileOf({ a: entry(0, 12) }), /no tensor has the last 4 of its 16 bytes/],
    ["has a name with line ends", fileOf({ "a\nb\u001b[2J": entry(0, 12, [4]) }), /tensor a\\u000ab\\u001b\[2J has 12 bytes/],
    ["holds no tensors", fileOf({}), /no tensors/],
  ]; // prettier-ignore
  test.each(cases)("that %s is refused", async (_, content, message) => {
    const folder = await fresh();
    await writeFile(join(folder, "model.safetensors"), content);
    expectUserError(await failureOf(folder), message);
    if (!String(message).includes("no tensors")) {
      expectUserError(await failureOf(folder), join(folder, "model.safetensors"));
    }
  });

  test("that claims a header beyond what the format allows", async () => {
    const folder = await fresh();
    const path = join(folder, "model.safetensors");
    await writeFile(path, withLength(150_000_000n));
    // A file with a hole: as large as it claims to be, on no more of the disk than before.
    await truncate(path, 200_000_000);
    expectUserError(await failureOf(folder), path, /header claims 150000000 bytes; the format allows 100000000/);
  });

  test("that was cut during download is refused", async () => {
    const folder = await fresh();
    const path = join(folder, "model.safetensors");
    await truncate(path, (await readFile(path)).length - 1);
    expectUserError(
      await failureOf(folder),
      path,
      /tensor model\.norm\.weight ends at byte \d+ of \d+; the file is cut/,
    );
  });

  test("that lacks a tensor is refused", async () => {
    const folder = await fresh();
    const tensors = tinyTensors(tinyConfig()).filter(({ name }) => name !== "model.layers.1.mlp.up_proj.weight");
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(tensors));
    expectUserError(await failureOf(folder), folder, "tensor model.layers.1.mlp.up_proj.weight is missing");
  });

  test("that lacks the head although config.json says it is not tied", async () => {
    const folder = await fresh({ config: { tie_word_embeddings: false } });
    expectUserError(await failureOf(folder), folder, "tensor lm_head.weight is missing");
  });

  test("whose tensors have other shapes than config.json implies", async () => {
    const folder = await fresh({ config: { intermediate_size: 60 } });
    expectUserError(
      await failureOf(folder),
      join(folder, "model.safetensors"),
      /tensor model\.layers\.0\.mlp\.\w+_proj\.weight has shape \[56, 32\] where config\.json implies \[60, 32\]/,
    );
  });

  test("whose tensors are stored in a type that is not run", async () => {
    const folder = await fresh();
    const tensors = tinyTensors(tinyConfig()).map((each) =>
      each.name === "model.norm.weight" ? tensor(each.name, each.shape, 8 * 32, "I64") : each,
    );
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(tensors));
    expectUserError(
      await failureOf(folder),
      folder,
      /tensor model\.norm\.weight is I64; supported: F32, F16, BF16, F8_E4M3, F8_E5M2/,
    );
  });

  test("that is a link to a deleted blob", async () => {
    const folder = await fresh();
    const path = join(folder, "model.safetensors");
    await unlink(path);
    await symlink(join(root, "gone"), path);
    expectUserError(await failureOf(folder), path, /ENOENT/);
  });

  test("that is a folder is refused", async () => {
    const folder = await fresh();
    await rm(join(folder, "model.safetensors"));
    await writeTinyCheckpoint(join(folder, "model.safetensors"));
    expectUserError(await failureOf(folder), join(folder, "model.safetensors"), /EISDIR/);
  });
});

describe("shards", () => {
  const second = "model-00002-of-00002.safetensors";

  test("of which one is missing are refused", async () => {
    const folder = await fresh({ shards: 2 });
    await rm(join(folder, second));
    expectUserError(
      await failureOf(folder),
      folder,
      `the shard ${second} named by model.safetensors.index.json is missing`,
    );
  });

  test("that lack a tensor which the model needs", async () => {
    const folder = await fresh({ shards: 2 });
    const path = join(folder, "model.safetensors.index.json");
    const index = JSON.parse(await readFile(path, "utf8")) as { weight_map: Record<string, string> };
    // A buffer that the release left out is missed by nobody.
    index.weight_map["model.layers.0.self_attn.rotary_emb.inv_freq"] = second;
    await writeFile(path, JSON.stringify(index));
    expect(await failureOf(folder)).toBeUndefined();
    const needed = Object.keys(index.weight_map).find((name) => index.weight_map[name] === second) ?? "";
    index.weight_map = Object.fromEntries(Object.entries(index.weight_map).filter(([, shard]) => shard !== second));
    index.weight_map[needed] = Object.values(index.weight_map)[0] ?? "";
    await writeFile(path, JSON.stringify(index));
    expectUserError(await failureOf(folder), folder, /tensor .* is missing from the weight files/);
  });

  test.each([
    ["is not JSON", "{\n", /not JSON/],
    ["is not JSON over several lines", "no\njson\n", /not JSON/],
    ["has no weight_map", "{}", /missing key "weight_map"/],
    ["leads out of the folder", '{"weight_map": {"w": "../elsewhere.safetensors"}}', /weight_map\.w/],
  ])("whose index %s are refused", async (_, content, message) => {
    const folder = await fresh({ shards: 2 });
    const path = join(folder, "model.safetensors.index.json");
    await writeFile(path, content);
    expectUserError(await failureOf(folder), path, message);
  });

  test("whose links lead to different folders are read", async () => {
    const folder = await fresh({ shards: 2 });
    await rename(join(folder, second), join(root, second));
    await symlink(join(root, second), join(folder, second));
    expect(await failureOf(folder)).toBeUndefined();
  });
});

describe("config.json", () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    [
      "names another architecture",
      { architectures: ["YourForCausalLM"] },
      /architecture YourForCausalLM is not supported yet; supported: LlamaForCausalLM, .*, or any folder with an onnx/,
    ],
    ["names none", { architectures: undefined, model_type: "mamba" }, /architecture mamba is not supported/],
    ["scales rotary positions in an unknown way", { rope_scaling: { type: "cubic", factor: 2 } }, /rope_scaling: scaling of type "cubic" is not supported/],
    ["scales them without a factor", { rope_scaling: { type: "linear" } }, /scaling of type linear needs factor/],
    ["scales them as Llama 3 does", { rope_scaling: { rope_type: "llama3", factor: 8 } }, /scaling of type llama3 needs low_freq_factor/],
    ["scales them in a way it does not name", { rope_scaling: { factor: 4 } }, /rope_scaling: the kind of scaling \(rope_type\) is not named/],
    ["scales them in rope_parameters", { rope_parameters: { rope_type: "yarn" } }, /yarn needs factor/],
    ["wants another activation", { hidden_act: "quick_gelu" }, /activation "quick_gelu" is not supported; supported: silu/],
    ["is of quantised weights", { quantization_config: { bits: 4 } }, /quantization_config/],
    ["prunes heads", { pruned_heads: { "0": [1] } }, /the key "pruned_heads" \(\{"0":\[1\]\}\) is not known/],
    ["has a key nobody knows", { attention_twist: 3 }, /the key "attention_twist" \(3\) is not known; it may change what the model computes/],
    ["lacks a size", { hidden_size: undefined }, /missing key "hidden_size"/],
    ["has a size that is no number", { num_hidden_layers: "two" }, /num_hidden_layers must be a number, not "two"/],
    ["has a size of zero", { vocab_size: 0 }, /vocab_size/],
    ["has heads that cannot be grouped", { num_key_value_heads: 3 }, /num_attention_heads 4 is not a multiple of num_key_value_heads 3/],
    ["has an odd head width", { head_dim: 7 }, /7 rotated dimensions of a head: an odd number/],
  ]; // prettier-ignore
  test.each(cases)("that %s is refused", async (_, config, message) => {
    const folder = await fresh({ config });
    expectUserError(await failureOf(folder), join(folder, "config.json"), message);
  });

  test("with nothing in its optional places opens", async () => {
    const config = {
      quantization_config: null,
      rope_scaling: null,
      rope_parameters: { rope_type: "default", rope_theta: 10000 },
    };
    expect(await failureOf(await fresh({ config }))).toBeUndefined();
  });

  test("as SmolLM2's release has it opens", async () => {
    const config = { is_llama_config: true, rope_interleaved: false, "transformers.js_config": { dtype: "fp32" } };
    expect(await failureOf(await fresh({ config }))).toBeUndefined();
    expectUserError(
      await failureOf(await fresh({ config: { ...config, rope_interleaved: true } })),
      /rope_interleaved/,
    );
  });

  test.each(["hello\nworld", "", "[1, 2]", '{"a": \n\n'])("that holds %j", async (content) => {
    const folder = await fresh();
    await writeFile(join(folder, "config.json"), content);
    expectUserError(await failureOf(folder), join(folder, "config.json"));
  });
});

describe("a folder", () => {
  test.each(["config.json", "tokenizer.json"])("without %s is refused", async (name) => {
    const folder = await fresh();
    await rm(join(folder, name));
    expectUserError(await failureOf(folder), folder, `no ${name}`);
  });

  test("a folder without weights is refused", async () => {
    const folder = await fresh();
    await rm(join(folder, "model.safetensors"));
    expectUserError(await failureOf(folder), folder, /no model\.safetensors/);
  });

  test.each(["{}", '{"model": {"type": "Unheard"}}', '{"model": null}', "no JSON"])(
    "with the tokenizer %j",
    async (content) => {
      const folder = await fresh();
      await writeFile(join(folder, "tokenizer.json"), content);
      expectUserError(await failureOf(folder), join(folder, "tokenizer.json"));
    },
  );

  test.each(["config.json", "tokenizer.json"])("whose %s is a Git LFS pointer or a web page", async (name) => {
    const folder = await fresh();
    await writeFile(join(folder, name), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    expectUserError(await failureOf(folder), join(folder, name), /a Git LFS pointer/);
    await writeFile(join(folder, name), "<html>");
    expectUserError(await failureOf(folder), join(folder, name), /a web page/);
  });

  test("that is a file is refused", async () => {
    const path = join(await fresh(), "config.json");
    expectUserError(await failureOf(path), path, /is a file; give the checkpoint's folder/);
  });

  test("that is not there is refused", async () => {
    expectUserError(await failureOf(join(root, "nowhere")), join(root, "nowhere"), /ENOENT/);
  });
});

describe("any damage to the header", () => {
  const path = join(tempFolder(), "model.safetensors");
  let whole: Buffer;
  let headerLength: number;
  beforeAll(() => {
    whole = encodeSafetensors([tensor("a", [2, 3], 24), tensor("b.weight", [4], 8, "BF16"), tensor("c", [], 4)]);
    headerLength = Number(whole.readBigUInt64LE());
  });

  async function readDamaged(content: Uint8Array): Promise<void> {
    await writeFile(path, content);
    let tensors;
    try {
      tensors = await readSafetensors(path);
    } catch (error) {
      expectUserError(error, path);
      return;
    }
    // What is accepted must lie in the file.
    for (const { offset, length } of tensors) {
      expect(offset).toBeGreaterThanOrEqual(8);
      expect(length).toBeGreaterThanOrEqual(0);
      expect(offset + length).toBeLessThanOrEqual(content.length);
    }
  }

  test("of some bytes is found or harmless", async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at % (8 + headerLength)] = value;
        await readDamaged(bytes);
      }),
      { numRuns: 1500, seed: 4 },
    );
  });

  test("of its characters, one for another of its own, is found or harmless", async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [to, from] of changes) bytes[8 + (to % headerLength)] = whole[8 + (from % headerLength)] ?? 0;
        await readDamaged(bytes);
      }),
      { numRuns: 1500, seed: 5 },
    );
  });

  test("by any JSON in its place is found or harmless", async () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.string(), fc.record({ dtype: fc.constantFrom("F32", "BF16"), shape: fc.jsonValue(), data_offsets: fc.jsonValue() })),
      fc.dictionary(fc.string(), fc.record({ dtype: fc.constant("U8"), shape: fc.array(fc.nat(4)), data_offsets: fc.tuple(fc.nat(9), fc.nat(9)) })),
    ); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(json, async (header) => {
        await readDamaged(fileOf(header));
      }),
      { numRuns: 600, seed: 6 },
    );
  });

  test("by a cut anywhere is found", async () => {
    for (let size = 0; size < whole.length; size++) {
      await writeFile(path, whole.subarray(0, size));
      await expect(readSafetensors(path)).rejects.toThrow(UserError);
    }
  });
});

describe("what identifies a checkpoint", () => {
  test("is the content of weights, tokenizer and configuration", async () => {
    const perturb = { tensor: "model.norm.weight", index: 3, by: 0.001 };
    const hashesOf = async (options: Parameters<typeof writeTinyCheckpoint>[1]) =>
      hashCheckpoint(await openCheckpoint(await fresh(options)));
    const hashes = await hashesOf({});
    expect(await hashesOf({})).toEqual(hashes);
    const moved = await hashesOf({ perturb });
    expect(moved.weights).not.toBe(hashes.weights);
    expect(moved).toEqual({ ...hashes, weights: moved.weights });
    const longer = await hashesOf({ window: 256 });
    expect(longer).toEqual({ ...hashes, config: longer.config });
    expect(longer.config).not.toBe(hashes.config);
    const bare = await hashesOf({ prependBos: false });
    expect(bare).toEqual({ ...hashes, tokenizer: bare.tokenizer });
    expect(bare.tokenizer).not.toBe(hashes.tokenizer);
  });

  test("counts parameters and names the stored type", async () => {
    const { parameters, dtype, weightFiles, tensors } = await openLlama(await fresh({ dtype: "BF16", shards: 3 }));
    expect(dtype).toBe("BF16");
    expect(weightFiles).toHaveLength(3);
    const sizes = tinyTensors(tinyConfig()).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    expect(parameters).toBe(sizes.reduce((a, b) => a + b));
    expect(tensors.size).toBe(sizes.length);
  });
});
