/** Provides the worlds that are simulated. */

import type { DrawnWorld } from "./drawn.js";
import type { PoolWorld } from "./pools.js";
import type { TasksWorld } from "./over-tasks.js";
import type { SeedWorld } from "./seeds.js";
import type { TrendWorld } from "./trends.js";
import type { World } from "./worlds.js";

const C = { design: "C", prompts: 24, items: 100, means: [0.5, 0.5], sds: [0.4, 0.4], presentation: 0.2 } as const;
const B = { ...C, design: "B" } as const;
const A = { ...C, design: "A", draw: 0.05, own: 0.2 } as const;

/** Worlds in which the SD does not change. */
export const NULL_WORLDS: readonly World[] = [
  { ...C, name: "independent prompts", design: "N", presentation: 0 },
  { ...C, name: "wording 80 %" },
  { ...C, name: "presentation 60 %", presentation: 0.6 },
  { ...C, name: "presentation 85 %", presentation: 0.85 },
  { ...B, name: "wording 60 %", own: 0.25 },
  { ...B, name: "presentation 60 %", presentation: 0.6 },
  { ...B, name: "presentation 85 %", presentation: 0.85 },
  { ...A, name: "wording 60 %" },
  { ...A, name: "presentation 60 %", presentation: 0.6 },
  { ...C, name: "mean .5 to .8", means: [0.5, 0.8] },
  { ...C, name: "300 rows", items: 300 },
  { ...C, name: "floor .05", means: [0.05, 0.05] },
  { ...C, name: "floor .5 to .02", means: [0.5, 0.02] },
  { ...C, name: "ceiling .7 to .97", means: [0.7, 0.97] },
  { ...C, name: "no prompt effect", sds: [0, 0], presentation: 0 },
  { ...C, name: "label-biased prompts", kind: "label-biased", sds: [0, 0], presentation: 0 },
  { ...C, name: "graded, a fifth of the scores 0", kind: "graded", means: [0.4, 0.4] },
  { ...C, name: "passages of five rows", items: 300, passage: 5 },
  { ...C, name: "one prompt 2 logits behind", outlier: 2 },
  { ...C, name: "heavy tails", heavy: true },
  { ...C, name: "three presentations", presentations: 3 },
  { ...B, name: "3 of 24 prompts missing", missing: 3 },
  { ...C, name: "3 prompts", design: "N", prompts: 3, presentation: 0 },
  { ...C, name: "8 prompts", prompts: 8 },
  { ...C, name: "48 prompts", prompts: 48 },
  { ...C, name: "96 prompts, 300 rows", prompts: 96, items: 300 },
];

/** Worlds of means alone: away from the ends of the scale, and near them with few rows and large effects. */
export const MEANS_WORLDS: readonly World[] = [
  { ...C, name: "mean .5" },
  { ...B, name: "mean .5, wording 60 %", own: 0.25 },
  { ...A, name: "mean .5, wording 60 %" },
  { ...C, name: "graded, a fifth of the scores 0", kind: "graded", means: [0.4, 0.4] },
  { ...C, name: "floor .05", means: [0.05, 0.05] },
  { ...C, name: "floor .02", means: [0.02, 0.02] },
  { ...C, name: "floor .5 to .02", means: [0.5, 0.02] },
  { ...C, name: "floor .5 to .02, SD 1", means: [0.5, 0.02], sds: [1, 1] },
  { ...C, name: "ceiling .7 to .97", means: [0.7, 0.97] },
  { ...C, name: "ceiling .7 to .97", means: [0.7, 0.97], items: 30 },
  { ...C, name: "ceiling .7 to .97", means: [0.7, 0.97], items: 300 },
  { ...C, name: "ceiling .9 to .97", means: [0.9, 0.97] },
  { ...C, name: "ceiling .9 to .97, SD .8", means: [0.9, 0.97], sds: [0.8, 0.8] },
  { ...C, name: "ceiling .97", means: [0.97, 0.97] },
  { ...C, name: "ceiling .95", means: [0.95, 0.95], items: 50 },
  { ...B, name: "ceiling .97", means: [0.97, 0.97] },
  { ...C, name: "ceiling .97, 8 prompts", means: [0.97, 0.97], prompts: 8 },
];

/** Worlds of SDs alone: effects that are normal, prompts that are asked in several presentations. */
export const SDS_WORLDS: readonly World[] = [
  ...NULL_WORLDS.filter(
    ({ design, outlier, heavy, passage, prompts }) =>
      design !== "N" && outlier === undefined && heavy === undefined && passage === undefined && prompts <= 48,
  ),
  { ...C, name: "SD .2, presentation 20 %", sds: [0.2, 0.2] },
  { ...C, name: "two presentations alike", presentation: 0 },
  { ...C, name: "SD 1", sds: [1, 1] },
  { ...A, name: "wording 60 %, 300 rows", items: 300 },
  { ...A, name: "SD doubled", sds: [0.3, 0.6] },
  { ...A, name: "SD trebled", sds: [0.2, 0.6] },
];

/** Worlds in which it doubles or trebles. */
export const POWER_WORLDS: readonly World[] = [
  { ...C, name: "SD doubled", sds: [0.3, 0.6] },
  { ...C, name: "SD trebled", sds: [0.2, 0.6] },
  { ...C, name: "SD doubled, 300 rows", sds: [0.3, 0.6], items: 300 },
  { ...B, name: "SD doubled", sds: [0.3, 0.6] },
  { ...B, name: "SD trebled", sds: [0.2, 0.6] },
  { ...A, name: "SD doubled", sds: [0.3, 0.6] },
  { ...A, name: "SD trebled", sds: [0.2, 0.6] },
];

const RUNS = [
  { checkpoints: 5, items: 100 },
  { checkpoints: 8, items: 100 },
  { checkpoints: 16, items: 60 },
  { checkpoints: 141, items: 50 },
] as const;

/** Training runs: without a trend, with one, and a random walk, in which every test sees one. */
export const TREND_WORLDS: readonly TrendWorld[] = RUNS.flatMap((run): TrendWorld[] => {
  const common = { ...run, mean: 0.5, wobble: [0.15, 0.2] as const };
  return [
    { ...common, name: "no wobble", wobble: [0, 0], rho: 0 },
    { ...common, name: "wobble, correlation .3", rho: 0.3 },
    { ...common, name: "wobble, correlation .6", rho: 0.6 },
    { ...common, name: "wobble, correlation .8", rho: 0.8 },
    { ...common, name: "mean .05, wobble .6", mean: 0.05, rho: 0.6 },
    { ...common, name: "level rises half a logit, SD doubles", wobble: [0.1, 0.1], rho: 0.3, rise: 0.5, factor: 2 },
    { ...common, name: "level rises one logit, SD trebles", wobble: [0.15, 0.15], rho: 0.6, rise: 1, factor: 3 },
    { ...common, name: "random walk", rho: "walk" },
  ];
});

const POOL = { tasks: 5, sd: 0.4, ratio: 1, gain: 0.2 } as const;

/** Several tasks of one pair. */
export const POOL_WORLDS: readonly PoolWorld[] = [
  { ...POOL, name: "no change" },
  { ...POOL, name: "no change", tasks: 3 },
  { ...POOL, name: "no change", tasks: 18 },
  { ...POOL, name: "small SD, no change", sd: 0.15 },
  { ...POOL, name: "no change, effects of wordings correlated .5 between tasks", together: 0.5 },
  // What pooling tasks of one set of wordings as independent ones would do: the names hide that they are the same.
  { ...POOL, name: "no change, the same wordings under other names on all tasks", together: 1 },
  { ...POOL, name: "SD halved", ratio: 0.5 },
  { ...POOL, name: "SD an eighth", ratio: 1 / 8 },
  { ...POOL, name: "SD times four", sd: 0.15, ratio: 4 },
];

const ARM = { items: 100, mean: 0.5, sds: [0.5, 0.5] } as const;
/** Holds what seeds do: nothing, a little, and more than wordings and rows make of the error. */
const SPREADS = [
  ["seeds alike", [0, 0]],
  ["seeds differ by .1 logits, SD by 20 %", [0.1, 0.2]],
  ["seeds differ by .3 logits, SD by 30 %", [0.3, 0.3]],
] as const;

/** Arms of 2, 3 and 5 seeds in which the means over seeds do not change, and two in which they do. */
export const SEED_WORLDS: readonly SeedWorld[] = [
  ...SPREADS.flatMap(([name, spread]) => [2, 3, 5].map((seeds): SeedWorld => ({ ...ARM, name, seeds, spread }))),
  { ...ARM, name: "half a logit more, seeds differ by .1", seeds: 3, spread: [0.1, 0.2], gain: 0.5 },
  { ...ARM, name: "SD doubled, seeds differ by .1", seeds: 3, sds: [0.4, 0.8], spread: [0.1, 0.2] },
];

const EFFECTS = { prompt: 0.08, item: 0.12, interaction: 0.08 } as const;

/** Lists worlds of drawn texts: few and many of them, no interaction, texts that make nearly all of the noise. */
export const DRAWN_WORLDS: readonly DrawnWorld[] = [
  { name: "five texts", prompts: 24, items: 100, samples: 5, sds: EFFECTS },
  { name: "five texts, few prompts and rows", prompts: 8, items: 40, samples: 5, sds: EFFECTS },
  { name: "two texts", prompts: 8, items: 40, samples: 2, sds: EFFECTS },
  { name: "no interaction", prompts: 8, items: 40, samples: 5, sds: { ...EFFECTS, interaction: 0 } },
  {
    name: "rows nearly alike",
    prompts: 8,
    items: 40,
    samples: 5,
    sds: { prompt: 0.02, item: 0.02, interaction: 0.02 },
  },
  { name: "rows far apart", prompts: 8, items: 40, samples: 5, sds: { prompt: 0.04, item: 0.2, interaction: 0.04 } },
];

const SAME = { prompts: 24, items: 100, sds: [{ shared: [0.04, 0.04], own: [0.04, 0.04] }], factor: 1 } as const;
/** A base that guesses has no effects of prompts. */
const FLOOR = { shared: [0, 0.04], own: [0, 0.04] } as const;

/** Lists worlds of tasks that share their prompts: how many, alike or not, and in two strata. */
export const TASKS_WORLDS: readonly TasksWorld[] = [
  ...[3, 5, 10, 30].map((tasks): TasksWorld => ({ ...SAME, name: "no change", tasks: [tasks] })),
  { ...SAME, name: "no change, no effect of prompts", tasks: [5], sds: [{ shared: [0, 0], own: [0, 0] }] },
  ...[5, 10, 30].map((tasks): TasksWorld => ({ ...SAME, name: "SD after doubled on half of the tasks", tasks: [tasks], factor: 2 })), // prettier-ignore
  { ...SAME, name: "two strata without a difference", tasks: [5, 10], sds: [...SAME.sds, ...SAME.sds] },
  { ...SAME, name: "a rise off the floor in the first of two strata", tasks: [10, 10], sds: [FLOOR, ...SAME.sds] },
];
