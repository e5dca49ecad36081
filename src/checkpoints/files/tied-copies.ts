/** Finds LM heads that are stored as copies of the embedding, so that they count as tied, as in transformers. */

import { open } from "node:fs/promises";
import { unreadable, type TensorLocation } from "./tensors.js";

const HEAD = /(?:^|\.)(?:lm_head|embed_out|ff_out)\.weight$/;
const EMBEDDING = /(?:^|\.)(?:embed_tokens|wte|word_embeddings|embed_in)\.weight$/;
/** Sets the bytes that are compared at a time. */
const PART = 1 << 22;

/**
 * Lets a head that is equal to the embedding, byte for byte, lie where the embedding does.
 * @throws UserError when a file cannot be read
 */
export async function withoutCopies(
  tensors: ReadonlyMap<string, TensorLocation>,
): Promise<ReadonlyMap<string, TensorLocation>> {
  const heads = [...tensors.values()].filter(({ name }) => HEAD.test(name));
  const embedding = [...tensors.values()].find(({ name }) => EMBEDDING.test(name));
  if (embedding === undefined || heads.length === 0) return tensors;
  const result = new Map(tensors);
  for (const head of heads) {
    if (await sameBytes(head, embedding)) result.set(head.name, { ...embedding, name: head.name });
  }
  return result;
}

/** Tells whether two tensors have the same type, shape, order and bytes; compared up to the first difference. */
export async function sameBytes(a: TensorLocation, b: TensorLocation): Promise<boolean> {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join() || a.length !== b.length) return false;
  if (JSON.stringify([a.view, a.plus]) !== JSON.stringify([b.view, b.plus])) return false;
  if (a.file === b.file && a.offset === b.offset) return true;
  const [first, second] = [await opened(a.file), await opened(b.file)];
  try {
    for (let at = 0; at < a.length; at += PART) {
      const size = Math.min(PART, a.length - at);
      const [x, y] = [Buffer.alloc(size), Buffer.alloc(size)];
      await first.read(x, 0, size, a.offset + at);
      await second.read(y, 0, size, b.offset + at);
      if (!x.equals(y)) return false;
    }
    return true;
  } catch (error) {
    throw unreadable(a.file, error);
  } finally {
    await first.close();
    await second.close();
  }
}

async function opened(file: string) {
  return open(file, "r").catch((error: unknown) => {
    throw unreadable(file, error);
  });
}
