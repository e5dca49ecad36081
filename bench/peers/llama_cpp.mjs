// Log-likelihoods of (context, continuation) pairs by llama.cpp through node-llama-cpp, as fast as it can be made to.
//
//     node bench/peers/llama_cpp.mjs MODEL.gguf PAIRS.jsonl OUT.json THREADS NODE_LLAMA_CPP_FOLDER [SEQUENCES [BATCH]]
//
// Each sequence keeps what it has in common with the text before: shots and context are evaluated once per sequence,
// and a continuation only adds its own tokens. Several sequences are evaluated in one batch. Logits are asked for only
// where a token of the continuation is next, and only that token's and the largest leave the native code.
import { performance } from "node:perf_hooks";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [file, pairsFile, out, threads, packages, sequences = "4", batch = "512"] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const { getLlama } = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const pairs = readFileSync(pairsFile, "utf8").trim().split("\n").map(JSON.parse);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: Number(threads) });
const model = await llama.loadModel({ modelPath: file });
const tokensOf = (text) => model.tokenize(text, false, "trimLeadingSpace");
const context = await model.createContext({
  sequences: Number(sequences),
  contextSize: 2048,
  batchSize: Number(batch),
  threads: { ideal: Number(threads), min: Number(threads) },
  flashAttention: true,
});

async function score(sequence, { context: before, continuation }) {
  const tokens = tokensOf(before + continuation);
  const from = tokensOf(before).length;
  // The last token is never fed; the first one that is asked about has to be evaluated again.
  const common = Math.min(sequence.compareContextTokens(tokens).firstDifferentIndex, from - 1);
  if (common < sequence.nextTokenIndex)
    await sequence.eraseContextTokenRanges([{ start: common, end: sequence.nextTokenIndex }]);
  const input = tokens.slice(common, -1).map((token, i) => {
    const next = tokens[common + i + 1];
    if (common + i < from - 1) return token;
    const logits = { filter: { tokens: [next], includeTop: 1 } };
    return [token, { generateNext: { logits, totalLogitWeight: true } }];
  });
  const results = await sequence.controlledEvaluate(input);
  let total = 0;
  results.forEach((result, i) => {
    if (result === undefined) return;
    const { logits, totalLogitWeight } = result.next;
    const largest = Math.max(...logits.values());
    total += logits.get(tokens[common + i + 1]) - largest - Math.log(totalLogitWeight);
  });
  return total;
}

/** Pairs of one context in a row, so that it is evaluated once. */
const groups = [];
pairs.forEach((pair, index) => {
  const last = groups.at(-1);
  if (last !== undefined && pairs[last[0]].context === pair.context) last.push(index);
  else groups.push([index]);
});
const logprobs = new Array(pairs.length);
const lanes = Array.from({ length: Number(sequences) }, () => context.getSequence());
await score(lanes[0], { context: "warm", continuation: " up" });
await lanes[0].clearHistory();
const [started, before] = [performance.now(), process.cpuUsage()];
let next = 0;
await Promise.all(
  lanes.map(async (lane) => {
    while (next < groups.length) {
      for (const index of groups[next++]) logprobs[index] = await score(lane, pairs[index]);
    }
  }),
);
const [seconds, { user, system }] = [(performance.now() - started) / 1000, process.cpuUsage(before)];
writeFileSync(out, JSON.stringify({ seconds, processor: (user + system) / 1e6, logprobs }));
await llama.dispose();
