/**
 * Splits the variance of base models of 1 to 70 billion parameters into formats, shots and draws of examples.
 *
 *     npm run build && node scripts/public-grids/formats.mjs FOLDER
 *
 * FOLDER holds mind-your-format.csv (seed, model, dataset, n_shots, …, scores): plots_and_tables/non_ensemble_runs.csv
 * of yandex-research/mind-your-format. docs/public-grids.md says how it is counted.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { tInverse } from "../../dist/statistics/distributions.js";
import { byGroups, mean } from "./lib.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("give the folder of mind-your-format.csv");

/** Billions of parameters, and the family that trained the model. */
const MODELS = { "bloom-1.7b": [1.7, "bloom"], "bloom-3b": [3, "bloom"], "bloom-7.1b": [7.1, "bloom"], "falcon-1b": [1.3, "falcon"], "falcon-7b": [7, "falcon"], "falcon-40b": [40, "falcon"], gptj: [6, "eleuther"], "gpt-neox": [20, "eleuther"], "llama-7b": [7, "llama"], "llama-13b": [13, "llama"], "llama-30b": [33, "llama"], "llama-65b": [65, "llama"], "llama-2-7b-hf": [7, "llama-2"], "llama-2-13b-hf": [13, "llama-2"], "llama-2-70b-hf": [70, "llama-2"], "opt-6.7b": [6.7, "opt"], "opt-30b": [30, "opt"], "opt-66b": [66, "opt"], "pythia-6.9b": [6.9, "eleuther"], "pythia-12b": [12, "eleuther"] }; // prettier-ignore
const FAMILIES = [...new Set(Object.values(MODELS).map(([, family]) => family))];

const records = parse(readFileSync(join(folder, "mind-your-format.csv"), "utf8"), { columns: true });
/** The crossed part: the same 10 templates and the same three draws of examples for every model. */
const crossed = records.filter((one) => one.prediction_method === "direct_False" && one.template_seed === "59" && (one.n_shots === "0" || one.selection_method === "random")); // prettier-ignore

/** Scores as [model][template][draw]. */
function gridOf(own, models) {
  const draws = [...new Set(own.map(({ seed }) => seed))].sort();
  return models.map((model) => {
    const runs = draws.map((seed) => JSON.parse(own.find((one) => one.model === model && one.seed === seed).scores));
    return runs[0].map((_, template) => runs.map((scores) => scores[template]));
  });
}

/**
 * Components of a crossed design of random models, templates and draws, by expected mean squares; they may be below 0.
 */
function components(y) {
  const [M, T, D] = [y.length, y[0].length, y[0][0].length];
  const over = (f) => mean(y.flatMap((one, m) => one.flatMap((two, t) => two.map((value, d) => f(value, m, t, d)))));
  const table = (rows, columns, of) => Array.from({ length: rows }, (_, a) => Array.from({ length: columns }, (_, b) => of(a, b))); // prettier-ignore
  const mt = table(M, T, (m, t) => mean(y[m][t]));
  const md = table(M, D, (m, d) => mean(y[m].map((one) => one[d])));
  const td = table(T, D, (t, d) => mean(y.map((one) => one[t][d])));
  const [a, b] = [mt.map(mean), Array.from({ length: T }, (_, t) => mean(mt.map((one) => one[t])))];
  const c = Array.from({ length: D }, (_, d) => mean(md.map((one) => one[d])));
  const centre = mean(a);
  const square = (f, df) => (M * T * D * over((v, m, t, d) => f(v, m, t, d) ** 2)) / df;
  const ms = {
    model: square((_, m) => a[m] - centre, M - 1),
    template: square((_v, _m, t) => b[t] - centre, T - 1),
    draw: D === 1 ? 0 : square((_v, _m, _t, d) => c[d] - centre, D - 1),
    mt: square((_v, m, t) => mt[m][t] - a[m] - b[t] + centre, (M - 1) * (T - 1)),
    md: D === 1 ? 0 : square((_v, m, _t, d) => md[m][d] - a[m] - c[d] + centre, (M - 1) * (D - 1)),
    td: D === 1 ? 0 : square((_v, _m, t, d) => td[t][d] - b[t] - c[d] + centre, (T - 1) * (D - 1)),
    rest: D === 1 ? 0 : square((v, m, t, d) => v - mt[m][t] - md[m][d] - td[t][d] + a[m] + b[t] + c[d] - centre, (M - 1) * (T - 1) * (D - 1)), // prettier-ignore
  };
  if (D === 1) return { template: (ms.template - ms.mt) / M, "model x template and the rest": ms.mt };
  return {
    template: (ms.template - ms.mt - ms.td + ms.rest) / (M * D),
    "model x template": (ms.mt - ms.rest) / D,
    draw: (ms.draw - ms.md - ms.td + ms.rest) / (M * T),
    "model x draw": (ms.md - ms.rest) / T,
    "template x draw": (ms.td - ms.rest) / M,
    "the rest": ms.rest,
  };
}

/**
 * Leaves out one family at a time: the figure of all with its interval, t with one degree of freedom less than
 * families.
 */
function jackknifed(figure) {
  const all = figure(Object.keys(MODELS));
  const without = FAMILIES.map((family) => figure(Object.keys(MODELS).filter((model) => MODELS[model][1] !== family)));
  const n = FAMILIES.length;
  const half = tInverse(0.975, n - 1) * Math.sqrt(((n - 1) / n) * without.reduce((sum, value) => sum + (value - mean(without)) ** 2, 0)); // prettier-ignore
  return [all, all - half, all + half];
}

const datasets = [...new Set(crossed.map(({ dataset }) => dataset))].sort();
const ownOf = (dataset, shots) => crossed.filter((one) => one.dataset === dataset && one.n_shots === shots);
const text = (values, digits) => values.map((value) => value.toFixed(digits));

console.log("shots,component,variance x 1e4,low,high,as SD,share of all but models");
for (const shots of ["0", "2", "4"]) {
  const found = (models) => {
    const each = datasets.map((dataset) => components(gridOf(ownOf(dataset, shots), models)));
    return Object.fromEntries(Object.keys(each[0]).map((name) => [name, mean(each.map((one) => one[name]))]));
  };
  const names = Object.keys(found(Object.keys(MODELS)));
  for (const name of names) {
    const figures = jackknifed((models) => found(models)[name]);
    const whole = found(Object.keys(MODELS));
    const sum = names.reduce((total, one) => total + Math.max(0, whole[one]), 0);
    console.log([shots, name, ...text(figures.map((value) => 1e4 * value), 1), Math.sqrt(Math.max(0, figures[0])).toFixed(3), (Math.max(0, figures[0]) / sum).toFixed(2)].join(",")); // prettier-ignore
  }
}

/** SD between templates of one model, the draws averaged: mean over datasets of the variance, and its root. */
const spread = (shots) => (model) => Math.sqrt(mean(datasets.map((dataset) => {
  const [one] = gridOf(ownOf(dataset, shots), [model]);
  const levels = one.map(mean);
  return levels.reduce((sum, value) => sum + (value - mean(levels)) ** 2, 0) / (levels.length - 1);
}))); // prettier-ignore
const level = (shots) => (model) =>
  mean(datasets.map((dataset) => mean(gridOf(ownOf(dataset, shots), [model])[0].flat())));

console.log("\nshots,mean accuracy,SD between templates");
for (const shots of ["0", "2", "4"]) {
  console.log([shots, mean(Object.keys(MODELS).map(level(shots))).toFixed(3), ...text(jackknifed((models) => mean(models.map(spread(shots)))), 3)].join(",")); // prettier-ignore
}
const change = (a, b) => jackknifed((models) => mean(models.map((model) => spread(b)(model) - spread(a)(model))));
for (const [a, b] of [["0", "2"], ["2", "4"]]) console.log([`${b} less ${a}`, "", ...text(change(a, b), 3)].join(",")); // prettier-ignore

console.log("\nmodel,billions,accuracy with 2 shots,SD between templates with 0,2,4 shots");
for (const [model, [billions]] of Object.entries(MODELS).sort(([, [a]], [, [b]]) => a - b))
  console.log([model, billions, level("2")(model).toFixed(3), ...["0", "2", "4"].map((shots) => spread(shots)(model).toFixed(3))].join(",")); // prettier-ignore

/** Slope of log2 SD on log2 parameters within families. */
console.log("\nshots,factor of the SD for twice the parameters, within families,low,high");
for (const shots of ["0", "2", "4"]) {
  const slope = (models) => {
    let [xy, xx] = [0, 0];
    for (const [, own] of byGroups(models, (model) => MODELS[model][1])) {
      const points = own.map((model) => [Math.log2(MODELS[model][0]), Math.log2(spread(shots)(model))]);
      const [x, y] = [0, 1].map((k) => mean(points.map((point) => point[k])));
      for (const point of points) {
        xy += (point[0] - x) * (point[1] - y);
        xx += (point[0] - x) ** 2;
      }
    }
    return xy / xx;
  };
  console.log(
    [
      shots,
      ...text(
        jackknifed(slope).map((value) => 2 ** value),
        3,
      ),
    ].join(","),
  );
}

/** How far models agree on which template is good: mean correlation of the templates' scores of two models. */
console.log("\nshots,mean correlation of templates between two models,low,high");
for (const shots of ["0", "2", "4"]) {
  const agree = (models) => mean(datasets.map((dataset) => {
    const levels = gridOf(ownOf(dataset, shots), models).map((one) => {
      const own = one.map(mean);
      const centred = own.map((value) => value - mean(own));
      const norm = Math.sqrt(centred.reduce((sum, value) => sum + value ** 2, 0));
      return norm === 0 ? undefined : centred.map((value) => value / norm);
    }).filter((one) => one !== undefined);
    const n = levels.length;
    const summed = levels[0].map((_, t) => levels.reduce((sum, one) => sum + one[t], 0));
    return (summed.reduce((sum, value) => sum + value ** 2, 0) - n) / (n * (n - 1));
  })); // prettier-ignore
  console.log([shots, ...text(jackknifed(agree), 3)].join(","));
}
