/**
 * Describes GGUF's architectures among those that are run here: the names of their tensors, how they are stored, and
 * their metadata as a config.json. Names are those of gguf's constants.py, the way of storing that of llama.cpp's
 * converter.
 */

import type { TensorLocation } from "../files/tensors.js";
import type { MetadataReader } from "./metadata-reader.js";
import { plainConfig, ropeOf, type Facts, type Json } from "./configs.js";
import { groupedByHead, halvesOfPairs, turned } from "./views.js";

/**
 * Names the tensors of a layer: in GGUF (without "blk.N.") -> in the released checkpoint (without the layer's prefix).
 */
type Names = Readonly<Record<string, string>>;

export interface Family {
  /** As in the key "architectures" of config.json. */
  readonly architecture: string;
  /** Before the number of a layer. */
  readonly layers: string;
  readonly layer: Names;
  readonly outside: Names;
  readonly config: (meta: MetadataReader, facts: Facts) => Json;
  /** How a tensor lies in the file, where not as it was released. */
  readonly stored?: (name: string, tensor: TensorLocation, meta: MetadataReader) => Partial<TensorLocation>;
}

const LLAMA_OUTSIDE: Names = { token_embd: "model.embed_tokens", output_norm: "model.norm", output: "lm_head" };
const LLAMA_LAYER: Names = {
  attn_norm: "input_layernorm", attn_q: "self_attn.q_proj", attn_k: "self_attn.k_proj", attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj", attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm", ffn_gate: "mlp.gate_proj", ffn_up: "mlp.up_proj", ffn_down: "mlp.down_proj",
}; // prettier-ignore
/** Norms after attention and MLP. */
const NORMS_AFTER: Names = {
  post_attention_norm: "post_attention_layernorm", post_ffw_norm: "post_feedforward_layernorm",
}; // prettier-ignore

const LLAMA_NAMES = { layers: "model.layers.", layer: LLAMA_LAYER, outside: LLAMA_OUTSIDE } as const;

/** Queries and keys are stored for another way of rotating. */
const rotatedPairs: Family["stored"] = (name, tensor, meta) => {
  const queries = /\.attn_q\.(?:weight|bias)$/.test(name);
  if (!queries && !/\.attn_k\.(?:weight|bias)$/.test(name)) return {};
  const heads = meta.number("attention.head_count");
  return halvesOfPairs(tensor, queries ? heads : meta.number("attention.head_count_kv", heads));
};

/** Norms are stored with the one that Gemma's code adds to them. */
const withoutOne: Family["stored"] = (name) => (name.endsWith("norm.weight") ? { plus: -1 } : {});

const groupedHeads: Family["stored"] = (name, tensor, meta) =>
  name.includes(".attn_qkv.") ? groupedByHead(tensor, meta.number("attention.head_count")) : {};

const turnedMatrices: Family["stored"] = (name, tensor) =>
  /\.(?:attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(name) ? turned(tensor) : {};

const GEMMA_LAYER: Names = { ...LLAMA_LAYER, ...NORMS_AFTER, ffn_norm: "pre_feedforward_layernorm" };

/** Returns Llama's keys that say where biases are. */
function biasesOf({ rows }: Facts): Json {
  const has = (name: string) => rows(`blk.0.${name}.bias`) !== undefined;
  return { attention_bias: has("attn_q"), mlp_bias: has("ffn_up") };
}

export const FAMILIES: Readonly<Record<string, Family>> = {
  llama: {
    ...LLAMA_NAMES,
    architecture: "LlamaForCausalLM",
    stored: rotatedPairs,
    config: (meta, facts) => ({ ...plainConfig(meta, facts), ...biasesOf(facts) }),
  },
  smollm3: {
    ...LLAMA_NAMES,
    architecture: "SmolLM3ForCausalLM",
    stored: rotatedPairs,
    config: (meta, facts) => ({ ...plainConfig(meta, facts), ...biasesOf(facts) }),
  },
  olmo: {
    ...LLAMA_NAMES,
    architecture: "OlmoForCausalLM",
    stored: rotatedPairs,
    config: (meta, facts) => {
      if (Math.abs(meta.number("attention.layer_norm_epsilon", 1e-5) - 1e-5) > 1e-9)
        throw meta.fail("olmo.attention.layer_norm_epsilon is not 1e-5");
      return { ...plainConfig(meta, facts, "none"), clip_qkv: meta.optionalNumber("attention.clamp_kqv") ?? null };
    },
  },
  olmo2: {
    layers: "model.layers.",
    layer: { ...LLAMA_LAYER, ...NORMS_AFTER },
    outside: LLAMA_OUTSIDE,
    architecture: "Olmo2ForCausalLM",
    config: (meta, facts) => {
      const window = meta.optionalNumber("attention.sliding_window");
      const pattern = meta.flags("attention.sliding_window_pattern");
      const config = plainConfig(meta, facts);
      if (window === undefined) return config;
      if (pattern === undefined) throw meta.fail("its metadata has no olmo2.attention.sliding_window_pattern");
      const { rope_theta: theta, rope_scaling: scaling, ...others } = config;
      const plain = { rope_type: "default", rope_theta: theta };
      const sliding = { ...plain, rope_theta: meta.optionalNumber("rope.freq_base_swa") ?? theta };
      return {
        ...others,
        architectures: ["Olmo3ForCausalLM"],
        model_type: "olmo3",
        sliding_window: window,
        layer_types: pattern.map((slides) => (slides ? "sliding_attention" : "full_attention")),
        rope_parameters: {
          full_attention: { ...plain, ...(scaling as Json | undefined) },
          sliding_attention: sliding,
        },
      };
    },
  },
  qwen2: {
    ...LLAMA_NAMES,
    architecture: "Qwen2ForCausalLM",
    config: (meta, facts) => plainConfig(meta, facts),
  },
  qwen3: {
    ...LLAMA_NAMES,
    architecture: "Qwen3ForCausalLM",
    config: (meta, facts) => plainConfig(meta, facts),
  },
  gemma: {
    ...LLAMA_NAMES,
    architecture: "GemmaForCausalLM",
    stored: withoutOne,
    config: (meta, facts) => plainConfig(meta, facts),
  },
  gemma2: {
    ...LLAMA_NAMES,
    layer: GEMMA_LAYER,
    architecture: "Gemma2ForCausalLM",
    stored: withoutOne,
    config: (meta, facts) => ({
      ...plainConfig(meta, facts),
      sliding_window: meta.number("attention.sliding_window", 4096),
      attn_logit_softcapping: meta.number("attn_logit_softcapping", 50),
      final_logit_softcapping: meta.number("final_logit_softcapping", 30),
      query_pre_attn_scalar: queryScalar(meta, 46),
    }),
  },
  gemma3: {
    ...LLAMA_NAMES,
    layer: GEMMA_LAYER,
    architecture: "Gemma3ForCausalLM",
    stored: withoutOne,
    config: (meta, facts) => {
      const window = meta.optionalNumber("attention.sliding_window");
      const layers = meta.number("block_count");
      return {
        ...plainConfig(meta, facts, "rms", 1000000),
        rope_local_base_freq: meta.number("rope.freq_base_swa", 10000),
        query_pre_attn_scalar: queryScalar(meta, 62),
        final_logit_softcapping: meta.optionalNumber("final_logit_softcapping") ?? null,
        sliding_window: window ?? 4096,
        ...(window === undefined && { layer_types: Array.from({ length: layers }, () => "full_attention") }),
        sliding_window_pattern: meta.number("attention.sliding_window_pattern", 6),
      };
    },
  },
  phi3: {
    ...LLAMA_NAMES,
    layer: { ...LLAMA_LAYER, attn_qkv: "self_attn.qkv_proj", ffn_up: "mlp.gate_up_proj" },
    architecture: "Phi3ForCausalLM",
    config: (meta, facts) => {
      const window = meta.number("attention.sliding_window", 0);
      const original = meta.number("rope.scaling.original_context_length", meta.number("context_length"));
      return {
        ...plainConfig(meta, facts, "rms", 10000, original),
        sliding_window: window === 0 ? null : window,
        original_max_position_embeddings: original,
      };
    },
  },
  stablelm: {
    ...LLAMA_NAMES,
    architecture: "StableLmForCausalLM",
    config: (meta, facts) => ({
      ...plainConfig(meta, facts, "layer"),
      layer_norm_eps: meta.number("attention.layer_norm_epsilon", 1e-5),
      use_qkv_bias: facts.rows("blk.0.attn_q.bias") !== undefined,
      use_parallel_residual: facts.rows("blk.0.ffn_norm.weight") === undefined,
    }),
  },
  gpt2: {
    architecture: "GPT2LMHeadModel",
    stored: turnedMatrices,
    layers: "transformer.h.",
    layer: {
      attn_norm: "ln_1", attn_qkv: "attn.c_attn", attn_output: "attn.c_proj", ffn_norm: "ln_2", ffn_up: "mlp.c_fc",
      ffn_down: "mlp.c_proj",
    },
    outside: {
      token_embd: "transformer.wte", position_embd: "transformer.wpe", output_norm: "transformer.ln_f", output: "lm_head",
    },
    config: (meta, facts) => ({
      n_embd: meta.number("embedding_length"),
      n_head: meta.number("attention.head_count"),
      n_layer: meta.number("block_count"),
      // Converters write four times the hidden size, whatever it is.
      n_inner: facts.rows("blk.0.ffn_up.weight") ?? meta.number("feed_forward_length"),
      n_positions: meta.number("context_length"),
      layer_norm_epsilon: meta.number("attention.layer_norm_epsilon", 1e-5),
      vocab_size: facts.vocab,
      tie_word_embeddings: facts.tied,
    }),
  },
  gptneox: {
    architecture: "GPTNeoXForCausalLM",
    stored: groupedHeads,
    layers: "gpt_neox.layers.",
    layer: {
      attn_norm: "input_layernorm", attn_qkv: "attention.query_key_value", attn_output: "attention.dense",
      ffn_norm: "post_attention_layernorm", ffn_up: "mlp.dense_h_to_4h", ffn_down: "mlp.dense_4h_to_h",
    },
    outside: { token_embd: "gpt_neox.embed_in", output_norm: "gpt_neox.final_layer_norm", output: "embed_out" },
    config: (meta, facts) => {
      const [hidden, heads] = [meta.number("embedding_length"), meta.number("attention.head_count")];
      return {
        hidden_size: hidden,
        num_attention_heads: heads,
        num_hidden_layers: meta.number("block_count"),
        intermediate_size: meta.number("feed_forward_length"),
        max_position_embeddings: meta.number("context_length"),
        layer_norm_eps: meta.number("attention.layer_norm_epsilon", 1e-5),
        rotary_emb_base: meta.number("rope.freq_base", 10000),
        rotary_pct: meta.number("rope.dimension_count") / (hidden / heads),
        use_parallel_residual: meta.metadata.get("gptneox.use_parallel_residual") !== false,
        vocab_size: facts.vocab,
        tie_word_embeddings: facts.tied,
        ...ropeOf(meta, facts),
      };
    },
  },
  bloom: {
    architecture: "BloomForCausalLM",
    stored: groupedHeads,
    layers: "transformer.h.",
    layer: {
      attn_norm: "input_layernorm", attn_qkv: "self_attention.query_key_value", attn_output: "self_attention.dense",
      ffn_norm: "post_attention_layernorm", ffn_up: "mlp.dense_h_to_4h", ffn_down: "mlp.dense_4h_to_h",
    },
    outside: {
      token_embd: "transformer.word_embeddings", token_embd_norm: "transformer.word_embeddings_layernorm",
      output_norm: "transformer.ln_f", output: "lm_head",
    },
    config: (meta, facts) => ({
      hidden_size: meta.number("embedding_length"),
      n_head: meta.number("attention.head_count"),
      n_layer: meta.number("block_count"),
      seq_length: meta.number("context_length"),
      layer_norm_epsilon: meta.number("attention.layer_norm_epsilon", 1e-5),
      vocab_size: facts.vocab,
      tie_word_embeddings: facts.tied,
    }),
  },
}; // prettier-ignore

/**
 * Returns the number that Gemma's queries are scaled by the root of. GGUF does not say: it is a head's size, and in the
 * largest model of each generation the hidden size over the heads.
 */
function queryScalar(meta: MetadataReader, largest: number): number {
  return meta.number("block_count") === largest
    ? meta.number("embedding_length") / meta.number("attention.head_count")
    : meta.number("attention.key_length", 256);
}
