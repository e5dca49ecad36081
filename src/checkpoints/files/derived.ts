/**
 * Writes the weights that ONNX Runtime cannot map as they lie (quantised blocks, 64-bit numbers, views of a larger
 * array, numbers with scales, what an adapter is merged into) as f32 to a file of their own, which is mapped in their
 * place.
 */

import { isBlockDtype } from "./block-formats.js";
import { elementsOf, type TensorLocation } from "./tensors.js";

export type Tensors = ReadonlyMap<string, TensorLocation>;

/** Tells whether a tensor's numbers are written anew before the model runs. */
export function isDerived({ dtype, view, plus, merge, scales }: TensorLocation): boolean {
  return isBlockDtype(dtype) || dtype === "F64" || [view, plus, merge, scales].some((change) => change !== undefined);
}

/** Describes all tensors with the types they are read as; files stay those of the release, for messages. */
export function typedAsRead(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([key, tensor]) => [key, isDerived(tensor) ? asFloats(tensor) : tensor]));
}

/**
 * Tells where all tensors lie once the derived ones are written, one after the other, to a file.
 * @param file absolute path of that file
 */
export function placedTensors(tensors: Tensors, file: string): Tensors {
  let offset = 0;
  return new Map(
    [...tensors].map(([key, tensor]) => {
      if (!isDerived(tensor)) return [key, tensor];
      const placed: TensorLocation = { ...asFloats(tensor), file, offset };
      offset += placed.length;
      return [key, placed];
    }),
  );
}

function asFloats(tensor: TensorLocation): TensorLocation {
  const { name, shape, file, offset } = tensor;
  return { name, dtype: "F32", shape, file, offset, length: 4 * elementsOf(tensor) };
}
