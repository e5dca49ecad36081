/** A trained adapter in the format of PEFT's save_pretrained. */

import { join } from "node:path";
import { layerLinears, type ModelSpec } from "../checkpoints/model-spec.js";
import { writeSafetensors, type NamedValues, type WrittenDtype } from "../checkpoints/write-safetensors.js";
import { makeFolders } from "../folders.js";
import { adapterNames } from "./graph/trained-low-rank.js";
import type { LoraSettings } from "./options.js";
import { writeWhole } from "./state.js";
import type { Values } from "./trainer.js";

/** How transformers names the path to the layers; checkpoints keep more or less of it. */
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
  { rank, alpha }: LoraSettings,
  base: { readonly spec: string; readonly revision: string | undefined },
  dtype: WrittenDtype,
): Promise<void> {
  await makeFolders(folder);
  const tensors: NamedValues[] = [];
  const targets = new Set<string>();
  let transposed = false;
  for (const linear of layerLinears(model)) {
    const module = moduleName(linear.weight, model.architecture);
    const { a, b } = adapterNames(linear.weight);
    transposed ||= linear.transposed === true;
    targets.add(module.split(".").at(-1) as string);
    for (const [part, name] of Object.entries({ A: a, B: b })) {
      const stored = `base_model.model.${module}.lora_${part}.weight`;
      // Parts of a fused matrix share one adapter.
      if (tensors.some((tensor) => tensor.name === stored)) continue;
      tensors.push({ name: stored, ...(trained.get(name) as Values) });
    }
  }
  await writeSafetensors(join(folder, "adapter_model.safetensors"), tensors, dtype);
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base.spec,
    revision: base.revision ?? null,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: "none",
    fan_in_fan_out: transposed,
    inference_mode: true,
    target_modules: [...targets].sort(),
  };
  await writeWhole(join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** The path of a linear's module in transformers' model. */
function moduleName(weight: string, architecture: string): string {
  const short = weight
    .replace(/\.weight$/, "")
    .replace(/^(?:(?:model|transformer|gpt_neox|language_model|decoder)\.)+/, "");
  return (PATHS[architecture] ?? DEFAULT_PATH) + short;
}
