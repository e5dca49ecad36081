import type { ConfigReader } from "./config-reader.js";
import { mixtureOfExperts, readExperts, sharedExpert } from "./experts.js";
import type { ModelSpec } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import {
  activation,
  layerTypes,
  llamaLike,
  preNorm,
  readSizes,
  rmsNorm,
  type Architecture,
  type Sizes,
  type TensorNames,
} from "./shared.js";

/**
 * Describes Qwen 1.5 and 2 with a mixture of experts, beside which every token goes through one more, with a weight of
 * its own.
 */
export const qwen2Moe: Architecture = {
  name: "Qwen2MoeForCausalLM",
  modelType: "qwen2_moe",
  read: (config, tensors) => {
    const shared = config.count("shared_expert_intermediate_size", 5632);
    config.flag("qkv_bias", true);
    const { sizes, isDense, mixture, act } = readMixture(config, tensors, {
      experts: { count: 60, chosen: 4, inner: 1408 },
      inner: 5632,
    });
    const slides = config.flag("use_sliding_window", false);
    const most = slides ? config.number("max_window_layers", 28) : 0;
    const sliding = (layer: number) => layer % 2 === 0 && layer < most;
    const types = layerTypes(config, sizes.layers, (layer) =>
      sliding(layer) ? "sliding_attention" : "full_attention",
    );
    if (!slides && types.includes("sliding_attention"))
      throw config.fail("layer_types has sliding_attention, but use_sliding_window is false");
    const window = windowOf(config, slides);
    return qwenMoe(config, tensors, sizes, "Qwen2MoeForCausalLM", ({ prefix, index }) => ({
      slidingWindow: types[index] === "sliding_attention" ? window : undefined,
      ...(isDense(index)
        ? {}
        : {
            mlp: {
              ...mixture(prefix),
              shared: sharedExpert(tensors, `${prefix}.mlp`, sizes.hidden, shared, act),
            },
          }),
    }));
  },
};

/** Describes Qwen 3 with a mixture of experts in all layers, or in those that config.json says. */
export const qwen3Moe: Architecture = {
  name: "Qwen3MoeForCausalLM",
  modelType: "qwen3_moe",
  read: (config, tensors) => {
    const { sizes, isDense, mixture } = readMixture(config, tensors, {
      experts: { count: 128, chosen: 8, inner: 768 },
      inner: 6144,
    });
    const eps = config.number("rms_norm_eps", 1e-6);
    const slides = config.flag("use_sliding_window", false);
    const window = windowOf(config, slides);
    config.flag("attention_bias", false);
    // What releases say of how all are made: no expert that every token goes through, norms of queries and keys.
    config.only("shared_expert_intermediate_size", 0);
    config.only("use_qk_norm", true);
    return qwenMoe(config, tensors, sizes, "Qwen3MoeForCausalLM", ({ prefix, index }) => ({
      slidingWindow: slides ? window : undefined,
      queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, sizes.headSize, eps),
      keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, sizes.headSize, eps),
      ...(isDense(index) ? {} : { mlp: mixture(prefix) }),
    }));
  },
};

/** Reads the sizes, which layers have a mixture of experts, and what one is made of. */
function readMixture(
  config: ConfigReader,
  tensors: TensorNames,
  defaults: { readonly experts: Parameters<typeof readExperts>[2]; readonly inner: number },
) {
  const normalised = config.flag("norm_topk_prob", false);
  const experts = readExperts(config, "moe_intermediate_size", defaults.experts, normalised);
  const step = config.count("decoder_sparse_step", 1);
  const given = config.value("mlp_only_layers") ?? [];
  if (!Array.isArray(given)) throw config.fail("mlp_only_layers must be a list of layers");
  const layers = config.count("num_hidden_layers");
  const isDense = (layer: number) => given.includes(layer) || (layer + 1) % step !== 0;
  const anyDense = Array.from({ length: layers }, (_, layer) => layer).some(isDense);
  const inner = anyDense
    ? config.count("intermediate_size", defaults.inner)
    : config.number("intermediate_size", defaults.inner);
  const sizes = readSizes(config, { window: 32768, inner });
  const act = activation(config, config.text("hidden_act", "silu"));
  const mixture = (prefix: string) => mixtureOfExperts(tensors, `${prefix}.mlp`, sizes.hidden, experts, act);
  return { sizes, isDense, mixture, act };
}

/** Files that switch the window off may give any number for it. */
function windowOf(config: ConfigReader, slides: boolean): number | undefined {
  return slides ? config.count("sliding_window", 4096) : config.optionalNumber("sliding_window");
}

type LayerOptions = Parameters<typeof llamaLike>[3]["layer"];

function qwenMoe(
  config: ConfigReader,
  tensors: TensorNames,
  sizes: Sizes,
  architecture: string,
  layer: (place: { readonly prefix: string; readonly index: number }) => Omit<ReturnType<LayerOptions>, "block">,
): ModelSpec {
  const eps = config.number("rms_norm_eps", 1e-6);
  const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
  const rotary = readRotary(config, sizes.headSize);
  return llamaLike(config, tensors, sizes, {
    architecture,
    finalNorm: norm,
    layer: (prefix, index) => ({ block: preNorm(norm, prefix), rotary, ...layer({ prefix, index }) }),
  });
}
