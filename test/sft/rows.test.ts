/** Texts in rows: nothing is lost, and no text knows of the others beside it. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { countedTokens, layOut, type TrainingText } from "../../src/sft/rows.js";
import { goldenTrainer } from "../support/trainers.js";

const texts = (most: number) =>
  fc
    .array(fc.array(fc.integer({ min: 3, max: 60 }), { minLength: 2, maxLength: most }), { minLength: 1, maxLength: 9 })
    .chain((rows) =>
      fc.record({ rows: fc.constant(rows), from: fc.array(fc.nat(most), { minLength: 9, maxLength: 9 }) }),
    )
    .map(({ rows, from }) =>
      rows.map((ids, i): TrainingText => {
        const first = Math.min(from[i] as number, ids.length - 1);
        return first < 1 ? { ids } : { ids, counted: (index) => index >= first };
      }),
    );

test("every text stands whole in one row, and every counted token is asked for once", () => {
  fc.assert(
    fc.property(texts(40), fc.integer({ min: 8, max: 120 }), fc.integer({ min: 1, max: 60 }), (batch, slots, asks) => {
      const found: string[] = [];
      let asked = 0;
      for (const run of layOut(batch, slots, asks)) {
        const size = run.rows * run.length;
        expect(run.inputIds.length).toBe(size);
        expect(run.rows === 1 || size <= slots).toBe(true);
        asked += run.asked.length;
        // A text goes from position 0 to the slot that all of its tokens are seen until.
        for (let slot = 0; slot < size; slot++) {
          if (run.positions[slot] !== 0n) continue;
          const start = slot % run.length;
          const length = Number(run.seenUntil[slot]) - start + 1;
          if (run.lengths[slot] !== length) throw new Error("a text's length is not how far it is seen");
          const ids = [...run.inputIds.subarray(slot, slot + length)].map(Number);
          if (length > 1 || ids[0] !== 0) found.push(ids.join());
        }
        run.asked.forEach((slot, i) => {
          const next = Number(slot) + 1;
          if (run.labels[i] !== run.inputIds[next]) throw new Error("a label is not the token that follows");
          if (run.positions[next] === 0n) throw new Error("a text's first token is asked of the text before it");
        });
      }
      expect(found.sort()).toEqual(batch.map(({ ids }) => Array.from(ids).join()).sort());
      expect(asked).toBe(batch.reduce((sum, text) => sum + countedTokens(text), 0));
    }),
  );
});

/** Largest difference relative to the largest gradient. */
function distance(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let [most, largest] = [0, 0];
  for (const [name, values] of a) {
    const other = b.get(name) as Float32Array;
    values.forEach((value, i) => {
      most = Math.max(most, Math.abs(value - (other[i] as number)));
      largest = Math.max(largest, Math.abs(value));
    });
  }
  return most / largest;
}

// Rotary embedding, ALiBi, learned positions, a sliding window, and an embedding that depends on the text's length.
test.each(["llama", "bloom", "gpt2", "mistral", "llama-rope-dynamic"])(
  "packed in rows, texts have the gradient that they have one by one: %s",
  async (name) => {
    const packed = await goldenTrainer(name, { runSlots: 200 });
    const alone = await goldenTrainer(name, { runSlots: 1, runAsks: 1 });
    await fc.assert(
      fc.asyncProperty(texts(24), async (batch) => {
        const [a, b] = [await packed.gradient(batch), await alone.gradient(batch)];
        expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-5);
        expect(distance(alone.gradients, packed.gradients)).toBeLessThan(1e-5);
        expect(Math.abs((await packed.evaluate(batch)).loss - a.loss)).toBeLessThan(1e-5);
      }),
      { numRuns: 6 },
    );
    await packed.close();
    await alone.close();
  },
);
