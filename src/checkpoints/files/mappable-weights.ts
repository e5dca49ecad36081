/** Writes the derived weights of a checkpoint for as long as a model needs them. */

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf, UserError } from "../../base/errors.js";
import { isDerived, placedTensors, type Tensors } from "./derived.js";
import { floatParts } from "./tensor-values.js";
import { elementsOf, type TensorLocation } from "./tensors.js";

export interface MappableWeights {
  readonly tensors: Tensors;
  /** Removes what was written. */
  readonly release: () => Promise<void>;
}

/**
 * Writes the derived ones among the tensors that a model uses to a temporary folder.
 * @throws UserError when a weight is NaN or infinite, cannot be read, or there is no room
 */
export async function mappableWeights({
  tensors,
  used,
}: {
  tensors: Tensors;
  used: ReadonlySet<string>;
}): Promise<MappableWeights> {
  const wanted = new Map([...tensors].filter(([name]) => used.has(name)));
  const derived = [...wanted.values()].filter((tensor) => isDerived(tensor));
  if (derived.length === 0) return { tensors: wanted, release: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), "amuro-eval-"));
  const release = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, "weights.f32");
  try {
    await write(file, derived);
  } catch (error) {
    await release();
    throw error;
  }
  return { tensors: placedTensors(wanted, file), release };
}

async function write(file: string, derived: readonly TensorLocation[]): Promise<void> {
  const handle = await open(file, "wx");
  try {
    for (const tensor of derived) {
      for await (const part of floatParts(tensor)) {
        await handle.writeFile(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      }
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const bytes = derived.reduce((sum, tensor) => sum + 4 * elementsOf(tensor), 0);
    throw new UserError(
      `${file}: the weights in f32 (${Math.ceil(bytes / 1e6)} MB) cannot be written (${messageOf(error)}); ` +
        `set TMPDIR to a folder with room for them`,
    );
  } finally {
    await handle.close();
  }
}
