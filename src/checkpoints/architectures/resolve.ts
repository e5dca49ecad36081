/** Decides which architecture a config.json names, and which part of it describes the text model. */

import { didYouMean, UserError } from "../../base/errors.js";
import { shown as jsonOf } from "./config-reader.js";
import type { Architecture } from "./shared.js";

type Json = Readonly<Record<string, unknown>>;

/** Names that older releases have for an architecture, and what their code takes for granted. */
const OLDER: Readonly<Record<string, { readonly name: string; readonly implied?: (json: Json) => Json }>> = {
  LLaMAForCausalLM: { name: "LlamaForCausalLM" },
  MPTForCausalLM: { name: "MptForCausalLM" },
  RWForCausalLM: {
    name: "FalconForCausalLM",
    implied: ({ model_type: type }): Json => (type === "RefinedWeb" ? { new_decoder_architecture: true } : {}),
  },
};

const LLAVA: Json = {
  model_type: "llama", vocab_size: 32000, hidden_size: 4096, intermediate_size: 11008, num_hidden_layers: 32,
  num_attention_heads: 32,
}; // prettier-ignore

/**
 * Models of text and images whose text part is run: the architecture of text_config, and defaults that it may leave
 * out.
 */
const WRAPPERS: Readonly<Record<string, Json>> = {
  Gemma3ForConditionalGeneration: {
    model_type: "gemma3_text", vocab_size: 262208, hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26,
    num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256,
  },
  Mistral3ForConditionalGeneration: { model_type: "mistral" },
  LlavaForConditionalGeneration: LLAVA,
  LlavaNextForConditionalGeneration: LLAVA,
  Idefics3ForConditionalGeneration: { model_type: "llama" },
  SmolVLMForConditionalGeneration: { model_type: "llama" },
}; // prettier-ignore

/** Tensors of a wrapper that are no part of its text model. */
const NOT_TEXT = /^(?:model\.)?(?:vision_tower|vision_model|multi_modal_projector|connector|image_newline)(?:\.|$)/;

/** Tells whether a tensor is of the part that sees images, in a model of text and images. */
export function isVisionTensor(json: Json, tensor: string): boolean {
  return Object.hasOwn(WRAPPERS, nameOf(json) ?? "") && NOT_TEXT.test(tensor);
}

function nameOf({ architectures }: Json): string | undefined {
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof name === "string" ? name : undefined;
}

/**
 * Finds the architecture by its name in `architectures`; by model_type where that names the bare model (LlamaModel) or
 * nothing.
 * @returns the architecture and the configuration of its text model
 * @throws UserError naming the nearest supported architecture
 */
export function resolveArchitecture(
  json: Json,
  architectures: readonly Architecture[],
  source: string,
): { readonly architecture: Architecture; readonly config: Json } {
  const name = nameOf(json);
  const type = json["model_type"];
  const byName = (wanted: string | undefined) => architectures.find((one) => one.name === wanted);
  const byType = (wanted: unknown) => architectures.find((one) => one.modelType === wanted);
  const own = byName(name);
  if (own !== undefined) return { architecture: own, config: json };
  const older = name !== undefined && Object.hasOwn(OLDER, name) ? OLDER[name] : undefined;
  const renamed = byName(older?.name);
  if (renamed !== undefined) return { architecture: renamed, config: { ...older?.implied?.(json), ...json } };
  const bare = name === undefined || /[a-z\d]Model$/.test(name) ? byType(type) : undefined;
  if (bare !== undefined) return { architecture: bare, config: json };
  const defaults = name !== undefined && Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  const text = json["text_config"];
  if (defaults !== undefined && typeof text === "object" && text !== null && !Array.isArray(text)) {
    const tied = json["tie_word_embeddings"];
    const config: Json = { ...defaults, ...(tied === undefined ? {} : { tie_word_embeddings: tied }), ...text };
    const inner = byType(config["model_type"]);
    if (inner !== undefined) return { architecture: inner, config };
    const wanted = config["model_type"];
    const types = architectures.map((one) => one.modelType);
    throw new UserError(
      `${source}: text_config has the model_type ${jsonOf(wanted)}, which is not supported yet` +
        (typeof wanted === "string" ? didYouMean(wanted, types) : ""),
    );
  }
  const shown = name ?? (typeof type === "string" ? type : "(none named)");
  const names = architectures.map((one) => one.name);
  const sister =
    names.find((one) => one.toLowerCase() === shown.toLowerCase()) ??
    names.findLast((one) => stemOf(one) === stemOf(shown));
  throw new UserError(
    `${source}: architecture ${shown} is not supported yet${sister === undefined ? "" : `; did you mean "${sister}"?`}; ` +
      `supported: ${names.join(", ")}, or any folder with an onnx/ export`,
  );
}

/** Returns a family's name without what the class is for, versions and case. */
function stemOf(name: string): string {
  return name
    .replace(/(?:For[A-Z]\w*|LMHeadModel|Model)$/i, "")
    .replace(/\d+$/, "")
    .toLowerCase();
}
