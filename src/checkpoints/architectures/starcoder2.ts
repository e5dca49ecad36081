import { readRotary } from "./rotary.js";
import { activation, layerNorm, linear, llamaLike, preNorm, readSizes, type Architecture } from "./shared.js";

/** Describes StarCoder 2: Llama's attention, LayerNorm and a plain MLP. */
export const starcoder2: Architecture = {
  name: "Starcoder2ForCausalLM",
  modelType: "starcoder2",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 4096 });
    const { hidden, inner } = sizes;
    const eps = config.number("norm_epsilon", 1e-5);
    const norm = (name: string) => layerNorm(tensors, name, hidden, eps);
    const rotary = readRotary(config, sizes.headSize);
    const slidingWindow = config.optionalCount("sliding_window");
    const act = activation(config, config.text("hidden_act", "gelu_pytorch_tanh"));
    config.flag("use_bias", true);
    config.only("mlp_type", "default");
    config.only("norm_type", "layer_norm");
    // Releases have these of GPT-BigCode too; transformers reads hidden_act and norm_epsilon instead.
    for (const key of ["activation_function", "layer_norm_epsilon", "scale_attention_softmax_in_fp32"])
      config.value(key);
    config.only("scale_attn_weights", true);
    return llamaLike(config, tensors, sizes, {
      architecture: "Starcoder2ForCausalLM",
      finalNorm: norm,
      tied: true,
      layer: (prefix) => ({
        block: preNorm(norm, prefix),
        rotary,
        slidingWindow,
        mlp: {
          kind: "plain",
          up: linear(tensors, `${prefix}.mlp.c_fc`, hidden, inner),
          down: linear(tensors, `${prefix}.mlp.c_proj`, inner, hidden),
          activation: act,
        },
      }),
    });
  },
};
