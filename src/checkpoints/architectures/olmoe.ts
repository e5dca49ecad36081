import { mixtureOfExperts, readExperts } from "./experts.js";
import { readRotary } from "./rotary.js";
import { activation, llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes OLMoE: Llama with a mixture of experts, queries and keys normed over all heads together. */
export const olmoe: Architecture = {
  name: "OlmoeForCausalLM",
  modelType: "olmoe",
  read: (config, tensors) => {
    const normalised = config.flag("norm_topk_prob", false);
    const experts = readExperts(config, "intermediate_size", { count: 64, chosen: 8, inner: 2048 }, normalised);
    const sizes = readSizes(config, { window: 4096, inner: experts.inner });
    const { hidden, heads, keyValueHeads, headSize } = sizes;
    const eps = config.number("rms_norm_eps", 1e-5);
    const norm = (name: string) => rmsNorm(name, hidden, eps);
    const rotary = readRotary(config, headSize);
    const act = activation(config, config.text("hidden_act", "silu"));
    config.flag("attention_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "OlmoeForCausalLM",
      finalNorm: norm,
      clip: config.optionalNumber("clip_qkv"),
      layer: (prefix) => ({
        block: preNorm(norm, prefix),
        rotary,
        queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, heads * headSize, eps),
        keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, keyValueHeads * headSize, eps),
        mlp: mixtureOfExperts(tensors, `${prefix}.mlp`, hidden, experts, act),
      }),
    });
  },
};
