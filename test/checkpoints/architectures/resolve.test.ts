/** Tests which architecture a config.json names. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/checkpoints/architectures/index.js";
import { textConfigOf } from "../../../src/checkpoints/architectures/wrappers.js";
import type { TensorLocation } from "../../../src/checkpoints/files/tensors.js";
import { readWeightFiles } from "../../../src/checkpoints/files/weight-files.js";
import { modelWeights } from "../../../src/checkpoints/model-weights.js";

const root = join(import.meta.dirname, "../../golden/architectures");
const open = async (name: string, changes: Readonly<Record<string, unknown>>) => {
  const tensors = await readWeightFiles(join(root, name), ["model.safetensors"]);
  const config = JSON.parse(readFileSync(join(root, name, "config.json"), "utf8")) as Record<string, unknown>;
  const changed = JSON.parse(JSON.stringify({ ...config, ...changes })) as Record<string, unknown>;
  return readModel(changed, tensors, "config.json");
};

describe("a release of another spelling is the same model", () => {
  test.each([
    ["llama", { architectures: ["LLaMAForCausalLM"] }],
    ["llama", { architectures: ["LlamaModel"] }],
    ["llama", { architectures: ["LLaMAModel"] }],
    ["llama", { architectures: undefined }],
    ["gpt2", { architectures: ["GPT2Model"] }],
    ["falcon-mqa", { architectures: ["RWForCausalLM"], model_type: "RefinedWebModel" }],
    ["falcon-new", { architectures: ["RWForCausalLM"], model_type: "RefinedWeb", new_decoder_architecture: undefined }],
  ])("%s with %j", async (name, changes) => {
    expect(await open(name, changes)).toEqual(await open(name, {}));
  });
});

describe("keys of released files that change nothing are passed over", () => {
  test.each([
    ["gpt2", { _num_labels: 1, n_ctx: 64, predict_special_tokens: true, n_special: 0 }],
    ["opt", { learned_embeddings: true, scale_embeddings: false, activation_dropout: 0, prefix: "</s>" }],
    ["gpt_neox", { attention_probs_dropout_prob: 0, hidden_dropout_prob: 0 }],
    ["falcon-mqa", { ff_factor: 4 }],
    ["phi", { rotary_dim: 32, auto_map: { AutoConfig: "x" } }],
    ["llama", { max_sequence_length: 2048 }],
    ["gptj", { rotary: true, scale_attn_weights: true }],
    [
      "starcoder2",
      { activation_function: "gelu", layer_norm_epsilon: 1e-5, mlp_type: "default", norm_type: "layer_norm" },
    ],
    ["qwen3_moe", { shared_expert_intermediate_size: 0, use_qk_norm: true }],
  ])("%s with %j", async (name, keys) => {
    expect(await open(name, keys)).toEqual(await open(name, {}));
  });

  test("but not where they belong to another family", async () => {
    await expect(open("llama", { alibi: true })).rejects.toThrow('the key "alibi" (true) is not known');
    await expect(open("llama", { rope_scaling: { rope_type: "default", beta: 2 } })).rejects.toThrow(
      'config.json: in rope_scaling: the key "beta" (2) is not known',
    );
  });
});

test.each([
  ["LlamaForCausallm", 'did you mean "LlamaForCausalLM"?'],
  ["OlmoForCausalLm", 'did you mean "OlmoForCausalLM"?'],
  ["Qwen4ForCausalLM", 'did you mean "Qwen'],
])("%s is refused with the nearest name", async (name, hint) => {
  await expect(open("llama", { architectures: [name] })).rejects.toThrow(hint);
});

test.each([
  ["GptOssForCausalLM", "attention sinks"],
  ["DeepseekV2ForCausalLM", "multi-head latent attention (MLA)"],
  ["DeepseekV3ForCausalLM", "multi-head latent attention (MLA)"],
  ["MambaForCausalLM", "layers with a state"],
  ["Llama4ForConditionalGeneration", "chunked attention"],
  ["T5ForConditionalGeneration", "an encoder"],
])("%s is refused with what it needs, in a short line", async (name, parts) => {
  const refused = await open("llama", { architectures: [name] }).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
  expect(refused).toContain(`config.json: architecture ${name} is not supported: it needs ${parts}`);
  expect(refused).toContain("ask it behind a server");
  expect(refused.length).toBeLessThan(250);
});

test.each([
  ["gptj", { rotary: false }, "rotary false is not supported yet; supported: true"],
  ["starcoder2", { mlp_type: "gated" }, 'mlp_type "gated" is not supported yet; supported: "default"'],
  ["qwen3_moe", { shared_expert_intermediate_size: 8 }, "shared_expert_intermediate_size 8 is not supported yet"],
  [
    "qwen2_moe-dense",
    { use_sliding_window: false },
    "layer_types has sliding_attention, but use_sliding_window is false",
  ],
])("%s with %j is refused", async (name, keys, message) => {
  await expect(open(name, keys)).rejects.toThrow(message);
});

test.each([
  ["qwen2_vl", { video_token_id: 9, vision_token_id: 7 }],
  ["qwen3_vl", { image_token_id: 9, vision_config: {} }],
])("%s: what is said of its images changes nothing", async (name, changes) => {
  expect(await open(name, changes)).toEqual(await open(name, {}));
});

test("a key of a text model inside that nobody knows is refused", async () => {
  await expect(open("qwen2_vl", { unheard_of: 3 })).rejects.toThrow('the key "unheard_of" (3) is not known');
});

test("attention to both sides is refused, whether the wrapper or its text model asks for it", async () => {
  const refusal = "is_causal false is not supported yet";
  await expect(open("qwen2_vl", { is_causal: false })).rejects.toThrow(refusal);
  await expect(open("llama", { is_causal: false })).rejects.toThrow(refusal);
});

test("a model of text and images is refused by the type of its text model", async () => {
  const wrapped = (type: string) => ({
    architectures: ["Mistral3ForConditionalGeneration"],
    text_config: { model_type: type },
  });
  await expect(open("llama", wrapped("ministral4"))).rejects.toThrow(
    'config.json: text_config has the model_type "ministral4", which is not supported yet; did you mean "ministral3"?',
  );
  await expect(open("llama", wrapped("gpt_oss"))).rejects.toThrow("not supported yet: it needs attention sinks");
});

test.each([
  ["InternVLForConditionalGeneration", undefined, false, true],
  ["Mistral3ForConditionalGeneration", undefined, undefined, true],
  ["Mistral3ForConditionalGeneration", false, true, false],
  ["SmolVLMForConditionalGeneration", undefined, true, false],
  ["LlavaForConditionalGeneration", undefined, true, true],
  ["LlavaForConditionalGeneration", false, false, false],
  ["VoxtralForConditionalGeneration", true, false, false],
  ["VoxtralForConditionalGeneration", undefined, true, true],
])("%s, tied %s, with a text model tied %s: the head is the embedding is %s", (name, own, text, tied) => {
  const config = textConfigOf({
    architectures: [name],
    ...(own === undefined ? {} : { tie_word_embeddings: own }),
    text_config: { model_type: "llama", ...(text === undefined ? {} : { tie_word_embeddings: text }) },
  });
  expect(config?.["tie_word_embeddings"]).toBe(tied);
});

test("a Gemma 3 that takes images has no cap on its logits, whatever its text model says", () => {
  const text = { model_type: "gemma3_text", final_logit_softcapping: 2 };
  const config = textConfigOf({ architectures: ["Gemma3ForConditionalGeneration"], text_config: text });
  expect(config?.["final_logit_softcapping"]).toBeNull();
});

test("what Voxtral's text_config leaves out is of its own defaults, not of Llama's", () => {
  const text = (given: object) =>
    textConfigOf({ architectures: ["VoxtralForConditionalGeneration"], text_config: given });
  expect(text({ hidden_size: 64 })).toMatchObject({
    hidden_size: 64,
    rms_norm_eps: 1e-5,
    rope_theta: 1e8,
    head_dim: 128,
  });
  expect(text({ rope_theta: 500 })).toMatchObject({ model_type: "llama", rope_theta: 500 });
});

describe("the text model of a model of text and images is run, whatever its tensors are called", () => {
  test.each([
    ["LlavaNextForConditionalGeneration", (name: string) => `language_model.${name}`, "multi_modal_projector.linear_1.bias"],
    ["SmolVLMForConditionalGeneration", (name: string) => name.replace("model.", "model.text_model."), "model.connector.modality_projection.proj.weight"],
    ["Idefics3ForConditionalGeneration", (name: string) => name.replace("model.", "model.text_model."), "model.vision_model.post_layernorm.bias"],
  ])("%s", async (architecture, rename, vision) => {
    const llama = await readWeightFiles(join(root, "llama"), ["model.safetensors"]);
    const text = JSON.parse(readFileSync(join(root, "llama", "config.json"), "utf8")) as Record<string, unknown>;
    const config = { architectures: [architecture], model_type: "any", text_config: text };
    const tensors = new Map([...llama.values()].map((tensor) => [rename(tensor.name), tensor]));
    const seen = new Map([...tensors, [vision, [...llama.values()][0] as TensorLocation] as const]);
    const { model, used } = modelWeights("folder", config, {}, seen);
    expect(JSON.parse(JSON.stringify(model).replaceAll("model.text_model.", "model.").replaceAll("language_model.", ""))).toEqual(
      JSON.parse(JSON.stringify(await open("llama", {}))),
    );
    expect([...used].sort()).toEqual([...tensors.keys()].sort());
  });
}); // prettier-ignore
