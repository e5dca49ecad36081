/** The architectures amuro-eval runs from their released weights. */

import { UserError } from "../../base/errors.js";
import { ConfigReader } from "./config-reader.js";
import type { ModelSpec } from "./model-spec.js";
import type { TensorLocation } from "../files/tensors.js";
import { bloom } from "./bloom.js";
import { falcon } from "./falcon.js";
import { gemma, gemma2, gemma3 } from "./gemma.js";
import { gpt2 } from "./gpt2.js";
import { gptNeox } from "./gpt-neox.js";
import { llama } from "./llama.js";
import { mistral } from "./mistral.js";
import { olmo } from "./olmo.js";
import { olmo2, olmo3 } from "./olmo2.js";
import { opt } from "./opt.js";
import { phi, phi3 } from "./phi.js";
import { qwen2, qwen3 } from "./qwen.js";
import type { Architecture } from "./shared.js";
import { smollm3 } from "./smollm3.js";
import { stablelm } from "./stablelm.js";

export const ARCHITECTURES: readonly Architecture[] = [
  llama, mistral, smollm3, olmo, olmo2, olmo3, gptNeox, gpt2, opt, bloom, qwen2, qwen3, gemma, gemma2, gemma3, phi, phi3,
  stablelm, falcon,
]; // prettier-ignore

/**
 * From config.json to a model.
 * @param source path of the file, for messages
 * @throws UserError when the architecture, one of its options or an unknown key is not supported, or a size is beyond what
 *   the weight files hold
 */
export function readModel(
  json: Readonly<Record<string, unknown>>,
  tensors: ReadonlyMap<string, TensorLocation>,
  source: string,
): ModelSpec {
  const named = json["architectures"];
  const name: unknown = Array.isArray(named) ? named[0] : undefined;
  const modelType = json["model_type"];
  const architecture = ARCHITECTURES.find((one) =>
    name === undefined ? one.modelType === modelType : one.name === name,
  );
  if (architecture === undefined) {
    const shown = typeof name === "string" ? name : typeof modelType === "string" ? modelType : "(none named)";
    throw new UserError(
      `${source}: architecture ${shown} is not supported yet; supported: ${ARCHITECTURES.map((one) => one.name).join(", ")}, ` +
        `or any folder with an onnx/ export`,
    );
  }
  const config = new ConfigReader(json, source, tensors);
  if (config.value("quantization_config") !== undefined)
    throw config.fail("quantized weights (quantization_config) are not supported yet");
  config.only("is_causal", true);
  const model = architecture.read(config, tensors);
  config.finish();
  return model;
}
