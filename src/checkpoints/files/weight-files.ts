/** Collects all tensors of a checkpoint folder, from whichever of its weight files hold them. */

import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { validated } from "../../base/validation.js";
import { readSafetensors } from "./safetensors.js";
import { sameBytes } from "./tied-copies.js";
import { parsedFile } from "./folder.js";
import type { TensorLocation } from "./tensors.js";
import { readTorchBin } from "./torch-bin.js";
import { isWeightIndex } from "./weight-index.js";

/** Lists the ways weights are stored, best first: a single file, or shards with an index. */
const FORMATS = [
  { file: "model.safetensors", read: readSafetensors },
  { file: "pytorch_model.bin", read: readTorchBin },
] as const;

/** Tells whether a folder with these files holds weights that are read directly. */
export function hasWeights(files: readonly string[]): boolean {
  return FORMATS.some(({ file }) => files.includes(file) || files.includes(`${file}.index.json`));
}

/**
 * Reads the headers of the weight files: model.safetensors or its shards, else pytorch_model.bin or its shards.
 * @param files names of the folder's files
 * @throws UserError when there are none, a shard is missing, or a tensor is in two shards with different values
 */
export async function readWeightFiles(folder: string, files: readonly string[]): Promise<Map<string, TensorLocation>> {
  const format = FORMATS.find(({ file }) => files.includes(file) || files.includes(`${file}.index.json`));
  if (format === undefined) {
    throw new UserError(
      `${folder}: no ${FORMATS.map(({ file }) => file).join(", no ")}, and no index of shards of either`,
    );
  }
  const single = files.includes(format.file);
  const indexFile = `${format.file}.index.json`;
  const index = single ? { [""]: format.file } : await readIndex(join(folder, indexFile));
  const tensors = new Map<string, TensorLocation>();
  for (const shard of [...new Set(Object.values(index))].sort()) {
    if (!files.includes(shard)) throw new UserError(`${folder}: the shard ${shard} named by ${indexFile} is missing`);
    for (const tensor of await format.read(join(folder, shard))) {
      const other = tensors.get(tensor.name);
      if (other !== undefined && !(await sameBytes(other, tensor)))
        throw new UserError(
          `${folder}: tensor ${tensor.name} is in ${shard} and, with other values, in another shard; download them again`,
        );
      if (other === undefined) tensors.set(tensor.name, tensor);
    }
  }
  if (tensors.size === 0) throw new UserError(`${folder}: the checkpoint's weight files hold no tensors`);
  // What the index names and no shard holds is missed when the model needs it: releases name buffers that they left
  // out.
  return tensors;
}

/** Reads which shard holds each tensor: tensor name -> shard. */
async function readIndex(path: string): Promise<Record<string, string>> {
  const json = await parsedFile(path);
  return validated(isWeightIndex, json, path).weight_map;
}
