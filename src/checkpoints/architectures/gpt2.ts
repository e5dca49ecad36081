import type { Layer, Linear } from "./model-spec.js";
import { activation, assembled, layerNorm, storedPrefix, type Architecture } from "./shared.js";

/** Describes GPT-2: learned positions, matrices stored the other way round. */
export const gpt2: Architecture = {
  name: "GPT2LMHeadModel",
  modelType: "gpt2",
  read: (config, tensors) => {
    const hidden = config.count(["n_embd", "hidden_size"]);
    const heads = config.count(["n_head", "num_attention_heads"]);
    const inner = config.count("n_inner", 4 * hidden);
    const vocab = config.count("vocab_size");
    const window = config.count(["n_positions", "max_position_embeddings"], 1024);
    config.value("n_ctx");
    const headSize = config.headSize(hidden, heads);
    const eps = config.number("layer_norm_epsilon", 1e-5);
    const prefix = storedPrefix(tensors, ["transformer.", ""], "wte.weight");
    const act = activation(config, config.text("activation_function", "gelu_new"));
    const scaled = config.flag("scale_attn_weights", true);
    const byLayer = config.flag("scale_attn_by_inverse_layer_idx", false);
    config.flag("reorder_and_upcast_attn", false);
    config.only("add_cross_attention", false);
    const conv = (name: string, inputs: number, outputs: number): Linear => ({
      weight: `${name}.weight`,
      bias: `${name}.bias`,
      inputs,
      outputs,
      transposed: true,
    });
    const layers = Array.from({ length: config.count(["n_layer", "num_hidden_layers"]) }, (_, index): Layer => {
      const name = `${prefix}h.${index}`;
      return {
        block: {
          kind: "sequential",
          attentionNorm: layerNorm(tensors, `${name}.ln_1`, hidden, eps),
          mlpNorm: layerNorm(tensors, `${name}.ln_2`, hidden, eps),
        },
        attention: {
          heads,
          keyValueHeads: heads,
          headSize,
          scale: (scaled ? headSize ** -0.5 : 1) / (byLayer ? index + 1 : 1),
          output: conv(`${name}.attn.c_proj`, hidden, hidden),
          projection: { kind: "concatenated", linear: conv(`${name}.attn.c_attn`, hidden, 3 * hidden) },
        },
        mlp: {
          kind: "plain",
          up: conv(`${name}.mlp.c_fc`, hidden, inner),
          down: conv(`${name}.mlp.c_proj`, inner, hidden),
          activation: act,
        },
      };
    });
    return assembled(tensors, {
      architecture: "GPT2LMHeadModel",
      tied: config.flag("tie_word_embeddings", true),
      names: { embedding: `${prefix}wte`, head: "lm_head" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window,
      embedding: { positions: { weight: `${prefix}wpe.weight`, offset: 0, rows: window } },
      layers,
      finalNorm: layerNorm(tensors, `${prefix}ln_f`, hidden, eps),
    });
  },
};
