import type { Block, Layer } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import { activation, alibiSlopes, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/** Describes Falcon: the 7B (one key/value head), the 40B/180B ("new decoder", groups) and the RW models (ALiBi). */
export const falcon: Architecture = {
  name: "FalconForCausalLM",
  modelType: "falcon",
  read: (config, tensors) => {
    const hidden = config.count("hidden_size");
    const heads = config.count(["num_attention_heads", "n_head"]);
    const inner = config.count("ffn_hidden_size", 4 * hidden);
    const vocab = config.count("vocab_size");
    const headSize = config.headSize(hidden, heads);
    const eps = config.number("layer_norm_epsilon", 1e-5);
    const prefix = storedPrefix(tensors, ["transformer.", ""], "word_embeddings.weight");
    const grouped = config.flag("new_decoder_architecture", false);
    const single = config.flag("multi_query", true);
    const kv = config.count(["num_kv_heads", "n_head_kv"], heads);
    const keyValueHeads = grouped ? kv : single ? 1 : heads;
    if (heads % keyValueHeads !== 0) throw config.fail(`${heads} heads cannot share ${keyValueHeads} keys and values`);
    const parallel = config.flag("parallel_attn", true) || grouped;
    const norms = config.count("num_ln_in_parallel_attn", grouped ? 2 : 1);
    const scale = headSize ** -0.5;
    const usesAlibi = config.flag("alibi", false);
    const alibi = usesAlibi ? { slopes: alibiSlopes(heads), roundedScale: scale } : undefined;
    const rotary = readRotary(config, headSize);
    const act = activation(config, config.text("activation", "gelu"));
    config.flag("bias", false);
    const block = (name: string): Block => {
      const norm = (which: string) => layerNorm(tensors, `${name}.${which}`, hidden, eps);
      if (!parallel) {
        return {
          kind: "sequential",
          attentionNorm: norm("input_layernorm"),
          mlpNorm: norm("post_attention_layernorm"),
        };
      }
      return grouped && norms === 2
        ? { kind: "parallel", attentionNorm: norm("ln_attn"), mlpNorm: norm("ln_mlp") }
        : { kind: "parallel", attentionNorm: norm("input_layernorm") };
    };
    const layers = Array.from({ length: config.count(["num_hidden_layers", "n_layer"]) }, (_, index): Layer => {
      const name = `${prefix}h.${index}`;
      const attention = `${name}.self_attention`;
      return {
        block: block(name),
        attention: {
          heads,
          keyValueHeads,
          headSize,
          scale,
          alibi,
          rotary: usesAlibi ? undefined : rotary,
          output: linear(tensors, `${attention}.dense`, hidden, hidden),
          projection: {
            kind: "grouped",
            linear: linear(tensors, `${attention}.query_key_value`, hidden, (heads + 2 * keyValueHeads) * headSize),
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
      architecture: "FalconForCausalLM",
      tied: config.flag("tie_word_embeddings", true),
      names: { embedding: `${prefix}word_embeddings`, head: "lm_head" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window: config.count("max_position_embeddings", 2048),
      layers,
      finalNorm: layerNorm(tensors, `${prefix}ln_f`, hidden, eps),
    });
  },
};
