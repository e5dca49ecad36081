/**
 * Simulates the tests and intervals under known truths and writes the tables of docs/statistics.md.
 *
 *     npm run build && node scripts/simulate-statistics.mjs [runs] [--print]
 *
 * One core, seeded. `--print` shows the tables instead of writing them.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { axisComponents } from "../dist/statistics/axis-components.js";
import { bootstrapScale, crossedBootstrap, itemBootstrap } from "../dist/statistics/bootstrap.js";
import { headlineP } from "../dist/statistics/change.js";
import { chiSquareDraw, fastStream, normalDraws } from "../dist/statistics/draws.js";
import { level, levelChange, percentile } from "../dist/statistics/level.js";
import { gridMoments, logitMoments, pairedLogitMoments, pairedMoments } from "../dist/statistics/moments.js";
import { noiseCorrectedChange } from "../dist/statistics/noise-corrected-change.js";
import { noiseCorrectedSwap } from "../dist/statistics/noise-corrected-swap.js";
import { promptSwap } from "../dist/statistics/permutation.js";
import { pitmanMorgan } from "../dist/statistics/pitman-morgan.js";
import { pool } from "../dist/statistics/pooling.js";
import { detectableChange, powerOfChange } from "../dist/statistics/power.js";
import { kendallTau, kendallW } from "../dist/statistics/rank-agreement.js";
import { promptSensiScore } from "../dist/statistics/sensitivity.js";
import { spearman, theilSen } from "../dist/statistics/trend.js";
import { mean } from "../dist/statistics/uncertainty.js";
import { promptSd, varianceComponents } from "../dist/statistics/variance-components.js";
import { randomStream } from "../dist/base/random.js";

const RUNS = Number(process.argv[2] ?? 1000);
const SWAPS = 999;
const PIVOTS = 1999;
const BOOTSTRAP_RUNS = Math.round(RUNS * 0.2);
const BOOTSTRAP_DRAWS = 400;
const POWER_RUNS = Math.round(RUNS * 0.4);
const AXIS_RUNS = Math.round(RUNS * 0.3);
const ITEM_SD = 1.2;
const INTERACTION_SD = 0.7;
const ITEM_CORRELATION = 0.8;
const PROMPT_CORRELATION = 0.5;

const DESIGNS = [3, 10, 24, 50].flatMap((prompts) => [50, 300].map((items) => ({ prompts, items })));
const KINDS = ["binary", "graded"];
const WORLDS = {
  "same SD, same mean": { sd: [0.4, 0.4], mu: [0.3, 0.3] },
  "same SD, mean shift": { sd: [0.4, null], mu: [0.3, 1.9] },
  "same SD, a few prompts far out": { sd: [0.4, 0.4], mu: [0.3, 0.3], heavy: true },
  "same SD, mean shift, a few prompts far out": { sd: [0.4, null], mu: [0.3, 1.9], heavy: true },
  "no prompt effect": { sd: [0, 0], mu: [0.3, 0.3] },
  "no prompt effect, mean shift": { sd: [0, 0], mu: [0.3, 1.9] },
};

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** Mean of f over a normal distribution, by the trapezoid rule on +-8 standard deviations. */
function normalMean(f, centre, sd) {
  if (sd === 0) return f(centre);
  const steps = 400;
  let [sum, total] = [0, 0];
  for (let k = -steps; k <= steps; k++) {
    const z = (8 * k) / steps;
    const weight = Math.exp((-z * z) / 2);
    sum += weight * f(centre + sd * z);
    total += weight;
  }
  return sum / total;
}

/** What endless prompts and items would show. */
function truth(mu, sd) {
  const marginal = (x) => normalMean(sigmoid, x, Math.hypot(ITEM_SD, INTERACTION_SD));
  const moments = (f) => {
    const centre = normalMean(f, mu, sd);
    return { mean: centre, sd: Math.sqrt(normalMean((x) => (f(x) - centre) ** 2, mu, sd)) };
  };
  // Marginals are smooth: a table makes the double integral cheap.
  const table = Array.from({ length: 401 }, (_, k) => marginal(mu + (k - 200) * 0.02 * Math.max(sd, 1e-9) * 2));
  const lookup = (x) => {
    if (sd === 0) return marginal(x);
    const at = Math.min(399.999, Math.max(0, (x - mu) / (0.04 * sd) + 200));
    const below = Math.floor(at);
    return table[below] + (table[below + 1] - table[below]) * (at - below);
  };
  const logit = (x) => Math.log(lookup(x) / (1 - lookup(x)));
  const pss = normalMean(
    (item) => {
      const share = normalMean(sigmoid, item, Math.hypot(sd, INTERACTION_SD));
      return 2 * share * (1 - share);
    },
    mu,
    ITEM_SD,
  );
  return { probability: moments(lookup), logit: moments(logit), marginal, binaryPss: pss };
}

/** The SD of wordings after SFT for which the SD of the marginal logits is the given one. */
function matchingSd(mu, wanted) {
  let [low, high] = [0, 4 * wanted];
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (truth(mu, middle).logit.sd < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Scores of two checkpoints under the crossed logistic model. */
function simulate({ prompts, items }, kind, { sd, mu, heavy }, uniform, normal, effects) {
  const other = (value, correlation) => correlation * value + Math.sqrt(1 - correlation ** 2) * normal();
  const before = new Float64Array(prompts * items);
  const after = new Float64Array(prompts * items);
  const ability = Array.from({ length: items }, () => {
    const value = normal();
    return [ITEM_SD * value, ITEM_SD * other(value, ITEM_CORRELATION)];
  });
  const wording =
    effects ??
    Array.from({ length: prompts }, () => {
      const value = normal();
      const pair = [sd[0] * value, sd[1] * other(value, PROMPT_CORRELATION)];
      // Student's t with four degrees of freedom, scaled to the same variance.
      return heavy ? pair.map((effect) => effect * Math.sqrt(2 / chiSquareDraw(4, uniform, normal))) : pair;
    });
  for (let p = 0; p < prompts; p++) {
    for (let i = 0; i < items; i++) {
      const at = p * items + i;
      const x = sigmoid(mu[0] + wording[p][0] + ability[i][0] + INTERACTION_SD * normal());
      const y = sigmoid(mu[1] + wording[p][1] + ability[i][1] + INTERACTION_SD * normal());
      before[at] = kind === "binary" ? Number(uniform() < x) : x;
      after[at] = kind === "binary" ? Number(uniform() < y) : y;
    }
  }
  return { before: { prompts, items, values: before }, after: { prompts, items, values: after }, wording };
}

/** Shares of runs in which something happened, by name. */
class Tally {
  #hits = new Map();
  add(name, hit) {
    if (hit === null) return;
    const [hits, runs] = this.#hits.get(name) ?? [0, 0];
    this.#hits.set(name, [hits + Number(hit), runs + 1]);
  }
  share(name) {
    const [hits, runs] = this.#hits.get(name) ?? [0, 0];
    return runs === 0 ? null : hits / runs;
  }
  runs(name) {
    return this.#hits.get(name)?.[1] ?? 0;
  }
}

const within = (interval, value) => interval && interval.low <= value && value <= interval.high;

function study(design, kind, world, name) {
  const tally = new Tally();
  const stream = randomStream("simulation", RUNS, design.prompts, design.items, kind, name);
  const uniform = fastStream(stream);
  const normal = normalDraws(uniform);
  const [b, a] = [truth(world.mu[0], world.sd[0]), truth(world.mu[1], world.sd[1])];
  for (let run = 0; run < RUNS; run++) {
    const { before, after, wording } = simulate(design, kind, world, uniform, normal);
    const moments = pairedMoments(before, after);
    const scales = { probability: moments, logit: pairedLogitMoments(moments) };
    for (const [scale, here] of Object.entries(scales)) {
      const [x, y] = [here.before.means, here.after.means];
      const test = pitmanMorgan(x, y);
      const trueRatio = a[scale].sd / b[scale].sd;
      tally.add(`PM ${scale}`, test ? test.p < 0.05 : null);
      const swap = promptSwap(x, y, stream, SWAPS);
      tally.add(`swap ${scale}`, swap ? swap.p <= 0.05 : null);
      const corrected = noiseCorrectedChange(here, stream, PIVOTS);
      tally.add(`corrected ${scale}`, corrected ? corrected.p < 0.05 : null);
      const flips = noiseCorrectedSwap(here, stream, SWAPS);
      tally.add(`corrected swap ${scale}`, flips ? flips.p <= 0.05 : null);
      tally.add(`headline ${scale}`, flips && corrected ? headlineP(corrected, flips) <= 0.05 : null);
      if (world.heavy) continue;
      tally.add(`sd change ${scale}`, corrected ? within(corrected.sdChange, a[scale].sd - b[scale].sd) : null);
      if (b[scale].sd > 0) {
        tally.add(`sd ratio ${scale}`, corrected ? within(corrected.sdRatio, trueRatio) : null);
        tally.add(`PM ratio ${scale}`, test ? within(test.interval, trueRatio) : null);
      }
      const components = varianceComponents(here.before);
      const sd = promptSd(components);
      tally.add(`sd ${scale}`, within(sd.interval, b[scale].sd));
      tally.add(`F ${scale}`, sd.pNoEffect < 0.05);
    }
    // The truths below are those of normal effects.
    if (world.heavy) continue;
    const here = level(moments.before);
    // These prompts and endless items.
    const fixed = mean(wording.map(([effect]) => b.marginal(world.mu[0] + effect)));
    tally.add("mean items", within(here.itemInterval, fixed));
    tally.add("mean crossed", within(here.crossedInterval, b.probability.mean));
    tally.add("change crossed", within(levelChange(moments).crossedInterval, a.probability.mean - b.probability.mean));
    if (kind === "binary") {
      const pss = promptSensiScore(before);
      const half = 1.96 * pss.crossedStderr;
      tally.add("PSS", within({ low: pss.value - half, high: pss.value + half }, b.binaryPss));
    }
    if (run < BOOTSTRAP_RUNS && name.startsWith("same SD") && !world.heavy) {
      const [interval] = itemBootstrap(before, moments.before.covariance, (means) => [mean(means)], {
        random: stream,
        draws: BOOTSTRAP_DRAWS,
      });
      tally.add("bootstrap mean", within(interval, fixed));
      const [crossed] = crossedBootstrap(before, after, moments, [bootstrapScale("probability", moments)], {
        random: stream,
        draws: BOOTSTRAP_DRAWS,
      });
      const ratio = Math.log(a.probability.sd / b.probability.sd);
      tally.add("bootstrap ratio", within(crossed.logSdRatio, ratio));
      tally.add("bootstrap variance", within(crossed.varianceChange, a.probability.sd ** 2 - b.probability.sd ** 2));
      tally.add("bootstrap change", within(crossed.meanChange, a.probability.mean - b.probability.mean));
    }
  }
  return tally;
}

const number = (value, digits = 3) =>
  value === null || Number.isNaN(value) ? "–" : value.toFixed(digits).replace(/^0\./, ".");
const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Size and power of the tests of a change from logit SD .6 to .3 beside the power formula. */
function powerTable() {
  const rows = [];
  for (const prompts of [10, 24, 50]) {
    for (const items of [100, 300, 1000]) {
      const stream = randomStream("power", RUNS, prompts, items);
      const uniform = fastStream(stream);
      const normal = normalDraws(uniform);
      const world = { sd: [0.6, 0.3], mu: [0.3, 0.3] };
      const [b, a] = world.sd.map((sd) => truth(0.3, sd).logit.sd);
      const tally = new Tally();
      let residuals = [0, 0];
      for (let run = 0; run < POWER_RUNS; run++) {
        const { before, after } = simulate({ prompts, items }, "binary", world, uniform, normal);
        const here = pairedLogitMoments(pairedMoments(before, after));
        residuals = [here.before, here.after].map(
          (moments, k) => residuals[k] + varianceComponents(moments).residual / POWER_RUNS,
        );
        const [x, y] = [here.before.means, here.after.means];
        tally.add("PM", pitmanMorgan(x, y).p < 0.05);
        tally.add("swap", promptSwap(x, y, stream, SWAPS).p <= 0.05);
        const [pivot, flips] = [noiseCorrectedChange(here, stream, PIVOTS), noiseCorrectedSwap(here, stream, SWAPS)];
        tally.add("corrected", pivot.p < 0.05);
        tally.add("corrected swap", flips.p <= 0.05);
        tally.add("headline", headlineP(pivot, flips) <= 0.05);
      }
      const design = {
        prompts,
        items,
        promptSd: b,
        residualBefore: residuals[0],
        residualAfter: residuals[1],
        correlation: PROMPT_CORRELATION,
      };
      const { fall, rise } = detectableChange(design);
      rows.push([
        prompts,
        items,
        ...["PM", "swap", "corrected", "corrected swap", "headline"].map((test) => number(tally.share(test))),
        number(powerOfChange(design, a)),
        fall === null ? "none" : number(fall / b, 2),
        rise === null ? "none" : number(rise / b, 2),
      ]);
    }
  }
  return table(
    ["P", "I", "PM", "swap", "corrected", "corrected swap", "headline", "formula", "SD ratio seen: fall", "rise"],
    rows,
  );
}

/** Trends and rankings of unrelated values, and a slope of known size. */
function trendTable() {
  const rows = [];
  for (const n of [5, 8, 16]) {
    const stream = randomStream("trend", n);
    const uniform = fastStream(stream);
    const normal = normalDraws(uniform);
    const tally = new Tally();
    for (let run = 0; run < RUNS * 2; run++) {
      const x = Float64Array.from({ length: n }, (_, i) => Math.log(1000 * (i + 1)));
      const y = x.map((value) => 0.3 * value + normal());
      const noise = x.map(() => normal());
      const tied = noise.map((value) => Math.round(value));
      if (n < 10 || run < RUNS / 5) {
        tally.add("spearman", spearman(x, noise, stream, 999).p <= 0.05);
        tally.add("spearman ties", (spearman(x, tied, stream, 999)?.p ?? 1) <= 0.05);
      }
      tally.add("slope", within(theilSen(x, y).interval, 0.3));
      tally.add("tau", kendallTau(x, noise).p <= 0.05);
      tally.add("tau ties", (kendallTau(x, tied)?.p ?? 1) <= 0.05);
      for (const raters of [2, 8]) {
        const rankings = Array.from({ length: raters }, () => Float64Array.from({ length: n }, normal));
        const agreement = run < RUNS ? kendallW(rankings, stream, 399) : null;
        tally.add(`W ${raters}`, agreement && agreement.p <= 0.05);
        tally.add(`W chi ${raters}`, agreement && agreement.chiSquareP < 0.05);
      }
    }
    const names = ["spearman", "spearman ties", "tau", "tau ties", "W 2", "W chi 2", "W 8", "W chi 8", "slope"];
    rows.push([n, ...names.map((name) => number(tally.share(name)))]);
  }
  return table(
    [
      "points",
      "Spearman",
      "with ties",
      "tau",
      "with ties",
      "W, 2 rankings",
      "by chi-square",
      "W, 8 rankings",
      "by chi-square",
      "slope: coverage",
    ],
    rows,
  );
}

/** Coverage of the pooled effect. */
function poolingTable() {
  const rows = [];
  for (const tasks of [3, 8, 18]) {
    for (const between of [0, 0.3]) {
      const uniform = fastStream(randomStream("pooling", tasks, between));
      const normal = normalDraws(uniform);
      const tally = new Tally();
      for (let run = 0; run < RUNS * 4; run++) {
        const effects = Array.from({ length: tasks }, () => {
          const variance = 0.02 + 0.1 * uniform();
          return { effect: between * normal() + Math.sqrt(variance) * normal(), variance };
        });
        const pooled = pool(effects);
        tally.add("normal", within(pooled.interval, 0));
        tally.add("adjusted", within(pooled.adjusted.interval, 0));
      }
      rows.push([tasks, between, number(tally.share("normal")), number(tally.share("adjusted"))]);
    }
  }
  return table(["tasks", "SD between tasks", "normal", "Hartung-Knapp"], rows);
}

/** Coverage of the intervals of the axes' components for 6 wordings x 2 presentations x 2 shot draws, logit scale. */
function axisTable() {
  const sds = { wording: 0.35, presentation: 0.25, shots: 0.15, "wording x presentation": 0.15, rest: 0.1 };
  const shape = [6, 2, 2];
  const prompts = 24;
  const codes = Array.from({ length: prompts }, (_, p) => [p % 6, Math.floor(p / 6) % 2, Math.floor(p / 12)]);
  const axes = ["wording", "presentation", "shots"].map((name, axis) => ({
    name,
    levels: codes.map((code) => code[axis]),
  }));
  const totalSd = Math.hypot(...Object.values(sds));
  const { marginal, logit } = truth(0.3, totalSd);
  const shrink = logit.sd / totalSd;
  const tally = new Tally();
  for (const items of [50, 300]) {
    const stream = randomStream("axes", items);
    const uniform = fastStream(stream);
    const normal = normalDraws(uniform);
    for (let run = 0; run < AXIS_RUNS; run++) {
      const main = shape.map((levels, axis) =>
        Array.from({ length: levels }, () => Object.values(sds)[axis] * normal()),
      );
      const both = Array.from({ length: 12 }, () => sds["wording x presentation"] * normal());
      const effects = codes.map(([w, f, s]) => {
        const effect = main[0][w] + main[1][f] + main[2][s] + both[w * 2 + f] + sds.rest * normal();
        return [effect, effect];
      });
      const { before } = simulate({ prompts, items }, "binary", WORLDS["same SD, same mean"], uniform, normal, effects);
      const here = axisComponents(logitMoments(gridMoments(before)), axes, stream, { draws: 999 });
      const endless = {
        prompts,
        items: 1,
        means: Float64Array.from(effects, ([effect]) => {
          const share = marginal(0.3 + effect);
          return Math.log(share / (1 - share));
        }),
        covariance: new Float64Array(prompts * prompts),
      };
      const exact = axisComponents(endless, axes, stream, { draws: 1 });
      here.terms.forEach((term, k) => {
        tally.add(`items ${items} ${term.term}`, within(term.itemInterval, exact.terms[k].variance));
        const component = ((sds[term.term] ?? 0) * shrink) ** 2;
        tally.add(`levels ${items} ${term.term}`, within(term.levelInterval, component));
      });
    }
  }
  const terms = [...Object.keys(sds).slice(0, 4), "wording x shots", "presentation x shots", "rest"];
  return table(
    ["term", "items, I = 50", "items, I = 300", "levels, I = 50", "levels, I = 300"],
    terms.map((term) => [
      term,
      ...["items", "levels"].flatMap((kind) =>
        [50, 300].map((items) => number(tally.share(`${kind} ${items} ${term}`))),
      ),
    ]),
  );
}

/** Ends of the normal-draw bootstrap and of the bootstrap without MS_R's items, beside resampling everything. */
function approximationTable() {
  const rows = [];
  for (const { kind, mu, items } of [
    { kind: "binary", mu: 0.3, items: 300 },
    { kind: "binary", mu: 0.3, items: 2000 },
    { kind: "binary", mu: 4, items: 2000 },
    { kind: "graded", mu: 0.3, items: 2000 },
    { kind: "graded", mu: -3, items: 2000 },
  ]) {
    const stream = randomStream("approximation", kind, mu, items);
    const uniform = fastStream(stream);
    const world = { sd: [0.4, 0.4], mu: [mu, mu] };
    const { before, after } = simulate({ prompts: 24, items }, kind, world, uniform, normalDraws(uniform));
    const moments = pairedMoments(before, after);
    const sdOf = (means) => {
      const centre = mean(means);
      return Math.sqrt(means.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (means.length - 1));
    };
    const ends = (exactItems) => {
      const options = { random: stream, draws: 10000, exactItems };
      const fixed = itemBootstrap(before, moments.before.covariance, (means) => [mean(means), sdOf(means)], options);
      const [crossed] = crossedBootstrap(before, after, moments, [bootstrapScale("probability", moments)], {
        ...options,
        draws: 4000,
      });
      return [...fixed, crossed.logSdRatio, crossed.varianceChange];
    };
    const [exact, again, approximate] = [ends(Infinity), ends(Infinity), ends(0)];
    const gap = (a, b) =>
      Math.max(Math.abs(a.low - b.low), Math.abs(a.high - b.high)) / (exact[a.index].high - exact[a.index].low);
    const indexed = (intervals) => intervals.map((interval, index) => ({ ...interval, index }));
    const gaps = indexed(approximate).map((interval, k) => gap(interval, exact[k]));
    const seeds = indexed(again).map((interval, k) => gap(interval, exact[k]));
    const full = fullCrossed(before, after, stream);
    rows.push([
      kind,
      number(mean(moments.before.means), 2),
      items,
      ...gaps.map((value, k) => `${number(value)} (${number(seeds[k])})`),
      number(gap({ ...full, index: 3 }, exact[3])),
    ]);
  }
  return table(
    ["scores", "mean", "I", "mean", "SD", "log SD ratio", "variance change", "variance change, MS_R resampled too"],
    rows,
  );
}

/** The crossed bootstrap with every grid built and analysed anew. */
function fullCrossed(before, after, stream) {
  const { prompts, items } = before;
  const uniform = fastStream(stream);
  const values = [];
  for (let draw = 0; draw < 1000; draw++) {
    const columns = Int32Array.from({ length: items }, () => Math.floor(uniform() * items));
    const rows = Int32Array.from({ length: prompts }, () => Math.floor(uniform() * prompts));
    const [b, a] = [before, after].map((grid) => {
      const drawn = new Float64Array(prompts * items);
      rows.forEach((row, p) => {
        for (let i = 0; i < items; i++) drawn[p * items + i] = grid.values[row * items + columns[i]];
      });
      return varianceComponents(gridMoments({ prompts, items, values: drawn })).prompt;
    });
    values.push(a - b);
  }
  values.sort((x, y) => x - y);
  return { low: percentile(values, 0.025), high: percentile(values, 0.975) };
}

function main() {
  const started = Date.now();
  const done = (what) => console.error(`${what}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  // "Same SD" is that of the marginal logits, as endless items would show it.
  for (const { sd, mu } of Object.values(WORLDS)) sd[1] ??= matchingSd(mu[1], truth(mu[0], sd[0]).logit.sd);
  const results = [];
  for (const [name, world] of Object.entries(WORLDS)) {
    for (const kind of KINDS) {
      for (const design of DESIGNS) results.push({ name, kind, ...design, tally: study(design, kind, world, name) });
      done(`${name}, ${kind}`);
    }
  }
  const columns = (entries, only = () => true) =>
    Object.keys(WORLDS)
      .filter(only)
      .flatMap((name) => [
        `_${name}_`,
        table(
          ["scores", "P", "I", ...entries.map(([title]) => title)],
          results
            .filter((row) => row.name === name)
            .map(({ kind, prompts, items, tally }) => [
              kind,
              prompts,
              items,
              ...entries.map(([, key]) => number(tally.share(key))),
            ]),
        ),
      ]);
  const normalEffects = (name) => !WORLDS[name].heavy;
  const hasEffect = (name) => !name.startsWith("no ") && normalEffects(name);
  const parts = [
    "### Size of the tests of a change",
    ...columns([
      ["PM prob.", "PM probability"],
      ["PM logit", "PM logit"],
      ["swap prob.", "swap probability"],
      ["swap logit", "swap logit"],
      ["corrected prob.", "corrected probability"],
      ["corrected logit", "corrected logit"],
      ["corrected swap prob.", "corrected swap probability"],
      ["corrected swap logit", "corrected swap logit"],
      ["headline prob.", "headline probability"],
      ["headline logit", "headline logit"],
    ]),
    "### Size of the F test of any prompt effect",
    ...columns(
      [
        ["prob.", "F probability"],
        ["logit", "F logit"],
      ],
      (name) => name.startsWith("no "),
    ),
    "### Coverage of intervals of means and PSS",
    ...columns(
      [
        ["mean, items", "mean items"],
        ["bootstrap, items", "bootstrap mean"],
        ["mean, crossed", "mean crossed"],
        ["change, crossed", "change crossed"],
        ["bootstrap change", "bootstrap change"],
        ["PSS", "PSS"],
      ],
      hasEffect,
    ),
    "### Coverage of intervals of the SD between prompts",
    ...columns(
      [
        ["SD prob.", "sd probability"],
        ["SD logit", "sd logit"],
        ["change prob.", "sd change probability"],
        ["change logit", "sd change logit"],
        ["ratio prob.", "sd ratio probability"],
        ["ratio logit", "sd ratio logit"],
        ["PM ratio prob.", "PM ratio probability"],
        ["PM ratio logit", "PM ratio logit"],
        ["bootstrap log ratio", "bootstrap ratio"],
        ["bootstrap variance", "bootstrap variance"],
      ],
      normalEffects,
    ),
    "### Power to see a fall of the SD from .6 to .3, and what 24 prompts can see",
    powerTable(),
  ];
  done("power");
  parts.push("### Rankings and trends", trendTable());
  done("trends");
  parts.push("### Pooling over tasks", poolingTable());
  parts.push("### Axes of the design", axisTable());
  done("axes");
  parts.push(
    "### Shortcuts of the bootstrap",
    "Distance of the interval's ends from resampling items one by one, in widths of the interval; in brackets that of a second seed.",
    approximationTable(),
  );
  done("shortcuts");
  const text = parts.join("\n\n");
  if (process.argv.includes("--print")) {
    console.log(text);
    return;
  }
  const file = new URL("../docs/statistics.md", import.meta.url);
  const [start, end] = ["<!-- tables: start -->", "<!-- tables: end -->"];
  const page = readFileSync(file, "utf8");
  const [head, tail] = [page.split(start)[0], page.split(end)[1]];
  writeFileSync(file, `${head}${start}\n\n${text}\n\n${end}${tail}`);
}

main();
