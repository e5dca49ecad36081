import type { Layer } from "./model-spec.js";
import { readRotary, rotaryShare } from "./rotary.js";
import { activation, assembled, layerNorm, linear, llamaLike, preNorm, readSizes, rmsNorm, storedPrefix, type Architecture } from "./shared.js"; // prettier-ignore

/**
 * Describes Phi 1, 1.5 and 2: attention and MLP side by side on one norm, part of each head rotated, biases everywhere.
 */
export const phi: Architecture = {
  name: "PhiForCausalLM",
  modelType: "phi",
  read: (config, tensors) => {
    const sizes = readSizes(config);
    const { hidden, inner, heads, keyValueHeads, headSize } = sizes;
    const eps = config.number("layer_norm_eps", 1e-5);
    const prefix = storedPrefix(tensors, ["model.", ""], "embed_tokens.weight");
    const rotary = readRotary(config, Math.floor(headSize * rotaryShare(config, 0.5)), { partial: true });
    const act = activation(config, config.text("hidden_act", "gelu_new"));
    const qkNorm = config.flag("qk_layernorm", false);
    const layers = Array.from({ length: sizes.layers }, (_, index): Layer => {
      const name = `${prefix}layers.${index}`;
      const attention = `${name}.self_attn`;
      const headNorm = (which: string) =>
        qkNorm ? layerNorm(tensors, `${attention}.${which}_layernorm`, headSize, eps) : undefined;
      return {
        block: { kind: "parallel", attentionNorm: layerNorm(tensors, `${name}.input_layernorm`, hidden, eps) },
        attention: {
          heads,
          keyValueHeads,
          headSize,
          rotary,
          scale: headSize ** -0.5,
          queryNorm: headNorm("q"),
          keyNorm: headNorm("k"),
          output: linear(tensors, `${attention}.dense`, heads * headSize, hidden),
          projection: {
            kind: "separate",
            query: linear(tensors, `${attention}.q_proj`, hidden, heads * headSize),
            key: linear(tensors, `${attention}.k_proj`, hidden, keyValueHeads * headSize),
            value: linear(tensors, `${attention}.v_proj`, hidden, keyValueHeads * headSize),
          },
        },
        mlp: {
          kind: "plain",
          up: linear(tensors, `${name}.mlp.fc1`, hidden, inner),
          down: linear(tensors, `${name}.mlp.fc2`, inner, hidden),
          activation: act,
        },
      };
    });
    return assembled(tensors, {
      architecture: "PhiForCausalLM",
      tied: config.flag("tie_word_embeddings", false),
      names: { embedding: `${prefix}embed_tokens`, head: "lm_head" },
      vocabSize: sizes.vocab,
      hiddenSize: hidden,
      window: sizes.window,
      layers,
      finalNorm: layerNorm(tensors, `${prefix}final_layernorm`, hidden, eps),
    });
  },
};

/** Describes Phi 3: Llama whose queries, keys and values, and whose gate and up matrices, are stored as one. */
export const phi3: Architecture = {
  name: "Phi3ForCausalLM",
  modelType: "phi3",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 4096 });
    const { hidden, inner, heads, keyValueHeads, headSize } = sizes;
    const eps = config.number("rms_norm_eps", 1e-5);
    const norm = (name: string) => rmsNorm(name, hidden, eps);
    const rotary = readRotary(config, Math.floor(headSize * rotaryShare(config, 1)), {
      partial: true,
      window: sizes.window,
      originalWindow: config.count("original_max_position_embeddings", 4096),
    });
    const slidingWindow = config.optionalCount("sliding_window");
    const act = activation(config, config.text("hidden_act", "silu"));
    const rows = (name: string, outputs: number, from: number, totalOutputs: number) => ({
      weight: `${name}.weight`,
      inputs: hidden,
      outputs,
      slice: { from, totalOutputs },
    });
    return llamaLike(config, tensors, sizes, {
      architecture: "Phi3ForCausalLM",
      finalNorm: norm,
      layer: (prefix) => {
        const fused = `${prefix}.self_attn.qkv_proj`;
        const [queries, keys] = [heads * headSize, keyValueHeads * headSize];
        const total = queries + 2 * keys;
        return {
          block: preNorm(norm, prefix),
          rotary,
          slidingWindow,
          projection: {
            kind: "separate",
            query: rows(fused, queries, 0, total),
            key: rows(fused, keys, queries, total),
            value: rows(fused, keys, queries + keys, total),
          },
          mlp: {
            kind: "gated",
            gate: rows(`${prefix}.mlp.gate_up_proj`, inner, 0, 2 * inner),
            up: rows(`${prefix}.mlp.gate_up_proj`, inner, inner, 2 * inner),
            down: linear(tensors, `${prefix}.mlp.down_proj`, inner, hidden),
            activation: act,
          },
        };
      },
    });
  },
};
