/** Orders in which GGUF stores some matrices, undone. */

import { UserError } from "../../base/errors.js";
import { elementsOf, type TensorLocation, type TensorView } from "../files/tensors.js";

type View = { readonly shape: readonly number[]; readonly view: TensorView };

function rowsOf({ shape }: TensorLocation): number {
  return shape[0] ?? 1;
}

function perRow(tensor: TensorLocation): number {
  return elementsOf(tensor) / Math.max(1, rowsOf(tensor));
}

function parts(tensor: TensorLocation, rows: number): number {
  const size = rowsOf(tensor) / rows;
  if (Number.isInteger(size)) return size;
  throw new UserError(
    `${tensor.file}: tensor ${tensor.name} has ${rowsOf(tensor)} rows, which do not make ${rows} parts; the file is damaged`,
  );
}

/** Views rows whose rotated pairs lie side by side: the first halves of all pairs of a head, then the second halves. */
export function halvesOfPairs(tensor: TensorLocation, heads: number): View {
  const [half, inner] = [parts(tensor, 2 * heads), perRow(tensor)];
  return {
    shape: tensor.shape,
    view: { sizes: [heads, 2, half, inner], strides: [2 * half * inner, inner, 2 * inner, 1] },
  };
}

/** Views all queries, all keys, all values: the query, key and value of each head together. */
export function groupedByHead(tensor: TensorLocation, heads: number): View {
  const [size, inner] = [parts(tensor, 3 * heads), perRow(tensor)];
  return {
    shape: tensor.shape,
    view: { sizes: [heads, 3, size, inner], strides: [size * inner, heads * size * inner, inner, 1] },
  };
}

/** Views a matrix turned. */
export function turned({ shape }: TensorLocation): View {
  const [rows = 1, columns = 1] = shape;
  return { shape: [columns, rows], view: { sizes: [columns, rows], strides: [1, columns] } };
}
