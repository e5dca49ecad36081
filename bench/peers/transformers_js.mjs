// Log-likelihoods of (context, continuation) pairs by transformers.js, one row at a time as its documentation shows.
//
//     node bench/peers/transformers_js.mjs EXPORT PAIRS.jsonl OUT.json THREADS
import { performance } from "node:perf_hooks";
import { AutoModelForCausalLM, AutoTokenizer, env } from "@huggingface/transformers";
import { readFileSync, writeFileSync } from "node:fs";

const [folder, pairsFile, out, threads] = process.argv.slice(2);
env.allowRemoteModels = false;
const pairs = readFileSync(pairsFile, "utf8").trim().split("\n").map(JSON.parse);
const options = { local_files_only: true };
const tokenizer = await AutoTokenizer.from_pretrained(folder, options);
const session_options = { intraOpNumThreads: Number(threads) };
const model = await AutoModelForCausalLM.from_pretrained(folder, { ...options, dtype: "fp32", device: "cpu", session_options }); // prettier-ignore

async function score({ context, continuation }) {
  const inputs = tokenizer(context + continuation);
  const from = tokenizer(context).input_ids.dims[1];
  const { logits } = await model(inputs);
  const [, length, vocab] = logits.dims;
  let total = 0;
  for (let at = from; at < length; at++) {
    const row = logits.data.subarray((at - 1) * vocab, at * vocab);
    let peak = -Infinity;
    for (const value of row) peak = Math.max(peak, value);
    let sum = 0;
    for (const value of row) sum += Math.exp(value - peak);
    total += row[Number(inputs.input_ids.data[at])] - peak - Math.log(sum);
  }
  return total;
}

await score(pairs[0]);
const [started, before] = [performance.now(), process.cpuUsage()];
const logprobs = [];
for (const pair of pairs) logprobs.push(await score(pair));
const [seconds, { user, system }] = [(performance.now() - started) / 1000, process.cpuUsage(before)];
writeFileSync(out, JSON.stringify({ seconds, processor: (user + system) / 1e6, logprobs }));
