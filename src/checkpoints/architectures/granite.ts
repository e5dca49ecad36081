import { readRotary } from "./rotary.js";
import { llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/**
 * Describes Granite 3: Llama with factors for the embedding, the scores, what is added to the residual stream, and the
 * logits.
 */
export const granite: Architecture = {
  name: "GraniteForCausalLM",
  modelType: "granite",
  read: (config, tensors) => {
    const sizes = readSizes(config);
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize);
    const residualScale = config.number("residual_multiplier", 1);
    config.flag("attention_bias", false);
    config.flag("mlp_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "GraniteForCausalLM",
      finalNorm: norm,
      scale: config.number("attention_multiplier", 1),
      embeddingScale: config.number("embedding_multiplier", 1),
      logitScale: 1 / config.number("logits_scaling", 1),
      layer: (prefix) => ({ block: { ...preNorm(norm, prefix), residualScale }, rotary }),
    });
  },
};
