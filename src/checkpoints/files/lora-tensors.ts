/** Sorts the tensors of a LoRA adapter by the module that they adapt, as PEFT names them. */

import { UserError } from "../../base/errors.js";
import { MERGE_HINT, type PromisedTensors } from "./lora-config.js";
import type { TensorLocation } from "./tensors.js";

/** Holds what is stored of one adapted module. */
export interface AdaptedModule {
  /** Name as PEFT has it, without "base_model.model.". */
  readonly module: string;
  readonly A: TensorLocation;
  readonly B: TensorLocation;
  /** The module is a table of embeddings: A is [rank, rows], B is [size, rank]. */
  readonly isEmbedding: boolean;
  /** Lengths of the rows of the adapted matrix (DoRA). */
  readonly magnitude?: TensorLocation | undefined;
  /** Is multiplied by the scale and added to the output (lora_bias). */
  readonly bias?: TensorLocation | undefined;
}

export interface AdapterTensors {
  readonly adapted: readonly AdaptedModule[];
  /** Tensors that take the place of the base's (trained biases, modules_to_save), by that name. */
  readonly whole: ReadonlyMap<string, TensorLocation>;
}

const NAME = /^base_model\.model\.(.+)$/;
const PARTS: readonly [RegExp, part: keyof Omit<AdaptedModule, "module" | "isEmbedding">][] = [
  [/^(.+)\.lora_(?:embedding_)?A(?:\.default)?(?:\.weight)?$/, "A"],
  [/^(.+)\.lora_(?:embedding_)?B(?:\.default)?(?:\.weight)?$/, "B"],
  [/^(.+)\.lora_B(?:\.default)?\.bias$/, "bias"],
  [/^(.+)\.lora_magnitude_vector(?:\.default)?(?:\.weight)?$/, "magnitude"],
];
/** Matches what PEFT puts into the names of the base's own tensors. */
const WRAPPED = /\.(?:base_layer|modules_to_save(?:\.default)?)\./;

/** @throws UserError when a module has one matrix only, there is none, or a tensor is of another kind of adapter */
export function sortAdapterTensors(tensors: readonly TensorLocation[], path: string): AdapterTensors {
  if (tensors.length === 0) throw new UserError(`${path}: no tensors; save the adapter again`);
  const modules = new Map<string, Partial<AdaptedModule>>();
  const whole = new Map<string, TensorLocation>();
  for (const tensor of tensors) {
    const name = NAME.exec(tensor.name)?.[1] ?? "";
    const [pattern, part] = PARTS.find(([known]) => known.test(name)) ?? [];
    const module = pattern?.exec(name)?.[1];
    if (module !== undefined && part !== undefined) {
      const known = modules.get(module);
      const isEmbedding = known?.isEmbedding === true || name.includes(".lora_embedding_");
      modules.set(module, { ...known, [part]: tensor, isEmbedding });
    } else if (name === "" || name.includes("lora_")) {
      throw new UserError(`${path}: tensor ${tensor.name} is of a kind that is not read here; ${MERGE_HINT}`);
    } else {
      whole.set(name.replace(WRAPPED, "."), tensor);
    }
  }
  const adapted = [...modules].map(([module, { A, B, isEmbedding = false, magnitude, bias }]) => {
    if (A === undefined || B === undefined) {
      throw new UserError(`${path}: ${module} has no lora_${A === undefined ? "A" : "B"}; save the adapter again`);
    }
    return { module, A, B, isEmbedding, magnitude, bias };
  });
  return { adapted, whole };
}

/**
 * @throws UserError where the tensors are not those that adapter_config.json tells of, or their sum is not known here
 */
export function expectPromised({ adapted, whole }: AdapterTensors, promised: PromisedTensors, path: string): void {
  const apart = "adapter_config.json and this file do not belong together";
  for (const { module, magnitude, bias, isEmbedding } of adapted) {
    const parts = [
      ["lora_magnitude_vector", "use_dora", magnitude, promised.magnitude],
      ["bias", "lora_bias", bias, promised.bias],
    ] as const;
    for (const [part, key, tensor, isPromised] of parts) {
      if ((tensor !== undefined) === isPromised) continue;
      const found = isPromised ? `has no ${part} where ${key} is true` : `has a ${part} where ${key} is not true`;
      throw new UserError(`${path}: ${module} ${found}; ${apart}`);
    }
    if (magnitude !== undefined && (isEmbedding || bias !== undefined)) {
      const what = isEmbedding ? "an embedding" : "a module with a bias of its own";
      throw new UserError(`${path}: DoRA of ${what} (${module}) is not read here; ${MERGE_HINT}`);
    }
  }
  const names = [...whole.keys()].map((name) => `.${name}`);
  const missing = promised.modules.find((module) => !names.some((name) => name.includes(`.${module}.`)));
  if (missing !== undefined) {
    throw new UserError(`${path}: no tensor of ${missing}, which modules_to_save names; ${apart}`);
  }
}
