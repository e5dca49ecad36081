import { readRotary } from "./rotary.js";
import { linear, llamaLike, preNormOf, readSizes, rmsNorm, type Architecture } from "./shared.js";

const NAMES = {
  embedding: "tok_embeddings",
  output: "attention.wo",
  gate: "feed_forward.w1",
  up: "feed_forward.w3",
  down: "feed_forward.w2",
  head: "output",
};

/**
 * Describes InternLM 2 and 2.5: Llama whose queries, keys and values are one matrix, each group's queries before its
 * key and value.
 */
export const internlm2: Architecture = {
  name: "InternLM2ForCausalLM",
  modelType: "internlm2",
  read: (config, tensors) => {
    const sizes = readSizes(config);
    const { hidden, heads, keyValueHeads, headSize } = sizes;
    const eps = config.number("rms_norm_eps", 1e-6);
    const norm = (name: string) => rmsNorm(name, hidden, eps);
    const rotary = readRotary(config, headSize);
    config.flag("bias", true);
    return llamaLike(config, tensors, sizes, {
      architecture: "InternLM2ForCausalLM",
      finalNorm: norm,
      names: NAMES,
      layer: (prefix) => ({
        block: preNormOf(norm(`${prefix}.attention_norm`), norm(`${prefix}.ffn_norm`)),
        rotary,
        projection: {
          kind: "grouped",
          linear: linear(tensors, `${prefix}.attention.wqkv`, hidden, (heads + 2 * keyValueHeads) * headSize),
        },
      }),
    });
  },
};
