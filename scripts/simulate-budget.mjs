/**
 * Says what is lost by scoring a part of the grid: PromptEval on a balanced sample, plain means of the same sample, and
 * Thompson sampling for the best and the worst prompt, each beside the full grid.
 *
 *     npm run build && node scripts/simulate-budget.mjs [runs]
 *
 * Grids of 24 prompts (6 wordings x 2 presentations x 2 draws of shots) x 300 items: logit of the chance of being right
 * = prompt + item + interaction, item SD 1.2, interaction SD .7; prompt SD .4 in all, half of its variance from the
 * axes.
 */

import { fastStream, normalDraws } from "../dist/statistics/draws.js";
import { percentile } from "../dist/statistics/level.js";
import { estimateWithin, toldApart } from "../dist/study/budget.js";
import { distributionError, levelCovariates, promptEval } from "../dist/statistics/prompt-eval.js";
import { balancedSample, thompsonExtremes } from "../dist/statistics/sampling.js";
import { randomStream } from "../dist/base/random.js";

const [PROMPTS, ITEMS] = [24, 300];
const RUNS = Number(process.argv[2] ?? 200);
const QUANTILES = [0.05, 0.5, 0.95];
const LEVELS = [(p) => p % 6, (p) => Math.floor(p / 6) % 2, (p) => Math.floor(p / 12)].map((level) =>
  Array.from({ length: PROMPTS }, (_, p) => level(p)),
);
const COVARIATES = levelCovariates(LEVELS, PROMPTS);

function makeGrid(uniform, normal, sd) {
  const own = Array.from({ length: PROMPTS }, () => sd * Math.SQRT1_2 * normal());
  const axis = LEVELS.map((levels) => [...new Set(levels)].map(() => sd * Math.sqrt(1 / 6) * normal()));
  const items = Array.from({ length: ITEMS }, () => 1.2 * normal());
  const values = new Float64Array(PROMPTS * ITEMS);
  for (let p = 0; p < PROMPTS; p++) {
    const prompt = own[p] + LEVELS.reduce((sum, levels, a) => sum + axis[a][levels[p]], 0);
    for (let i = 0; i < ITEMS; i++) {
      values[p * ITEMS + i] = Number(uniform() < 1 / (1 + Math.exp(-(prompt + items[i] + 0.7 * normal()))));
    }
  }
  return values;
}

const meanOf = (values, p, seen) => {
  let [sum, n] = [0, 0];
  for (let i = 0; i < ITEMS; i++) {
    if (!seen || !Number.isNaN(seen[p * ITEMS + i])) {
      sum += values[p * ITEMS + i];
      n++;
    }
  }
  return n === 0 ? 0.5 : sum / n;
};

for (const sd of [0.4, 1]) {
  console.log(`\nprompt SD ${sd} in logits\n`);
  console.log(
    "| requests | share | W1 means | W1 Rasch | W1 axes | 5 % | 50 % | 95 % | best: loss | worst: loss | spread error |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const budget of [240, 480, 960, 1920, 3600]) {
    const sums = new Float64Array(9);
    for (let run = 0; run < RUNS; run++) {
      const uniform = fastStream(randomStream("budget simulation", sd, budget, run));
      const values = makeGrid(uniform, normalDraws(uniform), sd);
      const truth = Float64Array.from({ length: PROMPTS }, (_, p) => meanOf(values, p));
      const seen = new Float64Array(PROMPTS * ITEMS).fill(NaN);
      for (const { prompt, item } of balancedSample(PROMPTS, ITEMS, budget, uniform)) {
        seen[prompt * ITEMS + item] = values[prompt * ITEMS + item];
      }
      const plain = Float64Array.from({ length: PROMPTS }, (_, p) => meanOf(values, p, seen));
      const grid = { prompts: PROMPTS, items: ITEMS, values: seen };
      const rasch = promptEval(grid, { random: uniform }).means;
      const axes = promptEval(grid, { random: uniform, covariates: COVARIATES }).means;
      const extremes = await thompsonExtremes(
        (prompt, items) => Promise.resolve(items.map((i) => values[prompt * ITEMS + i])),
        {
          prompts: PROMPTS,
          items: ITEMS,
          budget,
          batch: Math.max(1, Math.min(20, Math.floor(budget / PROMPTS / 2))),
          expected: 0.5,
          random: uniform,
        },
      );
      const [best, worst] = [Math.max(...truth), Math.min(...truth)];
      const [found, lowest] = [truth[extremes.best], truth[extremes.worst]];
      [
        distributionError(plain, truth),
        distributionError(rasch, truth),
        distributionError(axes, truth),
        ...QUANTILES.map((q) => Math.abs(percentile(axes, q) - percentile(truth, q))),
        best - found,
        lowest - worst,
        best - worst - (found - lowest),
      ].forEach((value, k) => (sums[k] += value / RUNS));
    }
    const share = `${((100 * budget) / PROMPTS / ITEMS).toFixed(0)} %`;
    console.log(`| ${budget} | ${share} | ${[...sums].map((value) => value.toFixed(3)).join(" | ")} |`);
  }
}

console.log("\nbest and worst prompt of a budget that is spent as a run spends it\n");
console.log("| prompt SD | requests | told apart | of these the wrong way round |");
console.log("| --- | --- | --- | --- |");
for (const sd of [0, 0.4, 1]) {
  for (const budget of [480, 1920, 3600]) {
    let [told, wrong] = [0, 0];
    for (let run = 0; run < RUNS; run++) {
      const uniform = fastStream(randomStream("told apart", sd, budget, run));
      const values = makeGrid(uniform, normalDraws(uniform), sd);
      const seen = new Float64Array(PROMPTS * ITEMS).fill(NaN);
      const ask = (p, items) => Promise.resolve(items.map((i) => (seen[p * ITEMS + i] = values[p * ITEMS + i])));
      const levels = Array.from({ length: PROMPTS }, (_, p) =>
        Object.fromEntries(LEVELS.map((own, axis) => [axis, own[p]])),
      );
      const grid = { prompts: PROMPTS, items: ITEMS, values: seen };
      const { best, worst } = await estimateWithin(budget, ask, grid, levels, (what) => randomStream(what, run));
      const rowsOf = (p) => {
        const rows = seen.subarray(p * ITEMS, (p + 1) * ITEMS).filter((value) => !Number.isNaN(value)).length;
        return { rows, mean: rows === 0 ? null : meanOf(values, p, seen) };
      };
      if (!toldApart(rowsOf(best), rowsOf(worst), PROMPTS)) continue;
      told++;
      if (meanOf(values, best) <= meanOf(values, worst)) wrong++;
    }
    console.log(`| ${sd} | ${budget} | ${(told / RUNS).toFixed(2)} | ${wrong} |`);
  }
}
