/** Lists the architectures amuro-eval runs from their released weights. */

import { ConfigReader, NAMING } from "./config-reader.js";
import type { ModelSpec } from "./model-spec.js";
import { quantisedBy } from "../files/scaled-weights.js";
import type { TensorLocation } from "../files/tensors.js";
import { apertus } from "./apertus.js";
import { cohere, cohere2 } from "./cohere.js";
import { exaone, exaone4 } from "./exaone.js";
import { gptBigcode } from "./gpt-bigcode.js";
import { gptj } from "./gptj.js";
import { granite } from "./granite.js";
import { internlm2 } from "./internlm2.js";
import { mpt } from "./mpt.js";
import { starcoder2 } from "./starcoder2.js";
import { bloom } from "./bloom.js";
import { falcon } from "./falcon.js";
import { gemma, gemma2, gemma3 } from "./gemma.js";
import { gpt2 } from "./gpt2.js";
import { gptNeox } from "./gpt-neox.js";
import { llama } from "./llama.js";
import { ministral3 } from "./ministral3.js";
import { mistral } from "./mistral.js";
import { mixtral } from "./mixtral.js";
import { olmo } from "./olmo.js";
import { olmo2, olmo3 } from "./olmo2.js";
import { olmoe } from "./olmoe.js";
import { qwen2Moe, qwen3Moe } from "./qwen-moe.js";
import { harmlessKeys } from "./harmless-keys.js";
import { olmoOriginal } from "./olmo-original.js";
import { opt } from "./opt.js";
import { phi, phi3 } from "./phi.js";
import { qwen2, qwen3 } from "./qwen.js";
import { resolveArchitecture } from "./resolve.js";
import type { Architecture } from "./shared.js";
import { smollm3 } from "./smollm3.js";
import { stablelm } from "./stablelm.js";

export const ARCHITECTURES: readonly Architecture[] = [
  llama, mistral, ministral3, smollm3, olmo, olmoOriginal, olmo2, olmo3, gptNeox, gpt2, opt, bloom, qwen2, qwen3, gemma, gemma2, gemma3, phi, phi3,
  stablelm, falcon, mixtral, olmoe, qwen2Moe, qwen3Moe, apertus, gptj, gptBigcode, starcoder2, granite, cohere, cohere2, mpt,
  exaone, exaone4, internlm2,
]; // prettier-ignore

/**
 * Reads a model from its config.json.
 * @param source path of the file, for messages
 * @param ignored keys that are passed over though nobody knows what they change, nested ones as "rope_scaling.KEY"
 * @throws UserError when the architecture, one of its options or an unknown key is not supported, or a size is beyond
 *   what the weight files hold
 */
export function readModel(
  json: Readonly<Record<string, unknown>>,
  tensors: ReadonlyMap<string, TensorLocation>,
  source: string,
  ignored: readonly string[] = [],
): ModelSpec {
  const { architecture, config: text } = resolveArchitecture(json, ARCHITECTURES, source);
  const harmless = new Set([...NAMING, ...harmlessKeys(architecture.modelType)]);
  const config = new ConfigReader(text, source, tensors, harmless, "", ignored);
  const quantisation = json["quantization_config"] ?? config.value("quantization_config") ?? null;
  if (quantisation !== null) {
    const { way, instead } = quantisedBy(quantisation);
    throw config.fail(`weights quantized by ${way} are not supported (quantization_config); ${instead}`);
  }
  config.only("is_causal", true);
  const model = architecture.read(config, tensors);
  config.finish();
  return model;
}
