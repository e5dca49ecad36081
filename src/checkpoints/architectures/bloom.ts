import type { Layer } from "./model-spec.js";
import { alibiSlopes, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/** Describes BLOOM: ALiBi instead of positions, a norm after the embedding. */
export const bloom: Architecture = {
  name: "BloomForCausalLM",
  modelType: "bloom",
  read: (config, tensors) => {
    const hidden = config.count(["hidden_size", "n_embed"]);
    const heads = config.count(["n_head", "num_attention_heads"]);
    const vocab = config.count("vocab_size");
    const headSize = config.headSize(hidden, heads);
    const eps = config.number("layer_norm_epsilon", 1e-5);
    const prefix = storedPrefix(tensors, ["transformer.", ""], "word_embeddings.weight");
    const residualFromNorm = config.flag("apply_residual_connection_post_layernorm", false);
    const alibi = { slopes: alibiSlopes(heads) };
    const layers = Array.from({ length: config.count(["n_layer", "num_hidden_layers"]) }, (_, index): Layer => {
      const name = `${prefix}h.${index}`;
      const attention = `${name}.self_attention`;
      return {
        block: {
          kind: "sequential",
          attentionNorm: layerNorm(tensors, `${name}.input_layernorm`, hidden, eps),
          mlpNorm: layerNorm(tensors, `${name}.post_attention_layernorm`, hidden, eps),
          residualFromNorm,
        },
        attention: {
          heads,
          keyValueHeads: heads,
          headSize,
          alibi,
          scale: headSize ** -0.5,
          output: linear(tensors, `${attention}.dense`, hidden, hidden),
          projection: { kind: "grouped", linear: linear(tensors, `${attention}.query_key_value`, hidden, 3 * hidden) },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.mlp.dense_h_to_4h`, hidden, 4 * hidden),
          down: linear(tensors, `${name}.mlp.dense_4h_to_h`, 4 * hidden, hidden),
          activation: "gelu_tanh",
        },
      };
    });
    return assembled(tensors, {
      architecture: "BloomForCausalLM",
      tied: config.flag("tie_word_embeddings", true),
      names: { embedding: `${prefix}word_embeddings`, head: "lm_head" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window: config.count(["seq_length", "max_position_embeddings"], 2048),
      embedding: { norm: layerNorm(tensors, `${prefix}word_embeddings_layernorm`, hidden, eps) },
      layers,
      finalNorm: layerNorm(tensors, `${prefix}ln_f`, hidden, eps),
    });
  },
};
