/** Recognises folders that hold a LoRA adapter of PEFT. */

import { UserError } from "../../base/errors.js";

export const ADAPTER_CONFIG = "adapter_config.json";

/**
 * Refuses a folder that is given as a checkpoint and holds an adapter, beside weights of its own too: transformers
 * would load the adapter on the base that it names.
 * @param files names of its files
 */
export function refuseAdapter(place: string, files: readonly string[]): void {
  if (!files.includes(ADAPTER_CONFIG)) return;
  const isBoth = files.includes("config.json");
  throw new UserError(
    `${place} holds a LoRA adapter (${ADAPTER_CONFIG})${isBoth ? " beside weights" : ""}: give --base CHECKPOINT --sft lora:${place}` +
      (isBoth ? `, or a copy without ${ADAPTER_CONFIG} for the weights alone` : ""),
  );
}
