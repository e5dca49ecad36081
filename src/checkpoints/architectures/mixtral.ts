import { mixtureOfExperts, readExperts } from "./experts.js";
import { readRotary } from "./rotary.js";
import { activation, llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes Mixtral: Mistral with a mixture of experts. */
export const mixtral: Architecture = {
  name: "MixtralForCausalLM",
  modelType: "mixtral",
  read: (config, tensors) => {
    const experts = readExperts(config, "intermediate_size", { count: 8, chosen: 2, inner: 14336 }, true);
    const sizes = readSizes(config, { window: 4096 * 32, inner: experts.inner });
    const eps = config.number("rms_norm_eps", 1e-5);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize, { theta: 1000000 });
    const slidingWindow = config.optionalCount("sliding_window");
    const act = activation(config, config.text("hidden_act", "silu"));
    const names = { gate: "w1", up: "w3", down: "w2" };
    return llamaLike(config, tensors, sizes, {
      architecture: "MixtralForCausalLM",
      finalNorm: norm,
      layer: (prefix) => ({
        block: preNorm(norm, prefix),
        rotary,
        slidingWindow,
        mlp: mixtureOfExperts(tensors, `${prefix}.block_sparse_moe`, sizes.hidden, experts, act, names),
      }),
    });
  },
};
