import type { Layer, Norm } from "./model-spec.js";
import { activation, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/** Counts the rows of OPT's position table that are never used. */
const POSITION_OFFSET = 2;

/** Describes OPT: learned positions; the 350M model norms after the residual sum and embeds in fewer dimensions. */
export const opt: Architecture = {
  name: "OPTForCausalLM",
  modelType: "opt",
  read: (config, tensors) => {
    const hidden = config.count("hidden_size");
    const heads = config.count("num_attention_heads");
    const inner = config.count("ffn_dim");
    const vocab = config.count("vocab_size");
    const window = config.count("max_position_embeddings", 2048);
    const embeddingSize = config.count("word_embed_proj_dim", hidden);
    const headSize = config.headSize(hidden, heads);
    const prefix = storedPrefix(tensors, ["model.decoder.", "decoder."], "embed_tokens.weight");
    const before = config.flag("do_layer_norm_before", true);
    const finalNorm = before && !config.flag("_remove_final_layer_norm", false);
    const act = activation(config, config.text("activation_function", "relu"));
    const affine = config.flag("layer_norm_elementwise_affine", true);
    config.flag("enable_bias", true);
    const norm = (name: string): Norm =>
      affine ? layerNorm(tensors, name, hidden, 1e-5) : { kind: "layer", eps: 1e-5, size: hidden };
    const layers = Array.from({ length: config.count("num_hidden_layers") }, (_, index): Layer => {
      const name = `${prefix}layers.${index}`;
      const attention = `${name}.self_attn`;
      const [first, second] = [norm(`${name}.self_attn_layer_norm`), norm(`${name}.final_layer_norm`)];
      return {
        block: before
          ? { kind: "sequential", attentionNorm: first, mlpNorm: second }
          : { kind: "sequential", attentionResidualNorm: first, mlpResidualNorm: second },
        attention: {
          heads,
          keyValueHeads: heads,
          headSize,
          scale: headSize ** -0.5,
          output: linear(tensors, `${attention}.out_proj`, hidden, hidden),
          projection: {
            kind: "separate",
            query: linear(tensors, `${attention}.q_proj`, hidden, hidden),
            key: linear(tensors, `${attention}.k_proj`, hidden, hidden),
            value: linear(tensors, `${attention}.v_proj`, hidden, hidden),
          },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.fc1`, hidden, inner),
          down: linear(tensors, `${name}.fc2`, inner, hidden),
          activation: act,
        },
      };
    });
    const projected = embeddingSize !== hidden;
    return assembled(tensors, {
      architecture: "OPTForCausalLM",
      tied: config.flag("tie_word_embeddings", true),
      names: { embedding: `${prefix}embed_tokens`, head: "lm_head" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window,
      embedding: {
        size: embeddingSize,
        positions: {
          weight: `${prefix}embed_positions.weight`,
          offset: POSITION_OFFSET,
          rows: window + POSITION_OFFSET,
        },
        project: projected ? linear(tensors, `${prefix}project_in`, embeddingSize, hidden) : undefined,
      },
      layers,
      finalNorm: finalNorm ? norm(`${prefix}final_layer_norm`) : undefined,
      projectOut: projected ? linear(tensors, `${prefix}project_out`, hidden, embeddingSize) : undefined,
    });
  },
};
