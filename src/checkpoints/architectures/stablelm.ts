import { readRotary, rotaryShare } from "./rotary.js";
import { layerNorm, llamaLike, preNorm, readSizes, type Architecture } from "./shared.js";

/** Describes StableLM: Llama with LayerNorm, part of each head rotated, optionally attention and MLP side by side. */
export const stablelm: Architecture = {
  name: "StableLmForCausalLM",
  modelType: "stablelm",
  read: (config, tensors) => {
    const sizes = readSizes(config, { window: 4096 });
    const eps = config.number("layer_norm_eps", 1e-5);
    const norm = (name: string) => layerNorm(tensors, name, sizes.hidden, eps);
    const rotary = readRotary(config, Math.floor(sizes.headSize * rotaryShare(config, 0.25)), { partial: true });
    const parallel = config.flag("use_parallel_residual", false);
    const qkNorm = config.flag("qk_layernorm", false);
    config.flag("use_qkv_bias", false);
    return llamaLike(config, tensors, sizes, {
      architecture: "StableLmForCausalLM",
      finalNorm: norm,
      layer: (prefix) => {
        const perHead = (which: string, heads: number) => ({
          kind: "per-head" as const,
          weights: Array.from({ length: heads }, (_, h) => `${prefix}.self_attn.${which}_layernorm.norms.${h}.weight`),
          eps,
          size: sizes.headSize,
        });
        return {
          block: parallel
            ? { kind: "parallel", attentionNorm: norm(`${prefix}.input_layernorm`) }
            : preNorm(norm, prefix),
          rotary,
          ...(qkNorm ? { queryNorm: perHead("q", sizes.heads), keyNorm: perHead("k", sizes.keyValueHeads) } : {}),
        };
      },
    });
  },
};
