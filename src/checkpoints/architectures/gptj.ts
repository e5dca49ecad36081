import type { Layer } from "./model-spec.js";
import { ropeFrequencies } from "./rotary.js";
import { activation, assembled, layerNorm, linear, storedPrefix, type Architecture } from "./shared.js";

/**
 * Describes GPT-J: attention and MLP side by side on one norm, neighbouring dimensions of a part of each head rotated.
 */
export const gptj: Architecture = {
  name: "GPTJForCausalLM",
  modelType: "gptj",
  read: (config, tensors) => {
    const hidden = config.count(["n_embd", "hidden_size"]);
    const heads = config.count(["n_head", "num_attention_heads"]);
    const inner = config.count("n_inner", 4 * hidden);
    const vocab = config.count("vocab_size");
    const headSize = config.headSize(hidden, heads);
    if (config.has("rotary_dim") && config.value("rotary_dim") === undefined)
      throw config.fail("rotary_dim is null; every release of GPT-J has one");
    const rotated = config.count("rotary_dim", 64);
    if (rotated > headSize || rotated % 2 !== 0)
      throw config.fail(`rotary_dim is ${rotated}; it must be even, and no larger than a head of ${headSize}`);
    const rotary = { frequencies: ropeFrequencies(10000, rotated), attentionFactor: 1, interleaved: true };
    // Two that older files say, and that transformers takes for granted.
    config.only("rotary", true);
    config.only("scale_attn_weights", true);
    const eps = config.number("layer_norm_epsilon", 1e-5);
    const prefix = storedPrefix(tensors, ["transformer.", ""], "wte.weight");
    const act = activation(config, config.text("activation_function", "gelu_new"));
    const layers = Array.from({ length: config.count(["n_layer", "num_hidden_layers"]) }, (_, index): Layer => {
      const name = `${prefix}h.${index}`;
      const square = (which: string) => linear(tensors, `${name}.attn.${which}`, hidden, hidden);
      return {
        block: { kind: "parallel", attentionNorm: layerNorm(tensors, `${name}.ln_1`, hidden, eps) },
        attention: {
          heads,
          keyValueHeads: heads,
          headSize,
          rotary,
          scale: headSize ** -0.5,
          output: square("out_proj"),
          projection: { kind: "separate", query: square("q_proj"), key: square("k_proj"), value: square("v_proj") },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.mlp.fc_in`, hidden, inner),
          down: linear(tensors, `${name}.mlp.fc_out`, inner, hidden),
          activation: act,
        },
      };
    });
    return assembled(tensors, {
      architecture: "GPTJForCausalLM",
      tied: config.flag("tie_word_embeddings", false),
      names: { embedding: `${prefix}wte`, head: "lm_head" },
      vocabSize: vocab,
      hiddenSize: hidden,
      window: config.count(["n_positions", "max_position_embeddings"], 2048),
      layers,
      finalNorm: layerNorm(tensors, `${prefix}ln_f`, hidden, eps),
    });
  },
};
