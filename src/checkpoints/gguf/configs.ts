/** Writes GGUF's metadata in the words of config.json. */

import type { MetadataReader } from "./metadata-reader.js";

export type Json = Readonly<Record<string, unknown>>;

/** Holds what the tensors tell. */
export interface Facts {
  readonly vocab: number;
  readonly tied: boolean;
  /** Rows of the tensor of this name in the file; undefined where there is none. */
  readonly rows: (name: string) => number | undefined;
  /** Numbers of the small tensors that belong to the configuration, by name. */
  readonly factors: ReadonlyMap<string, readonly number[]>;
}

/**
 * Returns the configuration of a Llama-like model.
 * @param norm whose epsilon is to be read; "none" and "layer" leave that to the caller
 * @param theta base of the rotary embedding where the file does not say
 * @param originalWindow of scaled rotary embeddings, where not the metadata's
 */
export function plainConfig(
  meta: MetadataReader,
  facts: Facts,
  norm: "rms" | "layer" | "none" = "rms",
  theta = 10000,
  originalWindow?: number,
): Json {
  const [hidden, heads] = [meta.number("embedding_length"), meta.number("attention.head_count")];
  const headSize = meta.number("attention.key_length", hidden / heads);
  const rotated = meta.number("rope.dimension_count", headSize);
  return {
    hidden_size: hidden,
    intermediate_size: meta.number("feed_forward_length"),
    num_hidden_layers: meta.number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: meta.number("attention.head_count_kv", heads),
    head_dim: headSize,
    max_position_embeddings: meta.number("context_length"),
    ...(norm === "rms" && { rms_norm_eps: meta.number("attention.layer_norm_rms_epsilon") }),
    ...(rotated !== headSize && { partial_rotary_factor: rotated / headSize }),
    rope_theta: meta.number("rope.freq_base", theta),
    vocab_size: facts.vocab,
    tie_word_embeddings: facts.tied,
    ...ropeOf(meta, facts, originalWindow),
  };
}

/** Returns the key rope_scaling, where the file asks for one. */
export function ropeOf(meta: MetadataReader, { factors }: Facts, originalWindow?: number): Json {
  const type = meta.text("rope.scaling.type") ?? "none";
  const window = originalWindow ?? meta.number("context_length");
  const common = factors.get("rope_freqs.weight");
  const [short, long] = [factors.get("rope_factors_short.weight"), factors.get("rope_factors_long.weight")];
  if (common !== undefined || (short !== undefined && long !== undefined)) {
    const attention = meta.number("rope.scaling.attn_factor", 1);
    return {
      rope_scaling: {
        rope_type: "longrope",
        short_factor: common ?? short,
        long_factor: common ?? long,
        attention_factor: attention,
        original_max_position_embeddings: window,
      },
    };
  }
  const older = meta.optionalNumber("rope.scale_linear");
  const factor = meta.number("rope.scaling.factor", older ?? 1);
  const original = meta.number("rope.scaling.original_context_length", window);
  switch (type) {
    case "none":
      return older === undefined || older === 1 ? {} : { rope_scaling: { rope_type: "linear", factor } };
    case "linear":
      return { rope_scaling: { rope_type: "linear", factor } };
    case "yarn":
      return {
        rope_scaling: {
          rope_type: "yarn",
          factor,
          original_max_position_embeddings: original,
          beta_fast: meta.number("rope.scaling.yarn_beta_fast", 32),
          beta_slow: meta.number("rope.scaling.yarn_beta_slow", 1),
        },
      };
    default:
      throw meta.fail(`rope scaling of type "${type}" is not supported for GGUF files; supported: none, linear, yarn`);
  }
}
