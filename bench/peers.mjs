// The same four-shot requests scored here, by transformers.js row by row and by lm-evaluation-harness on transformers.
//
//     npm run build && node bench/peers.mjs --model FOLDER [--data FOLDER] [--rows 25] [--every 8] [--repeats 3]
//         [--python PYTHON with lm_eval] [--export FOLDER with onnx/] [--gguf FILE --llama FOLDER with node-llama-cpp]
//
// transformers.js and lm-evaluation-harness, which keep nothing between requests, score every N-th request with all its
// choices, and their time is scaled by the number of choices; llama.cpp, which keeps shots, scores all. Processes take turns;
// medians.
import { performance } from "node:perf_hooks";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkerEngine } from "../dist/engine/open.js";
import { cellsOf, checkpointFolder, median, option, pairsOf } from "./lib/requests.mjs";

/** Sequences and tokens of a batch: the fastest of these is llama.cpp at its best. */
const LLAMA_SETTINGS = [
  [1, 512],
  [4, 512],
  [8, 1024],
];
const TASKS = ["mnli_matched", "hellaswag", "arc_easy"];
const folder = await checkpointFolder(option("model", "builtin"));
const threads = Number(option("threads", "2"));
const every = Number(option("every", "8"));
const scratch = mkdtempSync(join(tmpdir(), "peers-"));
const cells = await cellsOf(TASKS, option("data", "sample"), Number(option("rows", "25")));
const some = cells.map((cell) => ({ ...cell, requests: cell.requests.filter((_, i) => i % every === 0) }));
const [all, part] = [pairsOf(cells), pairsOf(some)];
const [allFile, pairsFile] = ["all.jsonl", "pairs.jsonl"].map((name) => join(scratch, name));
for (const [file, pairs] of [[allFile, all], [pairsFile, part]]) writeFileSync(file, pairs.map((pair) => JSON.stringify(pair)).join("\n")); // prettier-ignore
/** Of the answers that all contestants have scored, the places among all. */
const places = cells.flatMap(({ requests }) => requests.flatMap(({ continuations }, i) => continuations.map(() => i % every === 0))).flatMap((is, i) => (is ? [i] : [])); // prettier-ignore

async function ours() {
  const engine = await openWorkerEngine({ folder, device: "cpu", threads });
  await engine.score([{ segments: ["warm up"], continuations: [" now"], mode: "sequence" }]);
  const started = performance.now();
  // All cells are asked at once, as a run prepares the next cell while one is scored.
  const results = await Promise.all(cells.map(({ requests }) => engine.score(requests)));
  const seconds = (performance.now() - started) / 1000;
  const logprobs = results.flatMap((cell) => cell.filter((_, i) => i % every === 0).flatMap(({ continuations }) => continuations.map(({ logprob }) => logprob))); // prettier-ignore
  await engine.close();
  return { seconds, logprobs };
}

function other(command, args) {
  const out = join(scratch, "out.json");
  execFileSync(command, [...args, pairsFile, out, String(threads)], { stdio: ["ignore", "ignore", "inherit"] });
  const { seconds, logprobs } = JSON.parse(readFileSync(out, "utf8"));
  return { seconds: (seconds * all.length) / part.length, logprobs };
}

function llamaCpp(sequences, batch) {
  const out = join(scratch, "out.json");
  const args = [script("llama_cpp.mjs"), gguf, allFile, out, String(threads), llama, String(sequences), String(batch)];
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const { seconds, logprobs } = JSON.parse(readFileSync(out, "utf8"));
  return { seconds, logprobs: places.map((place) => logprobs[place]) };
}

const contestants = [["amuro-eval", ours]];
const [python, exported] = [option("python"), option("export")];
const script = (name) => join(import.meta.dirname, "peers", name);
if (exported) contestants.push(["transformers.js, row by row", () => other(process.execPath, [script("transformers_js.mjs"), exported])]); // prettier-ignore
const [gguf, llama] = [option("gguf"), option("llama")];
if (gguf) {
  for (const [sequences, batch] of LLAMA_SETTINGS) {
    contestants.push([`llama.cpp, ${sequences} sequences, batches of ${batch}`, () => llamaCpp(sequences, batch)]);
  }
}
if (python) contestants.push(["lm-eval on transformers", () => other(python, [script("lm_eval_run.py"), folder])]);

const seen = new Map(contestants.map(([name]) => [name, []]));
for (let round = 0; round < Number(option("repeats", "3")); round++) {
  for (const [name, run] of contestants) {
    const result = await run();
    seen.get(name).push(result);
    console.error(`${name}: ${result.seconds.toFixed(1)} s`);
  }
}
rmSync(scratch, { recursive: true });
const [reference] = seen.get("amuro-eval");
const own = median(seen.get("amuro-eval").map(({ seconds }) => seconds));
console.log(`${all.length} answers of ${cells.length} cells; others scored ${part.length} of them\n`);
console.log("| | seconds | range | times ours | largest difference of a log-likelihood, nats |");
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const [name, results] of seen) {
  const times = results.map(({ seconds }) => seconds);
  const worst = Math.max(...results[0].logprobs.map((value, i) => Math.abs(value - reference.logprobs[i])));
  console.log(`| ${name} | ${median(times).toFixed(1)} | ${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)} | ${(median(times) / own).toFixed(1)} | ${worst.toExponential(1)} |`); // prettier-ignore
}
