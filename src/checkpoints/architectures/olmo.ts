import { readRotary } from "./rotary.js";
import type { Norm } from "./model-spec.js";
import { llamaLike, preNorm, readSizes, type Architecture } from "./shared.js";

/** Describes OLMo 1: LayerNorm without parameters, and queries, keys and values clipped. */
export const olmo: Architecture = {
  name: "OlmoForCausalLM",
  modelType: "olmo",
  read: (config, tensors) => {
    const sizes = readSizes(config);
    const norm = (): Norm => ({ kind: "layer", eps: 1e-5, size: sizes.hidden });
    const rotary = readRotary(config, sizes.headSize);
    config.flag("attention_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "OlmoForCausalLM",
      finalNorm: norm,
      clip: config.optionalNumber("clip_qkv"),
      layer: (prefix) => ({ block: preNorm(norm, prefix), rotary }),
    });
  },
};
