import type { Layer } from "./model-spec.js";
import { readRotary, rotaryShare } from "./rotary.js";
import { activation, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/** Describes GPT-NeoX and Pythia: attention and MLP side by side on two norms, part of each head rotated. */
export const gptNeox: Architecture = {
  name: "GPTNeoXForCausalLM",
  modelType: "gpt_neox",
  read: (config, tensors) => {
    const hidden = config.count("hidden_size");
    const heads = config.count("num_attention_heads");
    const inner = config.count("intermediate_size");
    const vocab = config.count("vocab_size");
    const headSize = config.headSize(hidden, heads);
    const eps = config.number("layer_norm_eps", 1e-5);
    const prefix = storedPrefix(tensors, ["gpt_neox.", ""], "embed_in.weight");
    const rotary = readRotary(config, Math.floor(headSize * rotaryShare(config, 0.25, "rotary_pct")), {
      thetaKey: "rotary_emb_base",
      partial: true,
    });
    const parallel = config.flag("use_parallel_residual", true);
    const act = activation(config, config.text("hidden_act", "gelu"));
    config.flag("attention_bias", true);
    const layers = Array.from({ length: config.count("num_hidden_layers") }, (_, index): Layer => {
      const name = `${prefix}layers.${index}`;
      const attentionNorm = layerNorm(tensors, `${name}.input_layernorm`, hidden, eps);
      const mlpNorm = layerNorm(tensors, `${name}.post_attention_layernorm`, hidden, eps);
      return {
        block: { kind: parallel ? "parallel" : "sequential", attentionNorm, mlpNorm },
        attention: {
          heads,
          keyValueHeads: heads,
          headSize,
          rotary,
          scale: headSize ** -0.5,
          output: linear(tensors, `${name}.attention.dense`, hidden, hidden),
          projection: {
            kind: "grouped",
            linear: linear(tensors, `${name}.attention.query_key_value`, hidden, 3 * hidden),
          },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.mlp.dense_h_to_4h`, hidden, inner),
          down: linear(tensors, `${name}.mlp.dense_4h_to_h`, inner, hidden),
          activation: act,
        },
      };
    });
    return assembled(tensors, {
      architecture: "GPTNeoXForCausalLM",
      tied: config.flag("tie_word_embeddings", false),
      names: { embedding: `${prefix}embed_in`, head: "embed_out" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window: config.count("max_position_embeddings", 2048),
      layers,
      finalNorm: layerNorm(tensors, `${prefix}final_layer_norm`, hidden, eps),
    });
  },
};
