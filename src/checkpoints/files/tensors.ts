/** Where the tensors of a checkpoint lie: byte ranges of its files, whatever wrote them. */

import { messageOf, UserError } from "../../base/errors.js";

/** Bytes of one element. */
export const DTYPE_BYTES = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1,
} as const; // prettier-ignore

export type TensorDtype = keyof typeof DTYPE_BYTES;

/** One tensor of a checkpoint, as a byte range of a file. */
export interface TensorLocation {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Absolute path of the real file (symbolic links resolved). */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Name of the file that a tensor is in, without its folder. */
export function fileName({ file }: TensorLocation): string {
  return file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}

/** What is said of a file or folder that the system does not let us read, e.g. a link to a deleted blob. */
export function unreadable(path: string, error: unknown): UserError {
  return new UserError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? messageOf(error)})`);
}
