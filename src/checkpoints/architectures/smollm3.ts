import { readRotary } from "./rotary.js";
import { layerTypes, llamaLike, preNorm, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Describes SmolLM3: Llama in which some layers have no positions at all. */
export const smollm3: Architecture = {
  name: "SmolLM3ForCausalLM",
  modelType: "smollm3",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 32768 });
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = (name: string) => rmsNorm(name, sizes.hidden, eps);
    const rotary = readRotary(config, sizes.headSize, { theta: 2000000 });
    const interval = config.count("no_rope_layer_interval", 4);
    const given = config.value("no_rope_layers");
    const rotated = Array.isArray(given)
      ? given.map(Boolean)
      : Array.from({ length: sizes.layers }, (_, i) => (i + 1) % interval !== 0);
    if (rotated.length !== sizes.layers) throw config.fail(`no_rope_layers must have ${sizes.layers} entries`);
    const window = config.optionalCount("sliding_window");
    const sliding = config.flag("use_sliding_window", false);
    const types = layerTypes(config, sizes.layers, (i) =>
      sliding && rotated[i] !== true ? "sliding_attention" : "full_attention",
    );
    config.flag("attention_bias", false);
    config.flag("mlp_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "SmolLM3ForCausalLM",
      finalNorm: norm,
      tied: true,
      layer: (prefix, i) => ({
        block: preNorm(norm, prefix),
        rotary: rotated[i] === true ? rotary : undefined,
        slidingWindow: types[i] === "sliding_attention" ? window : undefined,
      }),
    });
  },
};
