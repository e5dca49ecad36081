import type { Norm, PerHeadNorm } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import { layerTypes, llamaLike, readSizes, type Architecture } from "./shared.js";

/** Returns a LayerNorm that never has a bias. */
const scaleNorm = (name: string, size: number, eps: number): Norm => ({
  kind: "layer",
  weight: `${name}.weight`,
  eps,
  size,
});

/**
 * Describes Command-R and Aya: attention and MLP side by side on one norm, neighbouring dimensions rotated, logits
 * scaled.
 */
export const cohere: Architecture = {
  name: "CohereForCausalLM",
  modelType: "cohere",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 8192 });
    const eps = config.number("layer_norm_eps", 1e-5);
    const norm = (name: string) => scaleNorm(name, sizes.hidden, eps);
    const rotary = { ...readRotary(config, sizes.headSize, { theta: 500000 }), interleaved: true };
    const perHead = (matrix: string, heads: number): PerHeadNorm => ({
      kind: "per-head",
      weights: { matrix: `${matrix}.weight`, heads },
      eps,
      size: sizes.headSize,
    });
    const qkNorm = config.flag("use_qk_norm", false);
    config.flag("attention_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "CohereForCausalLM",
      finalNorm: norm,
      tied: true,
      logitScale: config.number("logit_scale", 0.0625),
      layer: (prefix) => ({
        block: { kind: "parallel", attentionNorm: norm(`${prefix}.input_layernorm`) },
        rotary,
        ...(qkNorm
          ? {
              queryNorm: perHead(`${prefix}.self_attn.q_norm`, sizes.heads),
              keyNorm: perHead(`${prefix}.self_attn.k_norm`, sizes.keyValueHeads),
            }
          : {}),
      }),
    });
  },
};

/** Describes Command R7B: Command-R with a sliding window in three of four layers; the others have no positions. */
export const cohere2: Architecture = {
  name: "Cohere2ForCausalLM",
  modelType: "cohere2",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 8192 });
    const eps = config.number("layer_norm_eps", 1e-5);
    const norm = (name: string) => scaleNorm(name, sizes.hidden, eps);
    const rotary = { ...readRotary(config, sizes.headSize), interleaved: true };
    if (config.has("sliding_window") && config.value("sliding_window") === undefined)
      throw config.fail("sliding_window is null; every release of Command R7B has one");
    const window = config.count("sliding_window", 4096);
    const period = config.count("sliding_window_pattern", 4);
    const types = layerTypes(config, sizes.layers, (i) =>
      (i + 1) % period === 0 ? "full_attention" : "sliding_attention",
    );
    config.flag("attention_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "Cohere2ForCausalLM",
      finalNorm: norm,
      tied: true,
      logitScale: config.number("logit_scale", 0.0625),
      layer: (prefix, i) => ({
        block: { kind: "parallel", attentionNorm: norm(`${prefix}.input_layernorm`) },
        ...(types[i] === "sliding_attention" ? { rotary, slidingWindow: window } : {}),
      }),
    });
  },
};
