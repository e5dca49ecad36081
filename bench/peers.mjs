// The same four-shot requests scored here, by transformers.js row by row and by lm-evaluation-harness on transformers.
//
//     npm run build && node bench/peers.mjs --model FOLDER [--data FOLDER] [--rows 25] [--every 8] [--repeats 3]
//         [--python PYTHON with lm_eval] [--export FOLDER with onnx/] [--gguf FILE --llama FOLDER with node-llama-cpp]
//         [--sequences 1,4,8: how many prompts llama.cpp evaluates at a time; its best is the fastest]
//
// transformers.js and lm-evaluation-harness, which keep nothing between requests, score every N-th request with all its
// choices, and their time is scaled by the number of choices; llama.cpp, which keeps shots, scores all. Processes take
// turns; medians.
import { performance } from "node:perf_hooks";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkerEngine } from "../dist/engine/open.js";
import { cellsOf, checkpointFolder, median, option, pairsOf } from "./lib/requests.mjs";

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
  const [started, before] = [performance.now(), process.cpuUsage()];
  // All cells are asked at once, as a run prepares the next cell while one is scored.
  const results = await Promise.all(cells.map(({ requests }) => engine.score(requests)));
  const [seconds, { user, system }] = [(performance.now() - started) / 1000, process.cpuUsage(before)];
  const logprobs = results.flatMap((cell) => cell.filter((_, i) => i % every === 0).flatMap(({ continuations }) => continuations.map(({ logprob }) => logprob))); // prettier-ignore
  await engine.close();
  return { seconds, processor: (user + system) / 1e6, logprobs };
}

function other(command, args) {
  const out = join(scratch, "out.json");
  execFileSync(command, [...args, pairsFile, out, String(threads)], { stdio: ["ignore", "ignore", "inherit"] });
  const { seconds, processor, logprobs } = JSON.parse(readFileSync(out, "utf8"));
  const scale = all.length / part.length;
  return { seconds: scale * seconds, processor: scale * processor, logprobs };
}

function llamaCpp(sequences) {
  const out = join(scratch, "out.json");
  const args = [script("llama_cpp.mjs"), gguf, allFile, out, String(threads), llama, sequences, "1024"];
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const { seconds, processor, logprobs } = JSON.parse(readFileSync(out, "utf8"));
  return { seconds, processor, logprobs: places.map((place) => logprobs[place]) };
}

const contestants = [["amuro-eval", ours]];
const [python, exported] = [option("python"), option("export")];
const script = (name) => join(import.meta.dirname, "peers", name);
if (exported) contestants.push(["transformers.js, row by row", () => other(process.execPath, [script("transformers_js.mjs"), exported])]); // prettier-ignore
const [gguf, llama] = [option("gguf"), option("llama")];
if (gguf) {
  for (const sequences of option("sequences", "1,4,8").split(",")) {
    contestants.push([`llama.cpp, ${sequences} in parallel`, () => llamaCpp(sequences)]);
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
const of = (results, what) => median(results.map((result) => result[what]));
const [own, ownProcessor] = ["seconds", "processor"].map((what) => of(seen.get("amuro-eval"), what));
console.log(`${all.length} answers of ${cells.length} cells; those that keep nothing scored ${part.length} of them\n`);
console.log("| | seconds | range | times ours | processor seconds | times ours | largest difference of a log-likelihood, nats |"); // prettier-ignore
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const [name, results] of seen) {
  const times = results.map(({ seconds }) => seconds);
  const worst = Math.max(...results[0].logprobs.map((value, i) => Math.abs(value - reference.logprobs[i])));
  const processor = of(results, "processor");
  const cells = [name, median(times).toFixed(1), `${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)}`, (median(times) / own).toFixed(1), processor.toFixed(1), (processor / ownProcessor).toFixed(1), worst.toExponential(1)]; // prettier-ignore
  console.log(`| ${cells.join(" | ")} |`);
}
