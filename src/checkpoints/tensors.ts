/** Where the tensors of a checkpoint lie: byte ranges of its files, whatever wrote them. */

import { basename, dirname } from "node:path";
import { messageOf, UserError } from "../errors.js";

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

/**
 * The one folder that holds every tensor's real file, as ONNX Runtime wants it.
 * @throws UserError when links lead the shards to different folders
 */
export function commonFolder(tensors: Iterable<TensorLocation>): string {
  const folders = new Set([...tensors].map((tensor) => dirname(tensor.file)));
  const [first, ...others] = folders;
  if (first === undefined || others.length > 0) {
    throw new UserError(
      `the checkpoint's files lie in different folders (${[...folders].join(", ")}); put them in one`,
    );
  }
  return first;
}

/** File name of a tensor inside {@link commonFolder}. */
export function fileName(tensor: TensorLocation): string {
  return basename(tensor.file);
}

/** What is said of a file or folder that the system does not let us read, e.g. a link to a deleted blob. */
export function unreadable(path: string, error: unknown): UserError {
  return new UserError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? messageOf(error)})`);
}
