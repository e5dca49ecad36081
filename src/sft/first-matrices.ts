/** Draws the matrices that an adapter begins with. */

import { randomStream } from "../base/random.js";
import type { Values } from "./trainer-types.js";

/**
 * Draws the matrices as PyTorch and PEFT do: A uniform within 1/sqrt(inputs), B zero, so that the adapter adds nothing
 * at first.
 */
export function firstMatrices(shapes: ReadonlyMap<string, readonly number[]>, seed: number): Map<string, Values> {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      const random = randomStream(seed, "lora", name);
      const bound = 1 / Math.sqrt(shape[1] as number);
      if (name.endsWith("lora_A")) values.forEach((_, i) => (values[i] = (2 * random() - 1) * bound));
      return [name, { shape, values }];
    }),
  );
}
