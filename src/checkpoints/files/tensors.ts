/** Says where the tensors of a checkpoint lie: byte ranges of its files, whatever wrote them. */

import { messageOf, UserError } from "../../base/errors.js";
import type { BlockDtype } from "./block-formats.js";
import type { Merge } from "./merge.js";

/** Gives the bytes of one element. */
export const DTYPE_BYTES = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1,
} as const; // prettier-ignore

export type TensorDtype = keyof typeof DTYPE_BYTES;

/** Names the types in which a tensor is stored: one number after the other, or blocks of quantised ones. */
export type StoredDtype = TensorDtype | BlockDtype;

/** Describes one tensor of a checkpoint as a byte range of a file. */
export interface TensorLocation {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Absolute path of the real file (symbolic links resolved). */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Order in which the stored numbers make the tensor, where they do not lie row by row. */
  readonly view?: TensorView;
  /** What the stored numbers are multiplied by. */
  readonly scales?: Scales;
  /** Added to every stored number. */
  readonly plus?: number;
  /** What an adapter makes of the numbers that come of all this. */
  readonly merge?: Merge;
}

/** Says what a stored matrix is multiplied by when it is read. */
export interface Scales {
  /** Holds one number a block, row by row. */
  readonly stored: TensorLocation;
  /** Rows and columns of a block; those at the ends may be smaller. */
  readonly block: readonly [number, number];
  /** Columns of the matrix. */
  readonly columns: number;
}

/**
 * Gives the sizes and, in numbers, the distances along each axis of an array whose elements in order are those of the
 * tensor.
 */
export interface TensorView {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

/** Counts the elements. */
export function elementsOf({ shape }: Pick<TensorLocation, "shape">): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Returns the deepest folder that holds all of the files, with a slash at its end; "" where there is none.
 * @param files absolute paths
 */
export function commonFolder(files: Iterable<string>): string {
  let common: string | undefined;
  for (const file of files) {
    const folder = file.slice(0, nameStart(file));
    common ??= folder;
    while (!folder.startsWith(common)) common = common.slice(0, nameStart(common.slice(0, -1)));
  }
  return common ?? "";
}

function nameStart(path: string): number {
  return Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
}

/** Says of a file or folder that the system does not let us read it, e.g. a link to a deleted blob. */
export function unreadable(path: string, error: unknown): UserError {
  return new UserError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? messageOf(error)})`);
}
