import { NAMING, type ConfigReader } from "./config-reader.js";
import { harmlessKeys } from "./harmless-keys.js";
import type { Layer } from "./model-spec.js";
import { alibiSlopes, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/**
 * Lists the keys of attn_config that change nothing of what is computed: it has all those of a configuration of its
 * own, too.
 */
const HARMLESS = new Set(["attn_impl", "attn_pdrop", ...NAMING, ...harmlessKeys("mpt")]);

/** Reads attn_config, of which transformers has one value of most keys only. */
function readAttention(config: ConfigReader, headSize: number): { readonly scale: number; readonly clip?: number } {
  const attention = config.nested("attn_config", HARMLESS);
  attention?.only("attn_type", "multihead_attention");
  attention?.only("alibi", true);
  attention?.only("alibi_bias_max", 8);
  for (const key of ["prefix_lm", "qk_ln", "attn_uses_sequence_id"]) attention?.only(key, false);
  const clip = attention?.optionalNumber("clip_qkv") ?? 0;
  return {
    scale: attention?.optionalNumber("softmax_scale") ?? headSize ** -0.5,
    ...(clip === 0 ? {} : { clip }),
  };
}

/** Describes MPT: ALiBi instead of positions, no biases. */
export const mpt: Architecture = {
  name: "MptForCausalLM",
  modelType: "mpt",
  read: (config, tensors) => {
    const hidden = config.count(["d_model", "hidden_size"], 2048);
    const heads = config.count(["n_heads", "num_attention_heads"], 16);
    const vocab = config.count("vocab_size", 50368);
    const headSize = config.headSize(hidden, heads);
    const eps = config.number("layer_norm_epsilon", 1e-5);
    const { scale, clip } = readAttention(config, headSize);
    const alibi = { slopes: alibiSlopes(heads) };
    // Where the weights are made, before they are read.
    config.value("init_device");
    config.only("expansion_ratio", 4);
    config.only("no_bias", true);
    config.only("norm_type", "low_precision_layernorm");
    config.only("embedding_fraction", 1);
    config.refuse("logit_scale");
    const prefix = storedPrefix(tensors, ["transformer.", ""], "wte.weight");
    const layers = Array.from({ length: config.count(["n_layers", "num_hidden_layers"], 24) }, (_, index): Layer => {
      const name = `${prefix}blocks.${index}`;
      return {
        block: {
          kind: "sequential",
          attentionNorm: layerNorm(tensors, `${name}.norm_1`, hidden, eps),
          mlpNorm: layerNorm(tensors, `${name}.norm_2`, hidden, eps),
        },
        attention: {
          heads,
          keyValueHeads: heads,
          headSize,
          scale,
          alibi,
          clip,
          output: linear(tensors, `${name}.attn.out_proj`, hidden, hidden),
          projection: { kind: "concatenated", linear: linear(tensors, `${name}.attn.Wqkv`, hidden, 3 * hidden) },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.ffn.up_proj`, hidden, 4 * hidden),
          down: linear(tensors, `${name}.ffn.down_proj`, 4 * hidden, hidden),
          activation: "gelu",
        },
      };
    });
    return assembled(tensors, {
      architecture: "MptForCausalLM",
      tied: config.flag("tie_word_embeddings", true),
      names: { embedding: `${prefix}wte`, head: "lm_head" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window: config.count("max_seq_len", 2048),
      layers,
      finalNorm: layerNorm(tensors, `${prefix}norm_f`, hidden, eps),
    });
  },
};
