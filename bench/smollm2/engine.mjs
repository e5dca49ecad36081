// The engine's side of compare.py.
//
//   node engine.mjs score MODEL DATA OUT     rows as texts and token ids, with log-likelihoods and chosen answers
//   node engine.mjs encode MODEL TEXTS OUT   token ids of a list of texts
//   node engine.mjs versions
//   node engine.mjs measure MODEL ROWS TIMES  time until the first score, memory, and speed over ROWS (as "score" wrote
//                                             them), scored TIMES times
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";

const TASKS = ["boolq", "rte", "arc_easy", "hellaswag"];
const ROWS = 50;

const [command, model, input, output] = process.argv.slice(2);
const open = async () => {
  const { openEngine } = await import("../../dist/engine/open.js");
  return openEngine({ folder: model, device: "cpu", threads: 0 });
};

await { score, encode, measure, versions }[command]();

async function score() {
  const [
    { builtinRegistry },
    { prepareTaskRows },
    { cellRequests },
    { selectVariants },
    { wordingsOf },
    { acc, accBytes, accNorm },
  ] = await Promise.all(
    [
      "tasks/registry",
      "study/task-rows",
      "study/requests",
      "templates/selection",
      "templates/catalog",
      "metrics/accuracy",
    ].map((name) => import(`../../dist/${name}.js`)),
  );
  const engine = await open();
  const preferred = (logprobs, answers) => {
    const by = (metric) =>
      answers.findIndex((_, gold) => metric.row({ logprobs, answers, gold, numbered: false }) === 1);
    return { acc: by(acc), acc_norm: by(accNorm), acc_bytes: by(accBytes) };
  };
  const rows = [];
  for (const task of builtinRegistry().select(TASKS)) {
    const source = { kind: "folder", path: input };
    const taskRows = await prepareTaskRows(task, source, { numFewshot: 0, limit: ROWS, seed: 0 });
    const space = { task, wordings: wordingsOf(task.family), numFewshot: 0, generated: false };
    const [variant] = selectVariants(space, ["default"]);
    const { requests } = cellRequests(taskRows, variant, "loglikelihood");
    const encoded = await engine.encode(requests);
    const scored = await engine.score(requests);
    requests.forEach(({ segments, continuations: answers }, i) => {
      const { contextIds, continuations, truncated } = encoded[i];
      const results = scored[i].continuations;
      rows.push({
        task: task.name,
        row: taskRows.items[i].row,
        gold: taskRows.items[i].example.gold,
        truncated,
        context: segments.join(""),
        answers,
        contextIds,
        continuationIds: continuations.map(({ ids }) => ids),
        logprobs: results.map(({ tokenLogprobs }) => tokenLogprobs),
        greedy: results.map((result) => result.greedy),
        choices: preferred(
          results.map(({ logprob }) => logprob),
          answers,
        ),
      });
    });
  }
  await engine.close();
  writeFileSync(output, JSON.stringify(rows));
}

async function encode() {
  const { TextTokenizer } = await import("../../dist/engine/text/tokenizer.js");
  const read = (name) => JSON.parse(readFileSync(`${model}/${name}.json`, "utf8"));
  const tokenizer = new TextTokenizer(read("tokenizer"), read("tokenizer_config"), undefined);
  const texts = JSON.parse(readFileSync(input, "utf8"));
  writeFileSync(output, JSON.stringify(texts.map((text) => tokenizer.encode(text))));
}

async function measure() {
  const requests = JSON.parse(readFileSync(input, "utf8")).map(({ context, answers }) => ({
    segments: [context],
    continuations: answers,
    mode: "sequence",
  }));
  // The shortest row: its time is that of the loading.
  const [first] = [...requests].sort((a, b) => a.segments[0].length - b.segments[0].length);
  const engine = await open();
  await engine.score([{ ...first, continuations: first.continuations.slice(0, 1) }]);
  const result = { first_score_at: Date.now() / 1000, cpu_first: cpuSeconds(), memory_first: maxRss() };
  for (let i = 0; i < Number(output); i++) {
    const start = performance.now();
    const startCpu = cpuSeconds();
    await engine.score(requests, ({ tokens }) => (result.tokens = tokens));
    result.speed = result.tokens / ((performance.now() - start) / 1000);
    result.speed_per_cpu_second = result.tokens / (cpuSeconds() - startCpu);
    result.memory = maxRss();
  }
  await engine.close();
  console.log(JSON.stringify(result));
}

function versions() {
  const require = createRequire(import.meta.url);
  const own = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
  // Not every package exports its package.json.
  const of = (name) => {
    const file = require.resolve(name).replace(/(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/.*/, "$1/package.json");
    return [name, JSON.parse(readFileSync(file, "utf8")).version];
  };
  const packages = ["onnxruntime-node", "@huggingface/tokenizers"].map(of);
  console.log(JSON.stringify({ "amuro-eval": own, node: process.versions.node, ...Object.fromEntries(packages) }));
}

/** Processor time of all threads so far. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Most memory the process has had, in MB. */
function maxRss() {
  return Math.round(process.resourceUsage().maxRSS / 1000);
}
