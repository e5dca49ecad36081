/**
 * Provides a whole analysis of a large study, from scores in memory to the document: 24 prompts x 10,000 items x 16
 * checkpoints before and after SFT x 18 tasks, 12 of them right/wrong with three labels, 6 graded.
 *
 *     npm run build && node bench/analysis.mjs [tasks]
 *
 * Scores are made task by task and checkpoint by checkpoint, as a store hands them out. Processor time is reported
 * beside the clock, both without making the scores; the memory is that of the whole process.
 */

import { performance } from "node:perf_hooks";
import { analyse } from "../dist/analysis/analyse.js";
import { fastStream } from "../dist/statistics/draws.js";
import { momentsOf } from "../dist/analysis/read/remembered.js";
import { randomStream } from "../dist/base/random.js";

const [PROMPTS, ITEMS, CHECKPOINTS, LABELS] = [24, 10_000, 16, 3];
const TASKS = Number(process.argv[2] ?? 18);
const GRADED = Math.round(TASKS / 3);
const uniform = fastStream(randomStream("study"));
let [making, makingCpu, most] = [0, 0, 0];

const checkpoints = Array.from({ length: CHECKPOINTS }, (_, k) => {
  const step = 1000 * (k + 1);
  const base = { name: `step${step}`, stage: "base", step, sft_task: null, base: null };
  return [base, { name: `step${step}-mnli`, stage: "sft", step, sft_task: "mnli", base: base.name }];
}).flat();
const prompts = Array.from({ length: PROMPTS }, (_, p) => ({
  id: `p${p}`,
  seen: p === 0,
  axes: { wording: `w${p % 6}`, labels: Math.floor(p / 6) % 2, draw: Math.floor(p / 12) },
}));

function measured(checkpoint, graded) {
  const [started, cpu] = [performance.now(), process.cpuUsage().user];
  const values = new Float64Array(PROMPTS * ITEMS);
  const answers = new Int32Array(PROMPTS * ITEMS);
  const gold = Int32Array.from({ length: ITEMS }, (_, i) => i % LABELS);
  const ability = Float64Array.from({ length: ITEMS }, () => 0.7 * uniform());
  for (let p = 0; p < PROMPTS; p++) {
    const wording = 0.1 * uniform();
    for (let i = 0; i < ITEMS; i++) {
      const share = 0.1 + wording + ability[i];
      const right = uniform() < share;
      values[p * ITEMS + i] = graded ? share * uniform() : Number(right);
      answers[p * ITEMS + i] = right ? gold[i] : (gold[i] + 1) % LABELS;
    }
  }
  const grid = { prompts: PROMPTS, items: ITEMS, values };
  making += performance.now() - started;
  makingCpu += process.cpuUsage().user - cpu;
  const moments = momentsOf(grid);
  most = Math.max(most, process.memoryUsage.rss());
  return {
    checkpoint,
    prompts: prompts.map(({ id }) => id),
    moments,
    noise: "crossed",
    items: ITEMS,
    stderrs: prompts.map((_, p) => Math.sqrt(moments.covariance[p * PROMPTS + p] / ITEMS)),
    scores: {
      grid,
      rows: Array.from({ length: ITEMS }, (_, i) => String(i)),
      asked: prompts.map(({ id }) => id),
      answers: graded
        ? null
        : {
            prompts: PROMPTS,
            items: ITEMS,
            answers,
            labels: LABELS,
            gold,
            sameLabels: true,
            logprobs: null,
            firstToken: false,
          },
      alternatives: [],
    },
    labelMass: prompts.map(() => (graded ? null : 0.9)),
    unparseable: prompts.map(() => null),
    noisy: [],
  };
}

const tasks = Array.from({ length: TASKS }, (_, t) => ({
  name: `task${t}`,
  family: t < TASKS - GRADED ? "nli" : "summarization",
  metric: t < TASKS - GRADED ? "acc" : "rouge_l",
  limits: [],
  read: (checkpoint) => Promise.resolve(measured(checkpoint, t >= TASKS - GRADED)),
  describe: () => ({ chance: t < TASKS - GRADED ? 1 / LABELS : 0, items: ITEMS, prompts }),
}));

const [started, cpu] = [performance.now(), process.cpuUsage().user];
const analysis = await analyse({ sources: [], checkpoints, tasks }, { seed: 1 });
const seconds = (performance.now() - started - making) / 1000;
const processor = (process.cpuUsage().user - cpu - makingCpu) / 1e6;
console.log(
  `${analysis.levels.length} levels, ${analysis.comparisons.length} comparisons, ${analysis.trends.length} trends: ` +
    `${processor.toFixed(1)} s of processor time, ${seconds.toFixed(1)} s by the clock, ` +
    `most memory ${(most / 2 ** 20).toFixed(0)} MB, document ${(JSON.stringify(analysis).length / 2 ** 20).toFixed(1)} MB`,
);
