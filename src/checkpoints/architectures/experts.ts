/** Mixtures of experts as their releases store them: one matrix per expert. */

import type { ConfigReader } from "./config-reader.js";
import type { Activation, DenseMlp, Experts } from "./model-spec.js";
import { linear, type TensorNames } from "./shared.js";

/** Holds what config.json says of the experts. */
export interface ExpertSizes {
  readonly count: number;
  readonly chosen: number;
  readonly inner: number;
  readonly normalised: boolean;
}

/** Names of an expert's three matrices. */
interface ExpertNames {
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

const USUAL: ExpertNames = { gate: "gate_proj", up: "up_proj", down: "down_proj" };

/**
 * @param innerKey key of the width of an expert's inner layer
 * @throws UserError when a token would go through more experts than there are
 */
export function readExperts(
  config: ConfigReader,
  innerKey: string,
  defaults: { readonly count: number; readonly chosen: number; readonly inner: number },
  normalised: boolean,
): ExpertSizes {
  const count = config.count(["num_experts", "num_local_experts"], defaults.count);
  const chosen = config.count("num_experts_per_tok", defaults.chosen);
  if (chosen > count) throw config.fail(`num_experts_per_tok is ${chosen}, but there are ${count} experts`);
  return { count, chosen, inner: config.count(innerKey, defaults.inner), normalised };
}

/** @param names where they are not those of Qwen and OLMoE */
export function mixtureOfExperts(
  tensors: TensorNames,
  path: string,
  hidden: number,
  sizes: ExpertSizes,
  activation: Activation,
  names: ExpertNames = USUAL,
): Experts {
  return {
    kind: "experts",
    router: linear(tensors, `${path}.gate`, hidden, sizes.count),
    chosen: sizes.chosen,
    normalised: sizes.normalised,
    experts: Array.from({ length: sizes.count }, (_, index) =>
      expert(tensors, `${path}.experts.${index}`, { hidden, inner: sizes.inner }, activation, names),
    ),
  };
}

/** Returns the expert that every token goes through, with the linear map whose output says how much of it counts. */
export function sharedExpert(
  tensors: TensorNames,
  path: string,
  hidden: number,
  inner: number,
  activation: Activation,
): NonNullable<Experts["shared"]> {
  return {
    expert: expert(tensors, `${path}.shared_expert`, { hidden, inner }, activation, USUAL),
    weight: linear(tensors, `${path}.shared_expert_gate`, hidden, 1),
  };
}

function expert(
  tensors: TensorNames,
  path: string,
  { hidden, inner }: { readonly hidden: number; readonly inner: number },
  activation: Activation,
  names: ExpertNames,
): DenseMlp {
  return {
    kind: "gated",
    gate: linear(tensors, `${path}.${names.gate}`, hidden, inner),
    up: linear(tensors, `${path}.${names.up}`, hidden, inner),
    down: linear(tensors, `${path}.${names.down}`, inner, hidden),
    activation,
  };
}
