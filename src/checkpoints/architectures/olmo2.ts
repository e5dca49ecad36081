import type { ConfigReader } from "./config-reader.js";
import type { ModelSpec } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import { layerTypes, llamaLike, postNorm, readSizes, rmsNorm, type Architecture, type TensorNames } from "./shared.js";

/**
 * Describes OLMo 2: norms after attention and MLP instead of before, queries and keys normed over all heads together.
 */
export const olmo2: Architecture = {
  name: "Olmo2ForCausalLM",
  modelType: "olmo2",
  read: (config, tensors) => read(config, tensors, "Olmo2ForCausalLM"),
};

/** Describes OLMo 3: OLMo 2 with a sliding window in three of four layers, which keep the plain rotary embedding. */
export const olmo3: Architecture = {
  name: "Olmo3ForCausalLM",
  modelType: "olmo3",
  read: (config, tensors) => read(config, tensors, "Olmo3ForCausalLM"),
};

function read(config: ConfigReader, tensors: TensorNames, architecture: string): ModelSpec {
  const sizes = readSizes(config);
  const eps = config.number("rms_norm_eps", 1e-5);
  const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
  const third = architecture === "Olmo3ForCausalLM";
  const types = third
    ? layerTypes(config, sizes.layers, (i) => ((i + 1) % 4 === 0 ? "full_attention" : "sliding_attention"))
    : [];
  const window = third ? config.count("sliding_window", 4096) : undefined;
  const theta = third ? 500000 : 10000;
  const full = readRotary(config, sizes.headSize, { theta, ...(third && { layerType: "full_attention" }) });
  // Where one number stands for all layers, transformers takes it for the layers without a window only.
  if (third) config.only("rope_theta", theta);
  const sliding = third
    ? readRotary(config, sizes.headSize, { theta, layerType: "sliding_attention", unscaled: true })
    : full;
  config.flag("attention_bias", false);
  return llamaLike(config, tensors, sizes, {
    architecture,
    finalNorm: norm,
    layer: (prefix, i) => {
      const isSliding = types[i] === "sliding_attention";
      return {
        block: postNorm(norm, prefix),
        rotary: isSliding ? sliding : full,
        slidingWindow: isSliding ? window : undefined,
        queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, sizes.heads * sizes.headSize, eps),
        keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, sizes.keyValueHeads * sizes.headSize, eps),
      };
    },
  });
}
