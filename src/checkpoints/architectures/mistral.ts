import { readRotary } from "./rotary.js";
import { llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes Mistral: Llama with a sliding window in every layer. */
export const mistral: Architecture = {
  name: "MistralForCausalLM",
  modelType: "mistral",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 4096 * 32 });
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize);
    const slidingWindow = config.optionalCount("sliding_window");
    return llamaLike(config, tensors, sizes, {
      architecture: "MistralForCausalLM",
      finalNorm: norm,
      layer: (prefix) => ({ block: preNorm(norm, prefix), rotary, slidingWindow }),
    });
  },
};
