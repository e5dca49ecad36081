import { mixtureOfExperts, readExperts } from "./experts.js";
import { readRotary } from "./rotary.js";
import { activation, llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes Qwen 3 with a mixture of experts in all layers, or in those that config.json says. */
export const qwen3Moe: Architecture = {
  name: "Qwen3MoeForCausalLM",
  modelType: "qwen3_moe",
  read: (config, tensors) => {
    const normalised = config.flag("norm_topk_prob", false);
    const experts = readExperts(config, "moe_intermediate_size", { count: 128, chosen: 8, inner: 768 }, normalised);
    const step = config.count("decoder_sparse_step", 1);
    const given = config.value("mlp_only_layers") ?? [];
    if (!Array.isArray(given)) throw config.fail("mlp_only_layers must be a list of layers");
    const layers = config.count("num_hidden_layers");
    const isDense = (layer: number) => given.includes(layer) || (layer + 1) % step !== 0;
    const anyDense = Array.from({ length: layers }, (_, layer) => layer).some(isDense);
    const inner = anyDense ? config.count("intermediate_size", 6144) : config.number("intermediate_size", 6144);
    const sizes = readSizes(config, { window: 32768, inner });
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize);
    const act = activation(config, config.text("hidden_act", "silu"));
    const slides = config.flag("use_sliding_window", false);
    const window = slides ? config.count("sliding_window", 4096) : config.optionalNumber("sliding_window");
    config.flag("attention_bias", false);
    // What releases say of how all are made: no expert that every token goes through, norms of queries and keys.
    config.only("shared_expert_intermediate_size", 0);
    config.only("use_qk_norm", true);
    return llamaLike(config, tensors, sizes, {
      architecture: "Qwen3MoeForCausalLM",
      finalNorm: norm,
      layer: (prefix, index) => ({
        block: preNorm(norm, prefix),
        rotary,
        slidingWindow: slides ? window : undefined,
        queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, sizes.headSize, eps),
        keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, sizes.headSize, eps),
        ...(isDense(index) ? {} : { mlp: mixtureOfExperts(tensors, `${prefix}.mlp`, sizes.hidden, experts, act) }),
      }),
    });
  },
};
