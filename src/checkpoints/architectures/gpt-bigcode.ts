import type { Layer } from "./model-spec.js";
import { activation, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/**
 * Describes SantaCoder and StarCoder: GPT-2 with one key and value for all heads, matrices stored the usual way round.
 */
export const gptBigcode: Architecture = {
  name: "GPTBigCodeForCausalLM",
  modelType: "gpt_bigcode",
  read: (config, tensors) => {
    const hidden = config.count(["n_embd", "hidden_size"]);
    const heads = config.count(["n_head", "num_attention_heads"]);
    const inner = config.count("n_inner", 4 * hidden);
    const vocab = config.count("vocab_size");
    const window = config.count(["n_positions", "max_position_embeddings"], 1024);
    const headSize = config.headSize(hidden, heads);
    const eps = config.number("layer_norm_epsilon", 1e-5);
    const prefix = storedPrefix(tensors, ["transformer.", ""], "wte.weight");
    const act = activation(config, config.text("activation_function", "gelu_pytorch_tanh"));
    const scale = config.flag("scale_attn_weights", true) ? headSize ** -0.5 : 1;
    const single = config.flag("multi_query", true);
    const keyValueHeads = single ? 1 : heads;
    config.only("add_cross_attention", false);
    const layers = Array.from({ length: config.count(["n_layer", "num_hidden_layers"]) }, (_, index): Layer => {
      const name = `${prefix}h.${index}`;
      const width = (heads + 2 * keyValueHeads) * headSize;
      return {
        block: {
          kind: "sequential",
          attentionNorm: layerNorm(tensors, `${name}.ln_1`, hidden, eps),
          mlpNorm: layerNorm(tensors, `${name}.ln_2`, hidden, eps),
        },
        attention: {
          heads,
          keyValueHeads,
          headSize,
          scale,
          output: linear(tensors, `${name}.attn.c_proj`, hidden, hidden),
          projection: { kind: "grouped", linear: linear(tensors, `${name}.attn.c_attn`, hidden, width) },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.mlp.c_fc`, hidden, inner),
          down: linear(tensors, `${name}.mlp.c_proj`, inner, hidden),
          activation: act,
        },
      };
    });
    return assembled(tensors, {
      architecture: "GPTBigCodeForCausalLM",
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
