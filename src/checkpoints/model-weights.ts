/** Describes weights and the model they make, wherever their bytes are. */

import { UserError } from "../base/errors.js";
import { readModel } from "./architectures/index.js";
import { isOtherThanText } from "./architectures/wrappers.js";
import { buildGraph } from "./graph/build.js";
import type { ModelSpec } from "./architectures/model-spec.js";
import { typedAsRead } from "./files/derived.js";
import { hasScales, typeWithScales, withScales } from "./files/scaled-weights.js";
import { elementsOf, type TensorLocation } from "./files/tensors.js";

export interface ModelWeights {
  /** Where they come from, for messages. */
  readonly folder: string;
  readonly model: ModelSpec;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** Names of the tensors that the model reads; the others are buffers and copies. */
  readonly used: ReadonlySet<string>;
  /** Name of the architecture, e.g. "LlamaForCausalLM". */
  readonly architecture: string;
  /** Context window in tokens. */
  readonly window: number;
  /** Stored type of the weights, e.g. "BF16"; the most common one where they differ. */
  readonly dtype: string;
  /** Number of stored parameters. */
  readonly parameters: number;
  /** The id that stands for an empty context when the tokenizer adds nothing itself. */
  readonly bosId: number | undefined;
  /** Ids that end a generation, from generation_config.json or config.json. */
  readonly eosIds: readonly number[];
}

/**
 * @param config config.json
 * @param generation generation_config.json, empty where there is none
 * @param ignored keys of config.json that are passed over, see readModel
 * @throws UserError naming what is not supported or does not belong together
 */
export function modelWeights(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  generation: Readonly<Record<string, unknown>>,
  all: ReadonlyMap<string, TensorLocation>,
  ignored: readonly string[] = [],
): ModelWeights {
  const text = new Map([...all].filter(([name]) => !isOtherThanText(config, name)));
  const { quantization_config: quantisation, ...plain } = config;
  const scaled = hasScales(quantisation);
  const tensors = scaled ? withScales(text, quantisation, folder) : text;
  const model = readModel(scaled ? plain : config, tensors, `${folder}/config.json`, ignored);
  const { used } = buildGraph(model, typedAsRead(tensors), folder);
  refuseUnusedTensors(folder, tensors, used);
  const stored = [...tensors.values()];
  return {
    folder,
    model,
    tensors,
    used,
    architecture: model.architecture,
    window: model.window,
    dtype: mostCommon(
      stored.map(({ dtype, scales }) => (scales === undefined ? dtype : typeWithScales(dtype, quantisation))),
    ),
    parameters: stored.reduce((sum, tensor) => sum + elementsOf(tensor), 0),
    ...specialIds(config, generation),
  };
}

/** Returns the ids that begin a text and that end one. */
export function specialIds(
  config: Readonly<Record<string, unknown>>,
  generation: Readonly<Record<string, unknown>>,
): Pick<ModelWeights, "bosId" | "eosIds"> {
  const idsUnder = (key: string) => idsOf(generation[key] ?? config[key]);
  return { bosId: idsUnder("bos_token_id")[0], eosIds: idsUnder("eos_token_id") };
}

/** Matches what is stored beside the parameters but is not a part of them: buffers, and copies of tied matrices. */
const NOT_PARAMETERS =
  /(?:^|\.)(?:rotary_emb\.inv_freq|masked_bias|(?:attn|attention)\.bias|position_ids|(?:lm_head|embed_out)\.weight)$/;

/** Refuses a tensor that no part of the graph reads: it means that the model computes something else. */
function refuseUnusedTensors(
  folder: string,
  tensors: ReadonlyMap<string, TensorLocation>,
  used: ReadonlySet<string>,
): void {
  const unused = [...tensors.keys()].find((name) => !used.has(name) && !NOT_PARAMETERS.test(name));
  if (unused !== undefined) {
    throw new UserError(`${folder}: tensor ${unused} is not a part of the architecture that config.json names`);
  }
}

function idsOf(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id): id is number => typeof id === "number");
}

function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "unknown";
}
