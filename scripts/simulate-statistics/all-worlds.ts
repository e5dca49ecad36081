/** The worlds that are simulated. */

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
