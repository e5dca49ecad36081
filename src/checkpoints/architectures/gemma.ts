import type { ConfigReader } from "./config-reader.js";
import type { Norm } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import { layerTypes, llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Reads a norm of Gemma, which stores the scale as its difference from one. */
function gemmaNorm(size: number, eps: number): (name: string) => Norm {
  return (name) => ({ ...rmsNorm(name, size, eps), offset: 1 });
}

/**
 * Reads the activation, which stands under either of two names. Files that say "gelu" under the older one mean the tanh
 * approximation the models were trained with.
 */
function gemmaActivation(config: ConfigReader): string {
  const older = config.text("hidden_act", "gelu_pytorch_tanh");
  const named = older === "gelu" ? "gelu_pytorch_tanh" : older;
  const newer = config.text("hidden_activation", named);
  if (newer !== named && config.has("hidden_act"))
    throw config.fail(`hidden_act "${older}" and hidden_activation "${newer}" contradict each other`);
  return newer;
}

/** Reads a number that has a default where it is left out, and is off where it is null. */
function softcap(config: ConfigReader, key: string, fallback: number): number | undefined {
  return config.has(key) ? config.optionalNumber(key) : fallback;
}

/** Describes Gemma 1: Llama with scaled embeddings and a wide head. */
export const gemma: Architecture = {
  name: "GemmaForCausalLM",
  modelType: "gemma",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 8192, headSize: 256 });
    const norm = gemmaNorm(sizes.hidden, config.number("rms_norm_eps", 1e-6));
    const rotary = readRotary(config, sizes.headSize);
    config.flag("attention_bias", false);
    config.only("use_bidirectional_attention", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "GemmaForCausalLM",
      finalNorm: norm,
      tied: true,
      activation: gemmaActivation(config),
      embeddingScale: Math.sqrt(sizes.hidden),
      layer: (prefix) => ({ block: preNorm(norm, prefix), rotary }),
    });
  },
};

/** Describes Gemma 2: norms before and after, soft caps, a sliding window in every other layer. */
export const gemma2: Architecture = {
  name: "Gemma2ForCausalLM",
  modelType: "gemma2",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 8192, headSize: 256 });
    const norm = gemmaNorm(sizes.hidden, config.number("rms_norm_eps", 1e-6));
    const rotary = readRotary(config, sizes.headSize);
    const window = config.count("sliding_window", 4096);
    const types = layerTypes(config, sizes.layers, (i) => (i % 2 === 0 ? "sliding_attention" : "full_attention"));
    config.flag("attention_bias", false);
    config.only("use_bidirectional_attention", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "Gemma2ForCausalLM",
      finalNorm: norm,
      tied: true,
      activation: gemmaActivation(config),
      embeddingScale: Math.sqrt(sizes.hidden),
      scale: config.number("query_pre_attn_scalar", 256) ** -0.5,
      softcap: softcap(config, "attn_logit_softcapping", 50),
      logitSoftcap: softcap(config, "final_logit_softcapping", 30),
      layer: (prefix, i) => ({
        block: sandwich(norm, prefix),
        rotary,
        slidingWindow: types[i] === "sliding_attention" ? window : undefined,
      }),
    });
  },
};

/**
 * Describes Gemma 3 (text): Gemma 2 with normed queries and keys, and a second rotary base in the layers with a window.
 */
export const gemma3: Architecture = {
  name: "Gemma3ForCausalLM",
  modelType: "gemma3_text",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 131072, headSize: 256 });
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = gemmaNorm(sizes.hidden, eps);
    const headNorm = gemmaNorm(sizes.headSize, eps);
    const full = readRotary(config, sizes.headSize, { theta: 1000000, layerType: "full_attention" });
    const local = readRotary(config, sizes.headSize, {
      layerType: "sliding_attention",
      thetaKey: "rope_local_base_freq",
      unscaled: true,
    });
    const window = config.count("sliding_window", 4096);
    if (config.optionalNumber("attn_logit_softcapping") !== undefined) {
      throw config.fail("attn_logit_softcapping is not a part of Gemma 3");
    }
    const period = config.count(["sliding_window_pattern", "_sliding_window_pattern"], 6);
    const types = layerTypes(config, sizes.layers, (i) =>
      (i + 1) % period === 0 ? "full_attention" : "sliding_attention",
    );
    config.flag("attention_bias", false);
    config.only("use_bidirectional_attention", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "Gemma3ForCausalLM",
      finalNorm: norm,
      tied: true,
      activation: gemmaActivation(config),
      embeddingScale: Math.sqrt(sizes.hidden),
      scale: config.number("query_pre_attn_scalar", 256) ** -0.5,
      logitSoftcap: config.optionalNumber("final_logit_softcapping"),
      layer: (prefix, i) => {
        const isSliding = types[i] === "sliding_attention";
        return {
          block: sandwich(norm, prefix),
          rotary: isSliding ? local : full,
          slidingWindow: isSliding ? window : undefined,
          queryNorm: headNorm(`${prefix}.self_attn.q_norm`),
          keyNorm: headNorm(`${prefix}.self_attn.k_norm`),
        };
      },
    });
  },
};

/** Puts a norm before and a norm after each of attention and MLP. */
function sandwich(norm: (name: string) => Norm, prefix: string) {
  return {
    kind: "sequential",
    attentionNorm: norm(`${prefix}.input_layernorm`),
    attentionOutputNorm: norm(`${prefix}.post_attention_layernorm`),
    mlpNorm: norm(`${prefix}.pre_feedforward_layernorm`),
    mlpOutputNorm: norm(`${prefix}.post_feedforward_layernorm`),
  } as const;
}
