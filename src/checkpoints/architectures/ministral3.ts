import { readQueryScale, readRotary } from "./rotary.js";
import { llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes Ministral 3: Mistral whose queries grow with their position. */
export const ministral3: Architecture = {
  name: "Ministral3ForCausalLM",
  modelType: "ministral3",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 262144, headSize: 128 });
    const eps = config.number("rms_norm_eps", 1e-5);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const queryScale = readQueryScale(config);
    if (queryScale === undefined)
      throw config.fail("rope_parameters has no llama_4_scaling_beta, which Ministral3ForCausalLM needs");
    const rotary = readRotary(config, sizes.headSize);
    const slidingWindow = config.optionalCount("sliding_window");
    return llamaLike(config, tensors, sizes, {
      architecture: "Ministral3ForCausalLM",
      finalNorm: norm,
      layer: (prefix) => ({ block: preNorm(norm, prefix), rotary, slidingWindow, queryScale }),
    });
  },
};
