/**
 * LoRA adapters: against Python PEFT (test/golden/lora/make.py), against merged weights, and adapters that are refused.
 */

import { readdirSync } from "node:fs";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint, type WeightsCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { checkpointFiles } from "../../../src/checkpoints/find/hub-files.js";
import { readLoraAdapter } from "../../../src/checkpoints/files/lora.js";
import type { Backend } from "../../../src/engine/backends/backend.js";
import { openRuntime, type Device } from "../../../src/engine/backends/devices.js";
import type { Runtime } from "../../../src/engine/backends/runtime.js";
import { planMemory } from "../../../src/engine/backends/memory.js";
import { openBackend as openWithAdapters } from "../../../src/engine/backends/open-backend.js";
import { OrtBackend } from "../../../src/engine/backends/ort-backend.js";
import { UserError } from "../../../src/base/errors.js";
import { openBackend, openLlama } from "../../support/engines.js";
import { goldenFolder, readJson, worstDifference, type Golden } from "../../support/golden.js";
import { writeAdapter, writeMerged, type AdapterOptions } from "../../support/lora.js";
import { tempFolder } from "../../support/temp-folder.js";
import { encodeFloats, writeTinyCheckpoint, type StoredTensor } from "../../support/tiny-checkpoint.js";

const PEFT = join(import.meta.dirname, "../../golden/lora");
const peftNames = readdirSync(PEFT, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []));

const IDS = [5, 41, 17, 9, 60, 33, 8, 22, 51, 12, 47, 30];
/** Holds every token after every position, and a shorter row beside it, so that something is padded. */
const BATCH = [IDS, IDS.slice(3, 8)].map((ids) => ({
  ids,
  targets: ids.flatMap((_, position) => Array.from({ length: 64 }, (_, token) => ({ position, token }))),
}));
const scores = async (backend: Backend) => [...Array.from((await backend.score(BATCH)).logprobs)];
const worst = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
const greedy = (backend: Backend) => backend.generate([IDS.slice(0, 3), IDS], 8, (steps) => steps.map(() => false));

/** Returns the golden checkpoint of an architecture; it never ends a generation. */
async function openGolden(name: string): Promise<WeightsCheckpoint> {
  return { ...(await openLlama(await goldenFolder(tempFolder(), name))), eosIds: [] };
}

describe("adapters that PEFT saved", () => {
  test.each(peftNames)("%s", async (name) => {
    const golden = readJson(join(PEFT, name, "golden.json")) as Golden;
    const base = await openGolden(name.split("-")[0] ?? "");
    const adapter = await readLoraAdapter(join(PEFT, name), base);
    expect(adapter.merged !== undefined).toBe(name.includes("-"));
    const options = { checkpoint: base, device: "cpu", threads: 1, memory: undefined, adapters: [adapter] } as const;
    const { backend, adapted: byFolder } = await openWithAdapters(options);
    const adapted = byFolder.get(adapter.folder) as Backend;
    expect(await worstDifference(adapted, golden)).toBeLessThan(1e-4);
    expect(await worstDifference(backend, golden)).toBeGreaterThan(0.1);
    const context = golden.input_ids.slice(0, 6);
    const [, generated] = await adapted.generate([context.slice(0, 2), context], golden.greedy_ids.length, (steps) =>
      steps.map(() => false),
    );
    expect(generated).toEqual(golden.greedy_ids);
    await backend.close();
  });
});

/** Counts the sessions it makes: each is a copy of what ONNX Runtime makes of the weights. */
async function countingRuntime(device: Device): Promise<{ runtime: Runtime; sessions: () => number }> {
  const real = await openRuntime(device);
  let count = 0;
  const runtime: Runtime = {
    ...real,
    createSession: (...args) => {
      count++;
      return real.createSession(...args);
    },
  };
  return { runtime, sessions: () => count };
}

describe("two adapters on one base", () => {
  const cases: [string, Device, AdapterOptions, AdapterOptions][] = [
    ["llama", "cpu", { weights: /_proj\.weight$/ }, { weights: /(q|v)_proj\.weight$/, seed: 2, rank: 5 }],
    ["llama", "wasm", { weights: /_proj\.weight$/ }, { weights: /lm_head\.weight$/, seed: 2, rank: 1 }],
    ["gpt2", "cpu", { weights: /c_(attn|fc|proj)\.weight$/, transposed: true }, { weights: /h\.1\.attn\.c_attn\.weight$/, transposed: true, seed: 2 }],
    ["gpt_neox", "cpu", { weights: /(query_key_value|dense.*)\.weight$/ }, { weights: /dense\.weight$/, seed: 2 }],
    ["phi3", "cpu", { weights: /(qkv|gate_up|o|down)_proj\.weight$/ }, { weights: /qkv_proj\.weight$/, seed: 2 }],
  ]; // prettier-ignore
  test.each(cases)("%s on %s score as when merged, over one session", async (name, device, first, second) => {
    const base = await openGolden(name);
    const folder = tempFolder();
    const plain = await openBackend(base, { device });
    const folders = [join(folder, "first"), join(folder, "second")] as const;
    const deltas = [
      await writeAdapter(folders[0], base, first),
      await writeAdapter(folders[1], base, { ...second, config: { fan_in_fan_out: second.transposed === true } }),
    ];
    const adapters = await Promise.all(folders.map((path) => readLoraAdapter(path, base)));
    const { runtime, sessions } = await countingRuntime(device);
    const shared = new OrtBackend(runtime, base, 1, planMemory(base), adapters);
    for (const [i, adapter] of adapters.entries()) {
      const path = await writeMerged(join(folder, `merged${i}`), base, deltas[i] ?? new Map());
      const merged = await openBackend({ ...(await openLlama(path)), eosIds: [] }, { device });
      const expected = await scores(merged);
      expect(worst(await scores(shared.adapted(adapter)), expected)).toBeLessThan(1e-4);
      expect(worst(await scores(plain), expected)).toBeGreaterThan(0.1);
      expect(await greedy(shared.adapted(adapter))).toEqual(await greedy(merged));
      await merged.close();
    }
    // Bit for bit: the base is not moved by having adapters beside it.
    expect(await scores(shared)).toEqual(await scores(plain));
    expect(await greedy(shared)).toEqual(await greedy(plain));
    expect(sessions()).toBe(1);
    await Promise.all([plain.close(), shared.close()]);
  });
});

const root = tempFolder();
const tiny = async () => openLlama(await writeTinyCheckpoint(join(root, "tiny")));
let count = 0;
async function written(options: Partial<AdapterOptions> = {}) {
  const base = await tiny();
  const folder = join(root, `adapter${count++}`);
  await writeAdapter(folder, base, { weights: /layers\.1\.self_attn\.q_proj\.weight$/, ...options });
  return { folder, base, read: () => readLoraAdapter(folder, base) };
}
const renamed = (from: string | RegExp, to: string) => (tensors: StoredTensor[]) =>
  tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(from, to) }));

describe("the same adapter", () => {
  test.each<[string, Partial<AdapterOptions>]>([
    ["in half precision", { dtype: "F16" }],
    ["in bfloat16", { dtype: "BF16" }],
    ["with the adapter's name in its tensors", { edit: renamed(/lora_([AB])/, "lora_$1.default") }],
    ["made on the model without its head", { edit: renamed("model.model.layers", "model.layers") }],
    ["with its rank and alpha in patterns", { config: { r: 8, lora_alpha: 99, rank_pattern: { "q_p.*": 3, q_proj: 4 }, alpha_pattern: { "1.self_attn.q_proj": 6 } } }],
    ["with an alpha for the square root of its rank", { config: { lora_alpha: 6 / Math.sqrt(3), use_rslora: true } }],
    ["with keys that only training reads", { config: { lora_dropout: 0.1, init_lora_weights: "gaussian", inference_mode: true, use_dora: false, modules_to_save: null, rank_pattern: {}, loftq_config: {}, some_new_key: null } }],
  ])("%s", async (_, options) => {
    const [plain, other] = [await (await written()).read(), await (await written(options)).read()];
    expect([...other.updates.keys()]).toEqual(["model.layers.1.self_attn.q_proj.weight"]);
    const [a, b] = [plain, other].map(({ updates }) => [...updates.values()][0]);
    expect({ ...b, b: undefined }).toEqual({ ...a, b: undefined });
    expect(worst([...(b?.b ?? [])], [...(a?.b ?? [])])).toBeLessThan(1e-6);
  });
}); // prettier-ignore

test("a matrix of the base beside the adapter is passed over where it is the base's own, and refused where not", async () => {
  const base = await tiny();
  const own = base.tensors.get("model.layers.1.self_attn.q_proj.weight");
  if (own === undefined) throw new Error("no such tensor");
  const bytes = readFileSync(own.file).subarray(own.offset, own.offset + own.length);
  const copy = (content: Uint8Array) => (tensors: StoredTensor[]) => [
    ...tensors,
    { name: `base_model.model.${own.name.replace(".weight", ".base_layer.weight")}`, dtype: own.dtype, shape: own.shape, bytes: content },
  ]; // prettier-ignore
  const adapter = await (await written({ edit: copy(bytes) })).read();
  expect(adapter.updates).toEqual((await (await written()).read()).updates);
  const other = Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte ^ 1 : byte));
  await expect((await written({ edit: copy(other) })).read()).rejects.toThrow(
    "base_layer.weight is not equal to the base's model.layers.1.self_attn.q_proj.weight",
  );
});

test("a folder with an adapter is no checkpoint, beside weights of its own neither, on the hub neither", async () => {
  const folder = await goldenFolder(root, "llama", "model.safetensors", "config.json", "adapter-beside");
  await writeFile(join(folder, "adapter_config.json"), "{}");
  await expect(openCheckpoint(folder)).rejects.toThrow(
    `${folder} holds a LoRA adapter (adapter_config.json) beside weights: give --base CHECKPOINT --sft lora:${folder}, or a copy`,
  );
  const listing = ["config.json", "model.safetensors", "step-5/adapter_config.json"].map((path) => ({ path, size: 1 }));
  expect(() => checkpointFiles(listing as never, "step-5", "o/n@main")).toThrow(
    "o/n@main:step-5 holds a LoRA adapter (adapter_config.json): give --base CHECKPOINT --sft lora:o/n@main:step-5",
  );
});

describe("an adapter is refused", () => {
  async function expectRefused(read: () => Promise<unknown>, ...named: (string | RegExp)[]): Promise<void> {
    const error: unknown = await read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).not.toContain("\n");
    for (const part of named) expect(message).toMatch(part);
  }
  const module = "base_model.model.model.layers.1.self_attn.q_proj";

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["is not LoRA", { peft_type: "IA3" }, /peft_type is "IA3"; known: LORA/],
    ["has no rank", { r: undefined }, /missing key "r"/],
    ["has a rank that is no number", { r: "8" }, /r must be integer, not the string "8"/],
    ["trains biases in a way nobody knows", { bias: "some" }, /bias is "some"; did you mean "none"/],
    [
      "adapts experts",
      { target_parameters: ["mlp.experts.gate_up_proj"] },
      /target_parameters \["mlp[^;]* changes what the adapter computes; merge it into its base/,
    ],
    ["trains tokens alone", { trainable_token_indices: [3] }, /trainable_token_indices \[3\] changes/],
    ["changed its base at the start", { init_lora_weights: "pissa" }, /init_lora_weights "pissa" changes/],
    ["repeats layers", { layer_replication: [[0, 2]] }, /layer_replication \[\[0,2\]\] changes/],
    ["has a key nobody knows", { use_twist: 3 }, /use_twist 3 changes/],
    ["has a pattern that is none", { rank_pattern: { "(": 2 } }, /the pattern "\(" is not a regular expression/],
  ])("that %s", async (_, config, message) => {
    const { folder, read } = await written({ config });
    await expectRefused(read, join(folder, "adapter_config.json"), message);
  });

  const nan = ([a, ...others]: StoredTensor[]): StoredTensor[] => [
    { ...(a as StoredTensor), bytes: encodeFloats(Float32Array.from({ length: 96 }, (_, i) => (i === 7 ? NaN : 0)), "F32") },
    ...others,
  ]; // prettier-ignore
  const withTensor = (name: string, shape: number[]) => (tensors: StoredTensor[]) => [
    ...tensors,
    { name, dtype: "F32" as const, shape, bytes: encodeFloats(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), "F32") },
  ]; // prettier-ignore
  test.each<[string, Partial<AdapterOptions>, string | RegExp]>([
    ["has another rank than its configuration says", { config: { r: 4 } }, `tensor ${module}.lora_A.weight has shape [3, 32] where the base and the rank in adapter_config.json need [4, 32]`],
    ["is for a module the base does not have", { edit: renamed("q_proj", "qkv_proj") }, /lora_A\.weight adapts model\.layers\.1\.self_attn\.qkv_proj, which is no linear map of the base/],
    ["is for a module of another shape", { edit: renamed("self_attn.q_proj", "mlp.up_proj") }, /mlp\.up_proj\.lora_B\.weight has shape \[32, 3\] where .* need \[56, 3\]/],
    ["is for a layer too many", { edit: renamed("layers.1", "layers.2") }, /adapts model\.layers\.2\.self_attn\.q_proj, which is no linear map/],
    ["is for another embedding", { edit: renamed(/lora_([AB])\.weight/, "lora_embedding_$1") }, /lora_embedding_A adapts model.layers.1.self_attn.q_proj, which is not the embedding of the base/],
    ["is for a head of another size", { edit: renamed("model.layers.1.self_attn.q_proj", "lm_head") }, /lm_head.lora_B.weight has shape \[32, 3\] where .* need \[309, 3\]/],
    ["is DoRA without its magnitudes", { config: { use_dora: true } }, /q_proj has no lora_magnitude_vector where use_dora is true; adapter_config.json and this file do not belong together/],
    ["has magnitudes without being DoRA", { edit: withTensor(`${module}.lora_magnitude_vector`, [32]) }, /q_proj has a lora_magnitude_vector where use_dora is not true/],
    ["has magnitudes of another size", { config: { use_dora: true }, edit: withTensor(`${module}.lora_magnitude_vector`, [31]) }, /lora_magnitude_vector has shape \[31\] where the base has 32 outputs/],
    ["is DoRA with biases of its own", { config: { use_dora: true, lora_bias: true }, edit: (tensors) => withTensor(`${module}.lora_B.bias`, [32])(withTensor(`${module}.lora_magnitude_vector`, [32])(tensors)) }, /DoRA of a module with a bias of its own .* is not read here; merge it/],
    ["lacks its biases", { config: { lora_bias: true } }, /q_proj has no bias where lora_bias is true/],
    ["lacks the modules that it saves", { config: { modules_to_save: ["lm_head"] } }, /no tensor of lm_head, which modules_to_save names/],
    ["saves a module of another size", { config: { modules_to_save: ["lm_head"] }, edit: withTensor("base_model.model.lm_head.weight", [311, 32]) }, /lm_head.weight has shape \[311, 32\] where .* need \[309, 32\]/],
    ["saves a module the base does not have", { edit: withTensor("base_model.model.value_head.weight", [1, 32]) }, /value_head.weight is no addition to a module and no tensor of the base; merge it/],
    ["trains tokens", { edit: withTensor(`${module}.lora_token_delta`, [1, 32]) }, /lora_token_delta is of a kind that is not read here; merge it/],
    ["lacks one matrix", { edit: (tensors) => tensors.slice(0, 1) }, /model\.layers\.1\.self_attn\.q_proj has no lora_B/],
    ["holds no tensors", { edit: () => [] }, /no tensors/],
    ["holds NaN", { edit: nan }, `element 7 of tensor ${module}.lora_A.weight is NaN`],
  ])("that %s", async (_, options, message) => {
    const { folder, read } = await written(options);
    const text = typeof message === "string" ? message.replace(/[[\].]/g, "\\$&") : message;
    await expectRefused(read, join(folder, "adapter_model.safetensors"), new RegExp(text));
  }); // prettier-ignore

  test("an adapter whose file was cut is refused", async () => {
    const { folder, read } = await written();
    const path = join(folder, "adapter_model.safetensors");
    await truncate(path, (await readFile(path)).length - 1);
    await expectRefused(read, path, /the file is cut/);
  });

  test.each(["adapter_config.json", "adapter_model.safetensors"])("without %s", async (file) => {
    const { folder, read } = await written();
    await rm(join(folder, file));
    await expectRefused(read, folder, `no ${file}`, /PEFT's save_pretrained writes the folder of a LoRA adapter/);
  });

  test("whose configuration is not JSON, or not there at all", async () => {
    const { folder, read } = await written();
    await writeFile(join(folder, "adapter_config.json"), "{\n");
    await expectRefused(read, join(folder, "adapter_config.json"), /not JSON/);
    await rm(folder, { recursive: true });
    await expectRefused(read, folder, /cannot read .* \(ENOENT\)/);
  });
});
