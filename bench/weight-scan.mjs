/**
 * Says what looking for NaN costs beside hashing: the least processor time of nine readings of one file of 500 MB.
 *
 *     npm run build && node bench/weight-scan.mjs [megabytes]
 */

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashWeights } from "../dist/checkpoints/files/weight-scan.js";
import { hashFile } from "../dist/base/hash.js";

const RUNS = 9;
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
  // In turn, so that whatever else the machine does meets all of them; the least time is that of the least disturbed
  // run.
  const best = new Map();
  for (let i = 0; i <= RUNS; i++) {
    for (const [name, run] of ways) {
      const before = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(before);
      if (i > 0) best.set(name, Math.min(best.get(name) ?? Infinity, (user + system) / 1000));
    }
  }
  const alone = best.get(ways[1][0]);
  for (const [name, time] of best) {
    console.log(`${name}: ${time.toFixed(0)} ms, ${(time / alone).toFixed(2)} of hashing alone`);
  }
} finally {
  await rm(folder, { recursive: true });
}
