/**
 * Says what the analysis of a large study costs: 24 prompts x 10,000 items x 16 checkpoints x 18 tasks, every
 * checkpoint before and after SFT, right/wrong and graded scores.
 *
 *     npm run build && node bench/statistics.mjs
 *
 * Single figures by tinybench on one pair of grids, then all headline figures of the whole study, timed without making
 * the scores.
 */

import { performance } from "node:perf_hooks";
import { Bench } from "tinybench";
import { axisComponents } from "../dist/statistics/axis-components.js";
import { crossedChange } from "../dist/statistics/crossed/change.js";
import { crossedDesign } from "../dist/statistics/crossed/design.js";
import { crossedLevel } from "../dist/statistics/crossed/level.js";
import { onLogitScale, pooledRatio } from "../dist/statistics/crossed/pooled-ratio.js";
import { crossedSide } from "../dist/statistics/crossed/side.js";
import { fastStream } from "../dist/statistics/draws.js";
import { holm } from "../dist/statistics/holm.js";
import { promptRange } from "../dist/statistics/level.js";
import { differenceMoments, logitMoments, pairedMoments } from "../dist/statistics/moments.js";
import { promptSwap } from "../dist/statistics/permutation.js";
import { pool } from "../dist/statistics/pooling.js";
import { kendallTau, kendallW } from "../dist/statistics/rank-agreement.js";
import { combinedPerformance, promptSensiScore, saturation } from "../dist/statistics/sensitivity.js";
import { spearman } from "../dist/statistics/trend.js";
import { randomStream } from "../dist/base/random.js";

const [PROMPTS, ITEMS, CHECKPOINTS, TASKS] = [24, 10_000, 16, 18];
const STEPS = Float64Array.from({ length: CHECKPOINTS }, (_, k) => 1000 * 2 ** (k / 2));
const DESIGN = crossedDesign(
  Array.from({ length: PROMPTS }, (_, p) => p),
  Array.from({ length: PROMPTS }, (_, p) => p % 2),
);
const AXES = [
  ["wording", (p) => p % 6],
  ["presentation", (p) => Math.floor(p / 6) % 2],
  ["shots", (p) => Math.floor(p / 12)],
].map(([name, levelOf]) => ({ name, levels: Array.from({ length: PROMPTS }, (_, p) => levelOf(p)) }));

function scores(kind, uniform) {
  const values = new Float64Array(PROMPTS * ITEMS);
  const wording = Array.from({ length: PROMPTS }, () => 0.1 * uniform());
  const ability = Float64Array.from({ length: ITEMS }, () => 0.7 * uniform());
  for (let p = 0; p < PROMPTS; p++) {
    for (let i = 0; i < ITEMS; i++) {
      const share = 0.1 + wording[p] + ability[i];
      values[p * ITEMS + i] = kind === "binary" ? Number(uniform() < share) : share * uniform();
    }
  }
  return { prompts: PROMPTS, items: ITEMS, values };
}

/** Returns every headline figure of one checkpoint before and after SFT. */
function analysePair(before, after, names) {
  const stream = (what) => randomStream("bench", ...names, what);
  const moments = pairedMoments(before, after);
  const sides = [
    [before, moments.before],
    [after, moments.after],
  ].map(([grid, own], side) => ({
    level: crossedLevel(own, DESIGN),
    sensitivity: crossedSide(own, DESIGN, true),
    range: promptRange(own.means),
    saturation: saturation(own.means),
    combined: combinedPerformance(own.means),
    pss: promptSensiScore(grid),
    axes: axisComponents(logitMoments(own), AXES, stream(`axes ${side}`)),
  }));
  const change = crossedChange(moments, DESIGN, stream, { shares: true });
  return {
    sides,
    level: crossedLevel(differenceMoments(moments), DESIGN),
    change,
    components: onLogitScale(change.moments),
    tau: kendallTau(moments.before.means, moments.after.means),
    means: moments.after.means,
  };
}

for (const kind of ["binary", "graded"]) {
  const uniform = fastStream(randomStream("bench", kind));
  const [before, after] = [scores(kind, uniform), scores(kind, uniform)];
  const moments = pairedMoments(before, after);
  const random = randomStream("tinybench", kind);
  const bench = new Bench({ time: 500, warmupTime: 100 });
  bench
    .add("moments of a pair", () => pairedMoments(before, after))
    .add("PSS with errors", () => promptSensiScore(before))
    .add("change of the SD", () => crossedChange(moments, DESIGN, () => random, { shares: true }))
    .add("prompt swap, 9,999", () => promptSwap(moments.before.means, moments.after.means, random))
    .add("components of three axes", () => axisComponents(moments.before, AXES, random))
    .add("everything on a pair", () => analysePair(before, after, ["tinybench"]));
  await bench.run();
  console.log(`${kind}, ${PROMPTS} prompts x ${ITEMS} items:`);
  for (const { name, result } of bench.tasks) {
    console.log(`  ${name}: ${result.latency.p50.toFixed(2)} ms (median of ${result.latency.samplesCount})`);
  }
}

let [spent, most] = [0, 0];
const uniform = fastStream(randomStream("study"));
const pValues = [];
const effects = [];
const components = [];
for (let task = 0; task < TASKS; task++) {
  const kind = task < 12 ? "binary" : "graded";
  const means = [];
  const sds = [];
  for (let checkpoint = 0; checkpoint < CHECKPOINTS; checkpoint++) {
    const [before, after] = [scores(kind, uniform), scores(kind, uniform)];
    const started = performance.now();
    const result = analysePair(before, after, [task, checkpoint]);
    spent += performance.now() - started;
    means.push(result.means);
    sds.push(result.change.within.logit.after);
    if (checkpoint === CHECKPOINTS - 1) {
      pValues.push(result.change.within.logit.headline);
      components.push(result.components);
      effects.push({ effect: result.level.mean, variance: result.level.wordingStderr ** 2 });
    }
    most = Math.max(most, process.memoryUsage.rss());
  }
  const started = performance.now();
  kendallW(means, randomStream("W", task));
  spearman(STEPS, sds, randomStream("trend", task));
  spent += performance.now() - started;
}
const started = performance.now();
holm(pValues);
pool(effects);
pooledRatio(components);
spent += performance.now() - started;
console.log(
  `${TASKS} tasks x ${CHECKPOINTS} checkpoints before and after: ${(spent / 1000).toFixed(1)} s, ` +
    `most memory ${(most / 2 ** 20).toFixed(0)} MB`,
);
