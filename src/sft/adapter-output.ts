/** Writes a trained adapter in the format of PEFT's save_pretrained. */

import { join } from "node:path";
import { layerLinears, type ModelSpec } from "../checkpoints/architectures/model-spec.js";
import { writeSafetensors, type NamedValues, type WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import { makeFolders } from "../base/folders.js";
import { adapterNames } from "./graph/trained-low-rank.js";
import type { LoraSettings } from "./options.js";
import { writeWhole } from "./state.js";
import type { Values } from "./trainer-types.js";

/** Lists how transformers names the path to the layers; checkpoints keep more or less of it. */
const PATHS: Readonly<Record<string, string>> = {
  GPT2LMHeadModel: "transformer.",
  BloomForCausalLM: "transformer.",
  FalconForCausalLM: "transformer.",
  GPTNeoXForCausalLM: "gpt_neox.",
  OPTForCausalLM: "model.decoder.",
};
const DEFAULT_PATH = "model.";

/**
 * Writes adapter_config.json and adapter_model.safetensors.
 * @param base what the adapter belongs to, as the user named it
 */
export async function writeAdapter(
  folder: string,
  model: ModelSpec,
  trained: ReadonlyMap<string, Values>,
  settings: LoraSettings,
  base: { readonly spec: string; readonly revision: string | undefined },
  dtype: WrittenDtype,
): Promise<void> {
  await makeFolders(folder);
  const tensors = new Map<string, NamedValues>();
  for (const { weight } of layerLinears(model)) {
    const names = adapterNames(weight);
    for (const [part, name] of [
      ["A", names.a],
      ["B", names.b],
    ] as const) {
      const stored = `base_model.model.${moduleName(weight, model.architecture)}.lora_${part}.weight`;
      // Parts of a fused matrix share one adapter.
      tensors.set(stored, { name: stored, ...(trained.get(name) as Values) });
    }
  }
  await writeSafetensors(join(folder, "adapter_model.safetensors"), [...tensors.values()], dtype);
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base.spec,
    revision: base.revision ?? null,
    ...adapterConfig(model, settings),
    inference_mode: true,
  };
  await writeWhole(join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** Describes the adapter in the words of peft.LoraConfig. */
export function adapterConfig(model: ModelSpec, { rank, alpha }: LoraSettings): Readonly<Record<string, unknown>> {
  const linears = layerLinears(model);
  const ends = linears.map(({ weight }) => moduleName(weight, model.architecture).split(".").at(-1) as string);
  return {
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: "none",
    fan_in_fan_out: linears.some(({ transposed }) => transposed === true),
    target_modules: [...new Set(ends)].sort(),
  };
}

/** Returns the path of a linear's module in transformers' model. */
function moduleName(weight: string, architecture: string): string {
  const short = weight
    .replace(/\.weight$/, "")
    .replace(/^(?:(?:model|transformer|gpt_neox|language_model|decoder)\.)+/, "");
  return (PATHS[architecture] ?? DEFAULT_PATH) + short;
}
