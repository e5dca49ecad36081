// Speed of greedy decoding beside the time that reading the weights once takes.
//
//     npm run build && node bench/generation.mjs --model FOLDER [--threads 2] [--repeats 3] [--clock processor]
//
// The least time of a step is the larger of two: reading the weights it uses once, at the speed at which this machine
// reads memory, and its multiply-adds, at the speed of ONNX Runtime's own MatMul. Both are measured in this run,
// between the steps.
import { openCheckpoint } from "../dist/checkpoints/checkpoint.js";
import { linearSize, pairSize } from "../dist/engine/tree/cost-model.js";
import { openRuntime } from "../dist/engine/backends/devices.js";
import { planMemory } from "../dist/engine/backends/memory.js";
import { OrtBackend } from "../dist/engine/backends/ort-backend.js";
import { readingSpeed } from "./lib/bandwidth.mjs";
import { clock } from "./lib/clock.mjs";
import { matMulPeak } from "./lib/peak.mjs";
import { checkpointFolder, median, option } from "./lib/requests.mjs";

const folder = await checkpointFolder(option("model", "builtin"));
const threads = Number(option("threads", "2"));
const repeats = Number(option("repeats", "3"));
const STEPS = 24;

const checkpoint = await openCheckpoint(folder);
const { model } = checkpoint;
const headSize = model.hiddenSize * model.vocabSize;
const perToken = linearSize(model) + headSize;
const [peak, reading] = [await matMulPeak(threads), await readingSpeed(threads)];
const backend = new OrtBackend(await openRuntime("cpu"), checkpoint, threads, planMemory(checkpoint));
const id = (i) => 10 + ((i * 7919) % (model.vocabSize - 20));
const contexts = (rows, shared, own, salt) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: shared + own }, (_, i) => (i < shared ? id(i + salt) : id(i * 31 + row * 97 + salt))),
  );

/** Seconds of a step, without the first, which reads the contexts. */
async function stepTime(texts, leaving) {
  const times = [];
  let last;
  await backend.generate(texts, STEPS, (steps) => {
    const now = clock();
    if (last !== undefined) times.push({ milliseconds: now - last, rows: steps.length });
    last = clock();
    return steps.map(({ row, ids }) => leaving && ids.length > (row % 4) * (STEPS / 4));
  });
  return times;
}

console.log(
  "| rows | shared tokens | own tokens | new tokens/s | step, ms | reading, ms | MatMul, ms | times the larger |",
);
console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
await stepTime(contexts(2, 0, 8, 5));
for (const [rows, shared, own] of [
  [1, 0, 60],
  [4, 0, 60],
  [8, 0, 60],
  [16, 0, 60],
  [32, 0, 60],
  [32, 400, 60],
]) {
  // prettier-ignore
  const [steps, reads, products] = [[], [], []];
  for (let round = 0; round < repeats; round++) {
    const around = () => reads.push((4 * perToken) / (1e6 * reading()));
    around();
    const before = await peak();
    const times = await stepTime(contexts(rows, shared, own, 1000 * round));
    around();
    const gigaflops = (before + (await peak())) / 2;
    const pairs = rows * (shared + own + STEPS / 2);
    products.push((2 * (rows * perToken + pairSize(model) * pairs)) / (1e6 * gigaflops));
    steps.push(median(times.map(({ milliseconds }) => milliseconds)));
  }
  const least = Math.max(median(reads), median(products));
  const cells = [rows, shared, own, ((1000 * rows) / median(steps)).toFixed(0), median(steps).toFixed(1), median(reads).toFixed(1), median(products).toFixed(1), (median(steps) / least).toFixed(2)]; // prettier-ignore
  console.log(`| ${cells.join(" | ")} |`);
}

const times = await stepTime(contexts(32, 0, 60, 77), true);
console.log("\nRows that leave: a quarter of 32 after each quarter of the steps.\n");
console.log("| rows left | step, ms |");
console.log("| ---: | ---: |");
for (const rows of [...new Set(times.map((time) => time.rows))]) {
  const own = times.filter((time) => time.rows === rows).map(({ milliseconds }) => milliseconds);
  console.log(`| ${rows} | ${median(own).toFixed(1)} |`);
}
await backend.close();
