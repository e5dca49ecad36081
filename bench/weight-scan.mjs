/**
 * What looking for NaN costs beside hashing: the median of seven readings of one file of 500 MB.
 *
 *     npm run build && node bench/weight-scan.mjs [megabytes]
 */

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { hashWeights } from "../dist/checkpoints/weight-scan.js";
import { hashFile } from "../dist/hash.js";

const RUNS = 7;
const BLOCK = 16 * 2 ** 20;
const blocks = Math.ceil((Number(process.argv[2] ?? 500) * 2 ** 20) / BLOCK);

const folder = await mkdtemp(join(tmpdir(), "amuro-bench-"));
const file = join(folder, "weights");
try {
  // Small numbers in every float type: no exponent bit pattern is all ones.
  const words = new Uint32Array(BLOCK / 4).map((_, i) => Math.imul(i, 2654435761) & 0x3f7f3f7f);
  const handle = await open(file, "w");
  for (let i = 0; i < blocks; i++) await handle.write(new Uint8Array(words.buffer));
  await handle.close();

  const tensors = (dtype, size, shift) =>
    Array.from({ length: blocks - 1 }, (_, i) => {
      return { name: `t${i}`, dtype, shape: [BLOCK / size], file, offset: i * BLOCK + shift, length: BLOCK };
    });
  const ways = [
    ["hashFile (a stream)", () => hashFile(file)],
    ["hashWeights, nothing to scan", () => hashWeights(file, [])],
    ["hashWeights, F32", () => hashWeights(file, tensors("F32", 4, 0))],
    ["hashWeights, F16", () => hashWeights(file, tensors("F16", 2, 0))],
    ["hashWeights, BF16", () => hashWeights(file, tensors("BF16", 2, 0))],
    ["hashWeights, BF16 at odd offsets", () => hashWeights(file, tensors("BF16", 2, 3))],
  ];
  await hashFile(file);
  let alone = 0;
  for (const [name, run] of ways) {
    const times = [];
    for (let i = 0; i < RUNS; i++) {
      const started = performance.now();
      await run();
      times.push(performance.now() - started);
    }
    const median = times.sort((a, b) => a - b)[(RUNS - 1) / 2];
    if (name.endsWith("nothing to scan")) alone = median;
    const share = alone === 0 ? "" : `, ${(median / alone).toFixed(2)} of hashing alone`;
    console.log(`${name}: ${median.toFixed(0)} ms${share}`);
  }
} finally {
  await rm(folder, { recursive: true });
}
