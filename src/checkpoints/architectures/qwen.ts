import type { ConfigReader } from "./config-reader.js";
import type { ModelSpec } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import { layerTypes, llamaLike, preNorm, readSizes, rmsNorm, type Architecture, type TensorNames } from "./shared.js";

/** Describes Qwen 2 and 2.5: Llama with biases on queries, keys and values. */
export const qwen2: Architecture = {
  name: "Qwen2ForCausalLM",
  modelType: "qwen2",
  read: (config, tensors) => read(config, tensors, "Qwen2ForCausalLM"),
};

/** Describes Qwen 3: no biases, queries and keys normed per head. */
export const qwen3: Architecture = {
  name: "Qwen3ForCausalLM",
  modelType: "qwen3",
  read: (config, tensors) => read(config, tensors, "Qwen3ForCausalLM"),
};

function read(config: ConfigReader, tensors: TensorNames, architecture: string): ModelSpec {
  const third = architecture === "Qwen3ForCausalLM";
  const sizes = readSizes(config, { window: 32768, ...(third ? { headSize: 128 } : {}) });
  const eps = config.number("rms_norm_eps", 1e-6);
  const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
  const rotary = readRotary(config, sizes.headSize);
  const from = config.flag("use_sliding_window", false) ? config.number("max_window_layers", 28) : Infinity;
  const types = layerTypes(config, sizes.layers, (i) => (i >= from ? "sliding_attention" : "full_attention"));
  // Files that switch the window off may give any number for it.
  const slides = types.includes("sliding_attention");
  const window = slides ? config.optionalCount("sliding_window") : config.optionalNumber("sliding_window");
  if (third) config.flag("attention_bias", false);
  return llamaLike(config, tensors, sizes, {
    architecture,
    finalNorm: norm,
    layer: (prefix, i) => ({
      block: preNorm(norm, prefix),
      rotary,
      slidingWindow: types[i] === "sliding_attention" ? window : undefined,
      ...(third
        ? {
            queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, sizes.headSize, eps),
            keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, sizes.headSize, eps),
          }
        : {}),
    }),
  });
}
