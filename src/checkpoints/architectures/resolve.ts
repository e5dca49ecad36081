/** Decides which architecture a config.json names, and which part of it describes the text model. */

import { didYouMean, UserError } from "../../base/errors.js";
import { shown as jsonOf } from "./config-reader.js";
import type { Architecture } from "./shared.js";
import { architectureOf, textConfigOf } from "./wrappers.js";

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

/** Says what models of other kinds need that no architecture here has. */
const MISSING: readonly (readonly [name: RegExp, parts: string])[] = [
  [/^GptOss/i, "attention sinks, clamped experts and, as it is released, 4-bit weights of MXFP4"],
  [/^(?:DeepseekV[23]|Kimi|MiniCPM3|LongcatFlash|Glm4MoeLite|Youtu)/i, "multi-head latent attention (MLA)"],
  [/^Llama4/i, "chunked attention, and experts that all tokens share"],
  [/^Gemma3n/i, "per-layer embeddings and alternating updates"],
  [
    /Mamba|Jamba|Zamba|Bamba|Hybrid|^(?:Rwkv|NemotronH|FalconH1|Qwen3Next|RecurrentGemma|Lfm2|xLSTM|MiniMax|Plamo2)/i,
    "layers with a state in place of attention",
  ],
  [
    /ForMaskedLM$|^(?:Bert|Roberta|Deberta|Electra|ModernBert)/i,
    "attention to both sides; only models that continue a text are run",
  ],
  [
    /^(?:M?T5|U?MT5|Bart|MBart|Pegasus|Blenderbot|LED|Whisper)|ForSeq2SeqLM$/i,
    "an encoder; only models that continue a text are run",
  ],
];

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
  const name = architectureOf(json);
  const type = json["model_type"];
  const byName = (wanted: string | undefined) => architectures.find((one) => one.name === wanted);
  const byType = (wanted: unknown) => architectures.find((one) => one.modelType === wanted);
  const own = byName(name);
  if (own !== undefined) return { architecture: own, config: json };
  const older = name !== undefined && Object.hasOwn(OLDER, name) ? OLDER[name] : undefined;
  const renamed = byName(older?.name);
  if (renamed !== undefined) return { architecture: renamed, config: { ...older?.implied?.(json), ...json } };
  const bare = name === undefined || /\wModel$/.test(name) ? byType(type) : undefined;
  if (bare !== undefined) return { architecture: bare, config: json };
  const config = textConfigOf(json);
  if (config !== undefined) {
    const wanted = config["model_type"];
    const inner = byType(wanted);
    if (inner !== undefined) return { architecture: inner, config };
    const types = architectures.map((one) => one.modelType);
    const needs = typeof wanted === "string" ? missingParts(wanted) : undefined;
    throw new UserError(
      `${source}: text_config has the model_type ${jsonOf(wanted)}, which is not supported yet` +
        (needs === undefined ? "" : `: it needs ${needs}`) +
        (typeof wanted === "string" && needs === undefined ? didYouMean(wanted, types) : ""),
    );
  }
  const shown = name ?? (typeof type === "string" ? type : "(none named)");
  const names = architectures.map((one) => one.name);
  const sister =
    names.find((one) => one.toLowerCase() === shown.toLowerCase()) ??
    names.findLast((one) => stemOf(one) === stemOf(shown));
  const needs = missingParts(shown);
  if (needs !== undefined) {
    throw new UserError(
      `${source}: architecture ${shown} is not supported: it needs ${needs}; ask it behind a server (--model vllm:URL) or from an onnx/ export`,
    );
  }
  throw new UserError(
    `${source}: architecture ${shown} is not supported yet${sister === undefined ? "" : `; did you mean "${sister}"?`}; ` +
      `supported: ${names.join(", ")}, or any folder with an onnx/ export`,
  );
}

function missingParts(name: string): string | undefined {
  return MISSING.find(([pattern]) => pattern.test(name.replaceAll("_", "")))?.[1];
}

/** Returns a family's name without what the class is for, versions and case. */
function stemOf(name: string): string {
  return name
    .replace(/(?:For[A-Z]\w*|LMHeadModel|Model)$/i, "")
    .replace(/\d+$/, "")
    .toLowerCase();
}
