import { readRotary } from "./rotary.js";
import { activation, linear, llamaLike, preNormOf, readSizes, rmsNorm, type Architecture } from "./shared.js";

/** Apertus: Llama with a plain MLP whose activation, xIELU, has trained factors; queries and keys normed per head. */
export const apertus: Architecture = {
  name: "ApertusForCausalLM",
  modelType: "apertus",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 65536 });
    const { hidden, inner, headSize } = sizes;
    const eps = config.number("rms_norm_eps", 1e-5);
    const norm = (name: string) => rmsNorm(name, hidden, eps);
    const rotary = readRotary(config, headSize, { theta: 12000000 });
    if (config.value("rope_scaling") === undefined && config.value("rope_parameters") === undefined)
      throw config.fail("rope_scaling is missing; every release of Apertus has it");
    const named = config.text("hidden_act", "xielu");
    config.flag("attention_bias", false);
    // What older files say of the block is how it always is.
    config.only("post_norm", false);
    config.only("qk_norm", true);
    config.only("mlp_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "ApertusForCausalLM",
      finalNorm: norm,
      layer: (prefix) => {
        const stored = (name: string) => `${prefix}.mlp.act_fn.${name}`;
        return {
          block: preNormOf(norm(`${prefix}.attention_layernorm`), norm(`${prefix}.feedforward_layernorm`)),
          rotary,
          queryNorm: rmsNorm(`${prefix}.self_attn.q_norm`, headSize, eps),
          keyNorm: rmsNorm(`${prefix}.self_attn.k_norm`, headSize, eps),
          mlp: {
            kind: "plain",
            up: linear(tensors, `${prefix}.mlp.up_proj`, hidden, inner),
            down: linear(tensors, `${prefix}.mlp.down_proj`, inner, hidden),
            activation:
              named === "xielu"
                ? {
                    kind: "xielu",
                    alphaP: stored("alpha_p"),
                    alphaN: stored("alpha_n"),
                    beta: stored("beta"),
                    eps: stored("eps"),
                  }
                : activation(config, named),
          },
        };
      },
    });
  },
};
