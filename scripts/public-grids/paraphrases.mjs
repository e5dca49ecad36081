/**
 * Counts how many prompts a ranking of models needs, and what quantiles over prompts cost.
 *
 *     npm run build && node scripts/public-grids/paraphrases.mjs FOLDER
 *
 * FOLDER holds BENCHMARK.TASK.csv with the columns "paraphrase idx" and MODEL_acc: the files of "data/paraphrases
 * accuracies" of SLAB-NLP/Multi-Prompt-LLM-Evaluation. docs/public-grids.md says how it is counted.
 */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { randomStream } from "../../dist/base/random.js";
import { percentile } from "../../dist/statistics/level.js";
import { kendallTau } from "../../dist/statistics/rank-agreement.js";
import { estimateWithin } from "../../dist/study/budget.js";
import { interval, mean, sd } from "./lib.mjs";

const ROWS = 100;
const COUNTS = [1, 2, 3, 5, 8, 12, 20, 30, 50, 100];
const DRAWS = 500;
const WANTED = 0.9;
const QUANTILES = [0.05, 0.5, 0.95];
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("give the folder of the accuracies under paraphrases");

const random = randomStream("paraphrases");
const drawn = (n) => Math.floor(random() * n);
const errorOf = (one, other) => QUANTILES.map((q) => Math.abs(percentile(one, q) - percentile(other, q)));

/** Reads one task: [model][prompt] -> accuracy; a prompt that some model lacks is left out. */
function taskOf(path) {
  const [head, ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/).map((line) => line.split(",")); // prettier-ignore
  const columns = head.flatMap((name, i) => (name.endsWith("_acc") ? [i] : []));
  const whole = lines.filter((values) => columns.every((i) => values[i] !== "" && !Number.isNaN(Number(values[i]))));
  return {
    task: basename(path, ".csv"),
    left: lines.length - whole.length,
    scores: columns.map((i) => Float64Array.from(whole, (values) => Number(values[i]))),
  };
}

const tasks = readdirSync(folder).filter((name) => name.endsWith(".csv")).sort().map((name) => taskOf(join(folder, name))); // prettier-ignore
for (const one of tasks) {
  const [prompts] = [one.scores[0].length];
  const truth = one.scores.map((scores) => mean([...scores]));
  const best = truth.indexOf(Math.max(...truth));
  one.bands = new Map();
  one.byCount = COUNTS.map((count) => {
    const [taus, lost, apart] = [[], [], []];
    const quantiles = one.scores.map(() => QUANTILES.map(() => 0));
    let first = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      const chosen = Array.from({ length: count }, () => drawn(prompts));
      const means = one.scores.map((scores) => mean(chosen.map((p) => scores[p])));
      taus.push(kendallTau(means, truth)?.tau ?? 0);
      const top = means.indexOf(Math.max(...means));
      first += Number(top === best);
      lost.push(truth[best] - truth[top]);
      const own = one.scores.map((scores) => mean(Array.from({ length: count }, () => scores[drawn(prompts)])));
      apart.push(kendallTau(own, truth)?.tau ?? 0);
      one.scores.forEach((scores, m) => {
        const errors = errorOf(chosen.map((p) => scores[p]), scores); // prettier-ignore
        errors.forEach((error, q) => (quantiles[m][q] += error / DRAWS));
      });
      for (let a = 0; a < truth.length; a++) {
        for (let b = 0; b < a; b++) {
          const gap = truth[a] - truth[b];
          const band = Math.abs(gap) < 0.02 ? "below 0.02" : Math.abs(gap) < 0.05 ? "0.02 to 0.05" : Math.abs(gap) < 0.1 ? "0.05 to 0.1" : "above 0.1"; // prettier-ignore
          if (gap === 0) continue;
          const key = `${band},${count}`;
          const seen = one.bands.get(key) ?? [0, 0];
          const difference = means[a] - means[b];
          one.bands.set(key, [seen[0] + (difference === 0 ? 0.5 : Number(difference > 0 === gap > 0)), seen[1] + 1]);
        }
      }
    }
    return { tau: mean(taus), first: first / DRAWS, lost: mean(lost), apart: mean(apart), quantiles: QUANTILES.map((_, q) => mean(quantiles.map((errors) => errors[q]))) }; // prettier-ignore
  });
  one.needed = COUNTS.find((_, k) => one.byCount[k].tau >= WANTED);
  one.sd = mean(one.scores.map((scores) => sd([...scores])));
  // Noise of rows in the SD of a prompt's mean, as if each prompt had rows of its own.
  one.noise = Math.sqrt(mean(one.scores.map((scores) => mean([...scores].map((p) => (p * (1 - p)) / ROWS)))));
}

console.log(
  "task,models,prompts,left out,SD between prompts,SD of row noise at most,tau of one prompt,prompts for tau 0.9",
);
for (const { task, scores, left, sd: between, noise, byCount, needed } of tasks)
  console.log([task, scores.length, scores[0].length, left, between.toFixed(3), noise.toFixed(3), byCount[0].tau.toFixed(3), needed ?? "more"].join(",")); // prettier-ignore

console.log(
  "\nprompts,tau to the ranking by all,low,high,best model found,score lost,tau where each model has its own prompts,error of p5,of p50,of p95",
);
for (const [k, count] of COUNTS.entries()) {
  const figure = (own) => mean(own.map(({ byCount }) => byCount[k].tau));
  const [low, high] = interval(tasks, figure, random);
  const of = (name) => mean(tasks.map(({ byCount }) => byCount[k][name])).toFixed(3);
  const errors = QUANTILES.map((_, q) => mean(tasks.map(({ byCount }) => byCount[k].quantiles[q])).toFixed(3));
  console.log([count, figure(tasks).toFixed(3), low.toFixed(3), high.toFixed(3), of("first"), of("lost"), of("apart"), ...errors].join(",")); // prettier-ignore
}

console.log("\ngap of two models,prompts,ordered as by all prompts");
for (const band of ["below 0.02", "0.02 to 0.05", "0.05 to 0.1", "above 0.1"]) {
  for (const count of COUNTS.filter((one) => [1, 5, 20, 50].includes(one))) {
    const parts = tasks.flatMap(({ bands }) => (bands.has(`${band},${count}`) ? [bands.get(`${band},${count}`)] : []));
    const [right, all] = [0, 1].map((i) => parts.reduce((sum, part) => sum + part[i], 0));
    console.log([band, count, (right / all).toFixed(3)].join(","));
  }
}

/**
 * Draws rows for published means: right with a chance on the logit scale of the prompt's ease and the row's, the mean
 * kept.
 */
function rowsFor(scores, spread) {
  const ease = Float64Array.from({ length: ROWS }, () => spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())); // prettier-ignore
  const chance = (theta, i) => 1 / (1 + Math.exp(-(theta + ease[i])));
  const values = new Float64Array(scores.length * ROWS);
  for (const [p, score] of scores.entries()) {
    let [low, high] = [-40, 40];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      const level = mean(Array.from(ease, (_, i) => chance(middle, i)));
      if (level < score) low = middle;
      else high = middle;
    }
    for (let i = 0; i < ROWS; i++) values[p * ROWS + i] = Number(random() < chance(low, i));
  }
  return values;
}

console.log("\nspread of the drawn rows,scores asked,method,error of p5,of p50,of p95");
for (const spread of [0, 1.5]) {
  const sums = new Map();
  for (const { task, scores } of tasks) {
    for (const m of [drawn(scores.length), drawn(scores.length)]) {
      const prompts = scores[m].length;
      const values = rowsFor(scores[m], spread);
      const truth = Float64Array.from({ length: prompts }, (_, p) =>
        mean([...values.subarray(p * ROWS, (p + 1) * ROWS)]),
      );
      for (const budget of [200, 400, 800, 1600, 4000]) {
        const add = (method, means) => {
          const key = `${spread},${budget},${method}`;
          sums.set(key, [...(sums.get(key) ?? []), errorOf(means, truth)]);
        };
        for (let draw = 0; draw < 5; draw++) add("whole prompts", Array.from({ length: budget / ROWS }, () => truth[drawn(prompts)])); // prettier-ignore
        const known = new Float64Array(prompts * ROWS).fill(NaN);
        const ask = (p, wanted) => {
          for (const i of wanted) known[p * ROWS + i] = values[p * ROWS + i];
          return Promise.resolve(wanted.map((i) => known[p * ROWS + i]));
        };
        const levels = Array.from({ length: prompts }, (_, p) => ({ wording: String(p) }));
        const stream = (what) => randomStream("paraphrases", task, m, budget, what);
        const { means } = await estimateWithin(budget, ask, { prompts, items: ROWS, values: known }, levels, stream);
        add("--budget", means);
        const plain = Array.from({ length: prompts }, (_, p) => [...known.subarray(p * ROWS, (p + 1) * ROWS)].filter((value) => !Number.isNaN(value))); // prettier-ignore
        add("means of the same scores", plain.filter((own) => own.length > 0).map(mean));
      }
    }
  }
  for (const [key, errors] of sums) console.log([key, ...QUANTILES.map((_, q) => mean(errors.map((one) => one[q])).toFixed(3))].join(",")); // prettier-ignore
}
