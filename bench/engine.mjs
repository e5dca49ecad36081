// Speed of the engine beside ONNX Runtime's own MatMul, and of four-shot cells as a run asks them.
//
//     npm run build && node bench/engine.mjs --model FOLDER [--data FOLDER] [--rows 25] [--threads 2] [--repeats 5]
//         [--clock processor]
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { openCheckpoint } from "../dist/checkpoints/checkpoint.js";
import { linearSize, pairSize } from "../dist/engine/tree/cost-model.js";
import { openRuntime } from "../dist/engine/backends/devices.js";
import { openWorkerEngine } from "../dist/engine/open.js";
import { planMemory } from "../dist/engine/backends/memory.js";
import { OrtBackend } from "../dist/engine/backends/ort-backend.js";
import { cellsOf, checkpointFolder, median, option } from "./lib/requests.mjs";
import { clock } from "./lib/clock.mjs";
import { matMulPeak } from "./lib/peak.mjs";

const folder = await checkpointFolder(option("model", "builtin"));
const rows = Number(option("rows", "25"));
const threads = Number(option("threads", "2"));
const data = option("data", "sample");
const repeats = Number(option("repeats", "5"));
const TASKS = ["mnli_matched", "hellaswag", "arc_easy"];

const checkpoint = await openCheckpoint(folder);
const { model } = checkpoint;
const headSize = model.hiddenSize * model.vocabSize;
const peak = await matMulPeak(threads);
const backend = new OrtBackend(await openRuntime("cpu"), checkpoint, threads, planMemory(checkpoint));
const id = (i) => 10 + ((i * 7919) % (model.vocabSize - 20));

/** Texts that share their first `prefix` tokens; the last token of each is asked about. */
const texts = (count, prefix, own, salt) =>
  Array.from({ length: count }, (_, row) => {
    const ids = Array.from({ length: prefix + own }, (_, i) =>
      i < prefix ? id(i + salt) : id(i * 31 + row * 97 + salt),
    );
    return { ids, targets: [{ position: ids.length - 1, token: 5 }] };
  });

/** Floating-point operations that the result needs: no padding, no masked pairs, nothing twice. */
function usefulFlops(count, prefix, own) {
  const linear = 2 * linearSize(model) * (prefix + count * own);
  const pairs = (prefix * (prefix + 1)) / 2 + count * (own * prefix + (own * (own + 1)) / 2);
  return linear + 2 * pairSize(model) * pairs + 2 * headSize * count;
}

await backend.score(texts(4, 0, 64, 1));
console.log(`## Speed, ${threads} threads\n`);
console.log(
  "| texts | shared tokens | own tokens | tokens/s | GF/s, useful | MatMul GF/s beside it | share | outside the runtime |",
);
console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const [count, prefix, own] of [
  [1, 0, 64],
  [1, 0, 512],
  [8, 0, 64],
  [32, 0, 64],
  [32, 0, 160],
  [32, 400, 64],
  [64, 600, 60],
  [64, 400, 16],
]) {
  // prettier-ignore
  const shares = [];
  const speeds = [];
  const peaks = [];
  const outside = [];
  for (let round = 0; round < repeats; round++) {
    const top = await peak();
    let busy = 0;
    const [started, before] = [performance.now(), clock()];
    await backend.score(texts(count, prefix, own, 1000 * round), (work) => (busy = work.busy));
    const [wall, time] = [performance.now() - started, clock() - before];
    const speed = usefulFlops(count, prefix, own) / time / 1e6;
    peaks.push(top);
    speeds.push(speed);
    shares.push(speed / ((top + (await peak())) / 2));
    outside.push(1 - busy / wall);
  }
  const perSecond = (median(speeds) * 1e9 * (prefix + count * own)) / usefulFlops(count, prefix, own);
  console.log(`| ${count} | ${prefix} | ${own} | ${perSecond.toFixed(0)} | ${median(speeds).toFixed(0)} | ${median(peaks).toFixed(0)} | ${(100 * median(shares)).toFixed(0)} % | ${(100 * median(outside)).toFixed(1)} % |`); // prettier-ignore
}
await backend.close();

// In a worker, and with the next cell asked while one runs, as in a run.
const engine = await openWorkerEngine({ folder, device: "cpu", threads });
await engine.score([{ segments: ["warm up"], continuations: [" now"], mode: "sequence" }]);
console.log(`\n## Four shots, three formats, ${rows} rows\n`);
console.log("| task | prompt | seconds | tokens run | distinct | ratio | outside the runtime |");
console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
const cells = await cellsOf(TASKS, data, rows);
const ask = ({ requests }) => {
  let last;
  return engine.score(requests, (progress) => (last = progress)).then(() => ({ work: last, ended: performance.now() }));
};
const first = performance.now();
let [since, busyTotal, next] = [first, 0, ask(cells[0])];
for (const [i, { task, prompt }] of cells.entries()) {
  const running = next;
  // After the model has begun with this cell, so that rendering and encoding the next one falls into its time.
  await setTimeout(5);
  if (i + 1 < cells.length) next = ask(cells[i + 1]);
  const { work, ended } = await running;
  const wall = ended - since;
  since = ended;
  busyTotal += work.busy;
  const fewest = work.distinctTokens - work.reusedTokens;
  console.log(`| ${task} | ${prompt} | ${(wall / 1000).toFixed(2)} | ${work.tokens} | ${fewest} | ${(work.tokens / fewest).toFixed(3)} | ${(100 * (1 - work.busy / wall)).toFixed(1)} % |`); // prettier-ignore
}
const wall = since - first;
console.log(`\nall: ${(wall / 1000).toFixed(2)} s, ${(100 * (1 - busyTotal / wall)).toFixed(1)} % outside the runtime`);
await engine.close();
