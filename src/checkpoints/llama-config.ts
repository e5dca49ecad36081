/** config.json of a Llama checkpoint: what the graph needs, checked; what it cannot do, refused by name. */

import { UserError } from "../errors.js";
import { compileSchema, validated } from "../validation.js";

/** Hyper-parameters of a Llama-architecture model (Hugging Face names). */
export interface LlamaConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  /** Context window in tokens. */
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly tie_word_embeddings: boolean;
}

const positive = { type: "integer", minimum: 1 };
const isConfig = compileSchema<Partial<LlamaConfig> & Record<string, unknown>>({
  type: "object",
  required: ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"],
  properties: {
    vocab_size: positive,
    hidden_size: positive,
    intermediate_size: positive,
    num_hidden_layers: positive,
    num_attention_heads: positive,
    num_key_value_heads: { ...positive, type: ["integer", "null"] },
    head_dim: { ...positive, type: ["integer", "null"] },
    max_position_embeddings: positive,
    rms_norm_eps: { type: "number", exclusiveMinimum: 0 },
    rope_theta: { type: "number", exclusiveMinimum: 0 },
    rope_parameters: { type: ["object", "null"] },
    tie_word_embeddings: { type: "boolean" },
    hidden_act: { type: "string" },
  },
});

/** Architectures this version runs from safetensors. */
export const SUPPORTED_ARCHITECTURES = ["LlamaForCausalLM"] as const;

/**
 * Checks a parsed config.json. Defaults are those of transformers' LlamaConfig.
 * @param source path of the file, for messages
 * @throws UserError when the architecture or one of its options is not supported
 */
export function parseLlamaConfig(json: unknown, source: string): LlamaConfig {
  const config = validated(isConfig, json, source);
  const architecture = Array.isArray(config["architectures"]) ? String(config["architectures"][0]) : undefined;
  if (architecture !== "LlamaForCausalLM" && !(architecture === undefined && config["model_type"] === "llama")) {
    const name = architecture ?? (typeof config["model_type"] === "string" ? config["model_type"] : "(none named)");
    throw new UserError(
      `${source}: architecture ${name} is not supported yet; supported: ${SUPPORTED_ARCHITECTURES.join(", ")}, ` +
        `or any folder with an onnx/ export`,
    );
  }
  refuse(source, config["hidden_act"] ?? "silu", ["silu", "swish"], "hidden_act");
  const rope = (config["rope_parameters"] ?? {}) as { rope_theta?: number; rope_type?: string };
  const scaling = (config["rope_scaling"] ?? { type: "default" }) as { rope_type?: string; type?: string };
  refuse(source, scaling.rope_type ?? scaling.type ?? "(none named)", ["default"], "rope_scaling type");
  refuse(source, rope.rope_type ?? "default", ["default"], "rope_parameters type");
  refuse(source, config["quantization_config"] == null ? "none" : "present", ["none"], "quantization_config");
  const heads = config.num_attention_heads as number;
  const hidden = config.hidden_size as number;
  const kvHeads = config.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) {
    throw new UserError(`${source}: num_attention_heads ${heads} is not a multiple of num_key_value_heads ${kvHeads}`);
  }
  const headDim = config.head_dim ?? Math.floor(hidden / heads);
  if (headDim % 2 !== 0) throw new UserError(`${source}: head_dim ${headDim} is odd; rotary embeddings need pairs`);
  return {
    vocab_size: config.vocab_size as number,
    hidden_size: hidden,
    intermediate_size: config.intermediate_size as number,
    num_hidden_layers: config.num_hidden_layers as number,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
    max_position_embeddings: config.max_position_embeddings ?? 2048,
    rms_norm_eps: config.rms_norm_eps ?? 1e-6,
    rope_theta: config.rope_theta ?? rope.rope_theta ?? 10000,
    tie_word_embeddings: config.tie_word_embeddings ?? false,
  };
}

function refuse(source: string, value: unknown, supported: readonly string[], key: string): void {
  if (!supported.includes(String(value))) {
    throw new UserError(
      `${source}: ${key} "${String(value)}" is not supported yet; supported: ${supported.join(", ")}`,
    );
  }
}
