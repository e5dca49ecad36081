/**
 * Says what is lost by scoring a part of the grid, on stored results of whole grids: what `--budget` would have
 * estimated from the scores it would have asked for, beside all of them.
 *
 *     npm run build && node scripts/measure-budget.mjs RESULTS...
 *
 * Means over checkpoints and tasks with at least two prompts; grids whose prompts hardly differ apart from the others.
 */

import { stderr } from "node:process";
import { gridMoments } from "../dist/statistics/moments.js";
import { percentile } from "../dist/statistics/level.js";
import { distributionError } from "../dist/statistics/prompt-eval.js";
import { varianceComponents } from "../dist/statistics/variance-components.js";
import { randomStream } from "../dist/base/random.js";
import { openStudyData } from "../dist/store/open-study-data.js";
import { estimateWithin } from "../dist/study/budget.js";

const SHARES = [0.07, 0.13, 0.27, 0.5];
const KINDS = ["prompt SD below 0.05", "prompt SD from 0.05 to 0.15", "prompt SD above 0.15"];
const sums = new Map();

for (const path of process.argv.slice(2)) {
  const data = await openStudyData(path);
  for (const { name, prompts: described } of data.results.tasks) {
    stderr.write(`${path} ${name}\n`);
    for (const checkpoint of data.results.checkpoints) {
      const whole = await data.scores(checkpoint.name, name);
      if (whole === undefined || whole.prompts.length < 2) continue;
      const [prompts, items] = [whole.prompts.length, whole.rows.length];
      const moments = gridMoments({ prompts, items, values: whole.scores });
      const sd = Math.sqrt(Math.max(0, varianceComponents(moments).prompt));
      const kind = KINDS[sd < 0.05 ? 0 : sd <= 0.15 ? 1 : 2];
      const levels = whole.prompts.map((id) => described.find((one) => one.id === id).axes);
      for (const share of SHARES) {
        const values = new Float64Array(prompts * items).fill(NaN);
        const ask = (p, wanted) => {
          for (const i of wanted) values[p * items + i] = whole.scores[p * items + i];
          return Promise.resolve(wanted.map((i) => values[p * items + i]));
        };
        const stream = (what) => randomStream("measured budget", checkpoint.name, name, share, what);
        const grid = { prompts, items, values };
        const { means, best, worst } = await estimateWithin(
          Math.round(share * prompts * items),
          ask,
          grid,
          levels,
          stream,
        );
        const truth = moments.means;
        const [most, least] = [Math.max(...truth), Math.min(...truth)];
        const errors = [
          distributionError(means, truth),
          ...[0.05, 0.5, 0.95].map((q) => Math.abs(percentile(means, q) - percentile(truth, q))),
          most - truth[best],
          truth[worst] - least,
          Math.abs(most - least - (truth[best] - truth[worst])),
        ];
        const key = `${kind}|${share}`;
        const sum = sums.get(key) ?? { n: 0, errors: errors.map(() => 0) };
        sums.set(key, { n: sum.n + 1, errors: sum.errors.map((value, k) => value + errors[k]) });
      }
    }
  }
  await data.close();
}

for (const kind of KINDS) {
  const rows = SHARES.flatMap((share) => {
    const sum = sums.get(`${kind}|${share}`);
    return sum === undefined ? [] : [{ share, ...sum }];
  });
  if (rows.length === 0) continue;
  console.log(`\n_${kind}: ${rows[0].n} grids_\n`);
  console.log("| share of the grid | W1 | 5 % | 50 % | 95 % | best: loss | worst: loss | spread error |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const { share, n, errors } of rows) {
    console.log(`| ${Math.round(100 * share)} % | ${errors.map((value) => (value / n).toFixed(3)).join(" | ")} |`);
  }
}
