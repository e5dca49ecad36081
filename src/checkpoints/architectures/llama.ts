import { readRotary } from "./rotary.js";
import { llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes Llama 1, 2, 3; also SmolLM 1 and 2, TinyLlama, Amber. */
export const llama: Architecture = {
  name: "LlamaForCausalLM",
  modelType: "llama",
  read: (config, tensors) => {
    const sizes = readSizes(config);
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize);
    config.flag("attention_bias", false);
    config.flag("mlp_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "LlamaForCausalLM",
      finalNorm: norm,
      layer: (prefix) => ({ block: preNorm(norm, prefix), rotary }),
    });
  },
};
