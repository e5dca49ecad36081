/**
 * Provides the store with a study of millions of row scores, written as a run writes them: how fast, how large, how
 * fast to read.
 *
 *   npm run build && node bench/store.mjs [SCORES]
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers";
import seedrandom from "seedrandom";
import { openStudyData } from "../dist/store/open-study-data.js";
import { ResultsFolder } from "../dist/store/results-folder.js";
import { RunStore } from "../dist/store/run-store.js";

const [wanted = "5000000"] = process.argv.slice(2);
// The grid of the experiment: checkpoints x tasks x prompts.
const [CHECKPOINTS, TASKS, PROMPTS] = [16, 18, 24];
const ROWS = Math.round(Number(wanted) / (CHECKPOINTS * TASKS * PROMPTS));
const random = seedrandom("store");
const sha = () =>
  Array.from({ length: 8 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
const names = (count, name) => Array.from({ length: count }, (_, i) => `${name}${i}`);

const axes = {
  wording: "default", format: null, labels: "yes-no", choices: null, enumerator: null, "choice-order": null, shots: 4,
  draw: 0, "shot-order": "as-is", balance: "none", "shot-separator": "newline", chat: "off", noise: null,
}; // prettier-ignore
const header = {
  schema: "amuro-eval/results@1",
  command: { synthetic: true },
  device: "cpu",
  versions: {},
  notes: [],
  checkpoints: names(CHECKPOINTS, "step").map((name) => ({
    name, spec: name, revision: null, step: null, tokens: null, training_stage: null, stage: null, sft_task: null, base: null,
    kind: null, architecture: null, dtype: null, parameters: null, window: null, hashes: null,
  })), // prettier-ignore
  tasks: names(TASKS, "task").map((name) => ({
    name, family: "nli", metric: "acc", answer: "loglikelihood", origin: "folder", eval_source: name, train_source: null,
    revision: null, licence: null, rows_available: ROWS, rows: ROWS, rows_hash: sha(), shots: 4, shots_hash: sha(),
    prompts: names(PROMPTS, "prompt").map((id) => ({
      id, hash: sha(), style: "form", paper: false, chat_template: null, axes, seen: null,
    })),
  })), // prettier-ignore
  skipped: [],
};

const path = mkdtempSync(join(tmpdir(), "amuro-eval-store-"));
const folder = await ResultsFolder.open(path);
const store = await RunStore.begin(
  folder.database,
  { key: "k", command: header.command, shard: undefined },
  header,
  false,
);
const items = new Map(
  header.tasks.map(({ name }) => [
    name,
    Array.from({ length: ROWS }, (_, row) => ({
      task: name, hash: sha(), fields: { premise: `premise ${row} `.repeat(12), hypothesis: `hypothesis ${row}` },
      answers: ["yes", "no"], gold: row % 2,
    })), // prettier-ignore
  ]),
);

const started = performance.now();
let peak = 0;
let place = 0;
const variants = new Map();
for (const { name: checkpointName } of header.checkpoints) {
  const hashes = { weights: sha(), tokenizer: sha(), config: sha() };
  const facts = { kind: "weights", architecture: "A", dtype: "F32", parameters: 1e9, window: 2048, hashes };
  const checkpoint = await store.checkpoint({ facts, revision: null, device: "cpu", versions: {} }, checkpointName);
  for (const { name: task, prompts } of header.tasks) {
    for (const { id: prompt, hash } of prompts) {
      const key = `${task} ${prompt}`;
      const questions = () =>
        items.get(task).map((item, row) => ({ item, row, promptHash: sha(), answers: item.answers, asked: { key } }));
      if (!variants.has(key)) {
        const about = { task: { name: task, family: "nli", metric: "acc", answer: "loglikelihood" }, prompt, hash };
        variants.set(key, await store.variant({ ...about, numbered: false, example: "…", questions: questions() }));
      }
      const ids = { checkpoint, variant: variants.get(key) };
      await store.find(ids);
      const cell = { place: place++, checkpointName, task, prompt };
      store.begin(cell, ids);
      for (let row = 0; row < ROWS; row++) {
        const logprobs = [-3 * random(), -3 * random()];
        const answer = logprobs[0] > logprobs[1] ? 0 : 1;
        store.addRow(ids, row, {
          row, row_hash: "", prompt_hash: "", gold: row % 2, answer, logprobs, label_mass: random(),
          metrics: { acc: Number(answer === row % 2) }, correct: answer === row % 2, context_tokens: 300, shots_dropped: 0,
          truncated: false, merged: false,
        }); // prettier-ignore
        // As if a run of the model had ended.
        if (row % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
      }
      await store.finish(cell, ids, { tokens: 1, distinctTokens: 1, reusedTokens: 0, busy: 0, seconds: 1 });
      peak = Math.max(peak, process.memoryUsage.rss());
    }
  }
  store.leave(checkpoint);
}
const scores = place * ROWS;
const written = (performance.now() - started) / 1000;
const closing = performance.now();
await folder.close();
console.log(
  `${scores.toLocaleString("en")} row scores of ${place.toLocaleString("en")} cells written in ${written.toFixed(0)} s ` +
    `(${Math.round(scores / written).toLocaleString("en")} a second), closed in ${((performance.now() - closing) / 1000).toFixed(1)} s; ` +
    `memory at most ${(peak / 2 ** 20).toFixed(0)} MiB`,
);
const { size } = statSync(join(path, "results.duckdb"));
console.log(`results.duckdb: ${(size / 2 ** 20).toFixed(0)} MiB, ${(size / scores).toFixed(1)} bytes a row score`);

const opening = performance.now();
const data = await openStudyData(path);
console.log(`opened, and the results of all cells made, in ${((performance.now() - opening) / 1000).toFixed(1)} s`);
const times = [];
for (const { name: checkpoint } of data.results.checkpoints) {
  for (const { name: task } of data.results.tasks.slice(0, 4)) {
    const before = performance.now();
    const found = await data.scores(checkpoint, task);
    if (found.scores.length !== PROMPTS * ROWS) throw new Error("scores are missing");
    times.push(performance.now() - before);
  }
}
times.sort((a, b) => a - b);
console.log(
  `scores of one checkpoint on one task (${PROMPTS} x ${ROWS}): median ${times[times.length >> 1].toFixed(0)} ms, ` +
    `longest ${times.at(-1).toFixed(0)} ms; memory now ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`,
);
await data.close();
rmSync(path, { recursive: true, force: true });
