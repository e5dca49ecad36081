import { readRotary } from "./rotary.js";
import { layerTypes, llamaLike, postNorm, preNormOf, readSizes, rmsNorm, type Architecture } from "./shared.js";

const NAMES = {
  prefixes: ["transformer.", ""],
  embedding: "wte",
  layers: "h",
  query: "attn.attention.q_proj",
  key: "attn.attention.k_proj",
  value: "attn.attention.v_proj",
  output: "attn.attention.out_proj",
  gate: "mlp.c_fc_0",
  up: "mlp.c_fc_1",
  down: "mlp.c_proj",
  norm: "ln_f",
};

/** Describes EXAONE 3 and 3.5: Llama under other names. */
export const exaone: Architecture = {
  name: "ExaoneForCausalLM",
  modelType: "exaone",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 4096, layersKey: ["num_layers", "num_hidden_layers"] });
    const eps = config.number(["layer_norm_epsilon", "rms_norm_eps"], 1e-5);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize, { theta: 500000 });
    config.flag("attention_bias", false);
    config.flag("mlp_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "ExaoneForCausalLM",
      finalNorm: norm,
      activation: config.text(["activation_function", "hidden_act"], "silu"),
      names: NAMES,
      layer: (prefix) => ({ block: preNormOf(norm(`${prefix}.ln_1`), norm(`${prefix}.ln_2`)), rotary }),
    });
  },
};

/**
 * Describes EXAONE 4: norms after attention and MLP; with a sliding window, the layers without it have no positions.
 */
export const exaone4: Architecture = {
  name: "Exaone4ForCausalLM",
  modelType: "exaone4",
  read: (config, tensors) => {
    const sizes = readSizes(config);
    const eps = config.number("rms_norm_eps", 1e-5);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize);
    const window = config.has("sliding_window") ? config.optionalCount("sliding_window") : 4096;
    const period = config.value("sliding_window_pattern") ?? 4;
    const types = layerTypes(config, sizes.layers, (i) => {
      if (window === undefined || typeof period !== "number" || period < 1)
        throw config.fail("layer_types is missing; it says which layers have a sliding window");
      return (i + 1) % period === 0 ? "full_attention" : "sliding_attention";
    });
    return llamaLike(config, tensors, sizes, {
      architecture: "Exaone4ForCausalLM",
      finalNorm: norm,
      layer: (prefix, i) => {
        const isSliding = types[i] === "sliding_attention";
        return {
          block: postNorm(norm, prefix),
          rotary: window === undefined || isSliding ? rotary : undefined,
          slidingWindow: isSliding ? window : undefined,
          queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, sizes.headSize, eps),
          keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, sizes.headSize, eps),
        };
      },
    });
  },
};
