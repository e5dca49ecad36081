/**
 * Does the sensitivity of Pythia to the format of a table rise or fall along pre-training, by size?
 *
 *     npm run build && node scripts/public-grids/pythia-trajectories.mjs FOLDER
 *
 * FOLDER holds pythia-trajectories.parquet (model, step, prompt, item, correct), scored from the published answers of
 * kohiro961021/Format-Sensitivity-in-Language-Models-A-Study-Across-Scale-and-Training-Dynamics. docs/public-grids.md
 * says how it is counted.
 */

import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { tInverse } from "../../dist/statistics/distributions.js";
import { mean } from "./lib.mjs";

const [EARLY, LATE] = [48_000, 96_000];
/** Sets how many rows, neighbours in the file, are left out at a time: questions on one table stand together. */
const BLOCK = 10;
const FORMATS = ["markdown", "csv", "json"];
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("give the folder of pythia-trajectories.parquet");

const file = await asyncBufferFromFile(join(folder, "pythia-trajectories.parquet"));
const models = new Map();
for (const { model, step, prompt, item, correct } of await parquetReadObjects({ file, compressors })) {
  const steps = models.get(model) ?? models.set(model, new Map()).get(model);
  const grid = steps.get(step) ?? steps.set(step, FORMATS.map(() => new Int8Array(300))).get(step);
  grid[FORMATS.indexOf(prompt)][item] = correct;
} // prettier-ignore

/** Returns the mean and the variance between formats without the noise of rows, of the rows that are kept. */
function figures(grid, keeps) {
  const [F, sums] = [FORMATS.length, FORMATS.map(() => 0)];
  let [n, squares, rows] = [0, 0, 0];
  for (let i = 0; i < grid[0].length; i++) {
    if (!keeps(i)) continue;
    n++;
    let row = 0;
    for (let f = 0; f < F; f++) {
      const y = grid[f][i];
      sums[f] += y;
      squares += y * y;
      row += y;
    }
    rows += row * row;
  }
  const means = sums.map((sum) => sum / n);
  const centre = mean(means);
  const between = means.reduce((sum, m) => sum + (m - centre) ** 2, 0) / (F - 1);
  const residual = (squares - rows / F - n * means.reduce((sum, m) => sum + m * m, 0) + n * F * centre ** 2) / ((n - 1) * (F - 1)); // prettier-ignore
  return { level: centre, variance: between - residual / n, means };
}

function periods(steps, keeps) {
  const of = (from, to) => {
    const own = [...steps].filter(([step]) => step >= from && step <= to).map(([, grid]) => figures(grid, keeps));
    const [level, variance] = [mean(own.map((one) => one.level)), mean(own.map((one) => one.variance))];
    return { level, variance, relative: variance / (level * (1 - level)) ** 2, means: FORMATS.map((_, f) => mean(own.map(({ means }) => means[f]))) }; // prettier-ignore
  };
  return [of(0, EARLY), of(LATE, Infinity)];
}

const BLOCKS = 300 / BLOCK;

/** Gives a change its interval by the jackknife over blocks of rows, which all sizes share. */
function withInterval({ value, left }) {
  const centre = mean(left);
  const error = Math.sqrt(((BLOCKS - 1) / BLOCKS) * left.reduce((sum, one) => sum + (one - centre) ** 2, 0));
  const width = tInverse(0.975, BLOCKS - 1) * error;
  return [value, value - width, value + width];
}

function written([raw, relative]) {
  return [...withInterval(raw).map((value) => (1e4 * value).toFixed(2)), ...withInterval(relative).map((value) => value.toFixed(3))]; // prettier-ignore
}

const all = [];
const sizeOf = (model) => Number(/(\d[\d.]*)([mb])/.exec(model)[1]) * (/\db/.test(model) ? 1000 : 1);
const root = (value) => (value < 0 ? 0 : Math.sqrt(value)).toFixed(3);
console.log("model,steps,mean early,mean late,SD early,SD late,change of variance x 1e4,low,high,change of relative variance,low,high,late markdown,csv,json"); // prettier-ignore
for (const [model, steps] of [...models].sort(([a], [b]) => sizeOf(a) - sizeOf(b))) {
  const [early, late] = periods(steps, () => true);
  const without = Array.from({ length: BLOCKS }, (_, b) => periods(steps, (i) => Math.floor(i / BLOCK) !== b));
  const changes = ["variance", "relative"].map((name) => ({
    value: late[name] - early[name],
    left: without.map(([e, l]) => l[name] - e[name]),
  }));
  all.push(changes);
  console.log([model, steps.size, early.level.toFixed(3), late.level.toFixed(3), root(early.variance), root(late.variance), ...written(changes), ...late.means.map((value) => value.toFixed(3))].join(","));
} // prettier-ignore

const averaged = [0, 1].map((k) => ({
  value: mean(all.map((changes) => changes[k].value)),
  left: Array.from({ length: BLOCKS }, (_, b) => mean(all.map((changes) => changes[k].left[b]))),
}));
console.log(["mean of all sizes", "", "", "", "", "", ...written(averaged)].join(","));
