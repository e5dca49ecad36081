import type { Norm } from "./model-spec.js";
import { readRotary } from "./rotary.js";
import { assembled, layerNorm, linear, preNormOf, storedPrefix, type Architecture } from "./shared.js";

const OTHER_KEYS =
  `layer_norm_with_affine bias_for_layer_norm include_bias attention_layer_norm_with_affine block_group_size
  flash_attention init_cutoff_factor init_device init_fn init_std precision rope_full_precision residual_dropout
  embedding_dropout attention_dropout alibi_bias_max`.split(/\s+/);

/**
 * Describes OLMo 1 as AI2's own code writes it (ai2-olmo; DataDecide): queries, keys and values are one matrix, and so
 * are up and gate. Defaults are those of its ModelConfig.
 */
export const olmoOriginal: Architecture = {
  name: "OLMoForCausalLM",
  modelType: "hf_olmo",
  read: (config, tensors) => {
    const hidden = config.count("d_model", 768);
    const heads = config.count("n_heads", 12);
    const headSize = config.headSize(hidden, heads);
    const single = config.flag("multi_query_attention", false);
    const keyValueHeads = config.count("n_kv_heads", single ? 1 : heads);
    if (heads % keyValueHeads !== 0) throw config.fail(`${heads} heads cannot share ${keyValueHeads} keys and values`);
    const fused = config.count("mlp_hidden_size", hidden * config.number("mlp_ratio", 4));
    const inner = Math.floor(fused / 2);
    const tokens = config.count("vocab_size", 50257);
    const vocab = config.count("embedding_size", tokens);
    const window = config.count("max_sequence_length", 1024);
    config.only("activation_type", "swiglu");
    config.only("block_type", "sequential");
    config.only("alibi", false);
    config.only("rope", true, false);
    config.only("attention_layer_norm", false);
    config.only("scale_logits", false);
    config.only("norm_after", false);
    config.only("layer_norm_type", "default");
    // What these say, the stored tensors say too; the rest is about training.
    for (const key of OTHER_KEYS) config.value(key);
    const eps = config.number("layer_norm_eps", 1e-5);
    const rotary = readRotary(config, headSize);
    const clip = config.optionalNumber("clip_qkv");
    const prefix = storedPrefix(tensors, ["model.transformer.", "transformer.", ""], "wte.weight");
    const norm = (name: string): Norm =>
      tensors.has(`${name}.weight`) ? layerNorm(tensors, name, hidden, eps) : { kind: "layer", eps, size: hidden };
    const [queries, keys] = [hidden, keyValueHeads * headSize];
    const layers = Array.from({ length: config.count("n_layers", 12) }, (_, index) => {
      const name = `${prefix}blocks.${index}`;
      const rows = (matrix: string, total: number, from: number, outputs: number) => ({
        ...linear(tensors, `${name}.${matrix}`, hidden, outputs),
        slice: { from, totalOutputs: total },
      });
      const total = queries + 2 * keys;
      return {
        block: preNormOf(norm(`${name}.attn_norm`), norm(`${name}.ff_norm`)),
        attention: {
          heads,
          keyValueHeads,
          headSize,
          rotary,
          clip,
          scale: headSize ** -0.5,
          output: linear(tensors, `${name}.attn_out`, hidden, hidden),
          projection: {
            kind: "separate",
            query: rows("att_proj", total, 0, queries),
            key: rows("att_proj", total, queries, keys),
            value: rows("att_proj", total, queries + keys, keys),
          },
        },
        mlp: {
          kind: "gated",
          up: rows("ff_proj", fused, 0, inner),
          gate: rows("ff_proj", fused, inner, inner),
          down: linear(tensors, `${name}.ff_out`, inner, hidden),
          activation: "silu",
        },
      } as const;
    });
    return assembled(tensors, {
      architecture: "OLMoForCausalLM",
      tied: config.flag("weight_tying", true),
      names: { embedding: `${prefix}wte`, head: `${prefix}ff_out` },
      vocabSize: vocab,
      hiddenSize: hidden,
      window,
      layers,
      finalNorm: norm(`${prefix}ln_f`),
    });
  },
};
