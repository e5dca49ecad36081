/** Worlds of known truth: what prompts, rows and presentations do, and the scores that follow. */

import { crossedDesign, type CrossedDesign } from "../../src/statistics/crossed/design.js";
import { logitSd } from "../../src/statistics/crossed/logit-normal.js";
import { normalBelow } from "../../src/statistics/distributions.js";
import { chiSquareDraw } from "../../src/statistics/draws.js";

export const ITEM_SD = 1.2;
export const INTERACTION_SD = 0.7;
const ITEM_CORRELATION = 0.8;
const PROMPT_CORRELATION = 0.5;
/** Share of graded scores that are 0, and the precision of the others. */
const ZEROS = 0.2;
const PRECISION = 8;

/** Describes a design, what varies in it, and how scores come about. */
export interface World {
  readonly name: string;
  /**
   * C: each wording once, presentations alternating; B: each in both; A: 6 wordings x 2 presentations x 2 draws; N: no
   * presentations.
   */
  readonly design: "A" | "B" | "C" | "N";
  readonly prompts: number;
  readonly items: number;
  /** Mean score before and after. */
  readonly means: readonly [number, number];
  /** SD over all prompts in logits, before and after. */
  readonly sds: readonly [number, number];
  /** Share of the presentation in the variance, and of draws that wordings share; the rest is the wordings'. */
  readonly presentation: number;
  readonly draw?: number;
  /** Share of the wordings' part that each prompt has for itself. */
  readonly own?: number;
  readonly kind?: "binary" | "graded" | "label-biased";
  /** Logits that one prompt, another on each side, falls behind. */
  readonly outlier?: number;
  /** Student's t with four degrees of freedom in place of normal effects. */
  readonly heavy?: boolean;
  /** Rows of one passage. */
  readonly passage?: number;
  /** Presentations; two unless said. */
  readonly presentations?: number;
  /** Prompts that are left out at the end. */
  readonly missing?: number;
}

/** Figures that endless rows and wordings would show. */
export interface Truth {
  readonly mean: readonly [number, number];
  /** SD within presentations, and over them, on both scales. */
  readonly within: { readonly probability: readonly [number, number]; readonly logit: readonly [number, number] };
  readonly total: { readonly probability: readonly [number, number]; readonly logit: readonly [number, number] };
  /** Second presentation less the first; 0 for one. */
  readonly contrast: readonly [number, number];
  /** Share of prompts under which the second checkpoint scores higher. */
  readonly higher: number;
  /** Score that a share of the prompts stays below, before and after. */
  readonly quantile: (at: number) => readonly [number, number];
}

/** Latent parameters that give the wanted means and SDs. */
export interface Latent {
  readonly mu: readonly [number, number];
  readonly sd: readonly [number, number];
  readonly truth: Truth;
}

/** Describes where each prompt stands. */
export interface Layout {
  readonly wording: readonly number[];
  readonly presentation: readonly number[];
  readonly draw: readonly number[];
  readonly crossed: CrossedDesign;
}

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Holds points within +-8 standard deviations and their weights, which sum to 1. */
const POINTS = Array.from({ length: 65 }, (_, k) => (k - 32) / 4).map((x) => ({
  x,
  weight: Math.exp((-x * x) / 2) / 4 / Math.sqrt(2 * Math.PI),
}));

/** Takes the mean of a function over a normal distribution, by the trapezoid rule. */
export function normalMean(f: (x: number) => number, centre: number, sd: number): number {
  if (sd === 0) return f(centre);
  let sum = 0;
  for (const { x, weight } of POINTS) sum += weight * f(centre + sd * x);
  return sum;
}

/** Expected score of a prompt with the given logit over endless rows. */
function marginal({ kind }: World, logit: number): number {
  const share = normalMean(sigmoid, logit, Math.hypot(ITEM_SD, INTERACTION_SD));
  return kind === "graded" ? (1 - ZEROS) * share : share;
}

export function layoutOf({ design, prompts, presentations = 2, missing = 0 }: World): Layout {
  const all = Array.from({ length: prompts - missing }, (_, p) => p);
  const of: Record<World["design"], readonly [(p: number) => number, (p: number) => number, (p: number) => number]> = {
    A: [(p) => Math.floor(p / 4), (p) => p % 2, (p) => Math.floor(p / 2) % 2],
    B: [(p) => Math.floor(p / presentations), (p) => p % presentations, () => 0],
    C: [(p) => p, (p) => p % presentations, () => 0],
    N: [(p) => p, () => 0, () => 0],
  };
  const [wording, presentation, draw] = of[design].map((at) => all.map(at)) as [number[], number[], number[]];
  const cells = all.map((p) => `${presentation[p]} ${draw[p]}`);
  return { wording, presentation, draw, crossed: crossedDesign(wording, cells) };
}

/** Fixed offsets of the cells, in units of the SD over prompts. */
function offset(world: World, layout: Layout, p: number): number {
  const side = (level: number, levels: number, share: number) =>
    levels < 2 ? 0 : Math.sqrt(share) * ((2 * level) / (levels - 1) - 1) * (levels === 3 ? Math.sqrt(1.5) : 1);
  const levels = world.design === "N" ? 1 : (world.presentations ?? 2);
  return (
    side(layout.presentation[p] as number, levels, world.presentation) +
    side(layout.draw[p] as number, world.design === "A" ? 2 : 1, world.draw ?? 0)
  );
}

function momentsOf(world: World, layout: Layout, mu: number, sd: number) {
  const random = sd * Math.sqrt(1 - (world.design === "N" ? 0 : world.presentation) - (world.draw ?? 0));
  const offsets = [...new Set(layout.wording.map((_, p) => offset(world, layout, p)))];
  const cells = offsets.map((one) => {
    const f = (x: number) => marginal(world, x);
    const mean = normalMean(f, mu + sd * one, random);
    return { one, mean, variance: normalMean((x) => (f(x) - mean) ** 2, mu + sd * one, random) };
  });
  const centre = cells.reduce((sum, { mean }) => sum + mean, 0) / cells.length;
  const within = cells.reduce((sum, { variance }) => sum + variance, 0) / cells.length;
  const between = cells.reduce((sum, { mean }) => sum + (mean - centre) ** 2, 0) / cells.length;
  const total = logitSd(centre, Math.sqrt(within + between));
  const first = offset(world, layout, 0);
  const contrast =
    cells.length === 2
      ? (cells.find(({ one }) => one !== first)?.mean ?? 0) - (cells.find(({ one }) => one === first)?.mean ?? 0)
      : 0;
  return {
    mean: centre,
    within: Math.sqrt(within),
    total: Math.sqrt(within + between),
    withinLogit: within === 0 ? 0 : Math.sqrt(within / (within + between)) * total,
    totalLogit: total,
    contrast,
  };
}

/** Returns what endless rows and wordings show at one latent mean and SD. */
export function figuresAt(
  world: World,
  mu: number,
  sd: number,
): { readonly mean: number; readonly withinLogit: number } {
  return momentsOf(world, layoutOf(world), mu, sd);
}

/** Returns the place of a prompt's presentation, in units of the SD over prompts. */
export function offsetOf(world: World, prompt: number): number {
  return offset(world, layoutOf(world), prompt);
}

/** Finds the value in a range at which an increasing function reaches the target. */
export function solve(f: (x: number) => number, target: number, low: number, high: number): number {
  for (let step = 0; step < 36; step++) {
    const middle = (low + high) / 2;
    if (f(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Finds the latent means and SDs of a world: the SD in logits is that over all prompts. */
export function latentOf(world: World): Latent {
  const layout = layoutOf(world);
  const sides = ([0, 1] as const).map((k) => {
    const [wanted, mean] = [world.sds[k], world.means[k]];
    let [mu, sd] = [0, wanted];
    for (let round = 0; round < 3; round++) {
      mu = solve((x) => momentsOf(world, layout, x, sd).mean, mean, -12, 12);
      if (wanted === 0) break;
      sd = solve((x) => momentsOf(world, layout, mu, x).totalLogit, wanted, 0, 6 * wanted);
    }
    return { mu, sd, figures: momentsOf(world, layout, mu, sd) };
  });
  const both = <T>(of: (side: (typeof sides)[number]) => T): readonly [T, T] => sides.map(of) as [T, T];
  return {
    mu: both(({ mu }) => mu),
    sd: both(({ sd }) => sd),
    truth: {
      mean: both(({ figures }) => figures.mean),
      within: { probability: both(({ figures }) => figures.within), logit: both(({ figures }) => figures.withinLogit) },
      total: { probability: both(({ figures }) => figures.total), logit: both(({ figures }) => figures.totalLogit) },
      contrast: both(({ figures }) => figures.contrast),
      higher: shareHigher(world, layout, both(({ mu }) => mu), both(({ sd }) => sd)), // prettier-ignore
      quantile: (at) => both(({ mu, sd }) => quantileOf(world, layout, mu, sd, at)),
    },
  };
}

function randomShare(world: World): number {
  return 1 - (world.design === "N" ? 0 : world.presentation) - (world.draw ?? 0);
}

/** Scores rise with the logit, alike on both sides: the higher score is that of the higher logit. */
function shareHigher(world: World, layout: Layout, mu: readonly [number, number], sd: readonly [number, number]) {
  const spread = Math.sqrt(randomShare(world) * (sd[0] ** 2 + sd[1] ** 2 - 2 * PROMPT_CORRELATION * sd[0] * sd[1]));
  const shares = layout.wording.map((_, p) => {
    const centre = mu[1] - mu[0] + (sd[1] - sd[0]) * offset(world, layout, p);
    return spread === 0 ? (1 + Math.sign(centre)) / 2 : normalBelow(centre / spread);
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function quantileOf(world: World, layout: Layout, mu: number, sd: number, at: number): number {
  const spread = Math.max(1e-9, sd * Math.sqrt(randomShare(world)));
  const offsets = layout.wording.map((_, p) => mu + sd * offset(world, layout, p));
  const below = (x: number) =>
    offsets.reduce((sum, centre) => sum + normalBelow((x - centre) / spread), 0) / offsets.length;
  return marginal(world, solve(below, at, -20, 20));
}

/** Effects of wordings that several tasks have in common. */
export interface SharedPrompts {
  readonly correlation: number;
  readonly effects: readonly (readonly [number, number])[];
}

/** Draws the effects that tasks have in common. @param correlation of a wording's effects on two tasks */
export function sharedPrompts(wordings: number, correlation: number, normal: () => number): SharedPrompts {
  const effects = Array.from({ length: wordings }, () => correlated(PROMPT_CORRELATION, normal));
  return { correlation, effects };
}

function correlated(correlation: number, normal: () => number): readonly [number, number] {
  const [x, y] = [normal(), normal()];
  return [x, correlation * x + Math.sqrt(1 - correlation ** 2) * y];
}

/** Draws the scores [side][prompt][row] of one task. */
export function scoresOf(
  world: World,
  { mu, sd }: Latent,
  uniform: () => number,
  normal: () => number,
  shared?: SharedPrompts,
): readonly [number[][], number[][]] {
  const layout = layoutOf(world);
  const pair = (correlation: number) => {
    const [x, y] = correlated(correlation, normal);
    const scale =
      world.heavy === true && correlation === PROMPT_CORRELATION ? Math.sqrt(2 / chiSquareDraw(4, uniform, normal)) : 1;
    return [scale * x, scale * y] as const;
  };
  const wordings = Array.from({ length: layout.crossed.wordings }, (_, w) => {
    const own = pair(PROMPT_CORRELATION);
    const common = shared?.effects[w];
    if (shared === undefined || common === undefined) return own;
    const [c, o] = [Math.sqrt(shared.correlation), Math.sqrt(1 - shared.correlation)];
    return [c * common[0] + o * own[0], c * common[1] + o * own[1]] as const;
  });
  const own = layout.wording.map(() => pair(PROMPT_CORRELATION));
  const passage = world.passage ?? 1;
  const passages = Array.from({ length: Math.ceil(world.items / passage) }, () => pair(ITEM_CORRELATION));
  const ease = Array.from({ length: world.items }, () => pair(ITEM_CORRELATION));
  const gold = ease.map(() => (uniform() < 0.5 ? 1 : -1));
  const odd = [0, 1].map(() => Math.floor(uniform() * layout.wording.length));
  const random = randomShare(world);
  const ownShare = world.own ?? 0;
  return ([0, 1] as const).map((k) =>
    layout.wording.map((w, p) => {
      const wordingPart = Math.sqrt(random * (1 - ownShare)) * (wordings[w]?.[k] ?? 0);
      const effect =
        sd[k] * (wordingPart + Math.sqrt(random * ownShare) * (own[p]?.[k] ?? 0) + offset(world, layout, p));
      const behind = world.outlier !== undefined && odd[k] === p ? world.outlier : 0;
      const together = passages.map(() => normal());
      const bias = p % 2 === 0 ? 2 : -2;
      return ease.map((one, i) => {
        const at = Math.floor(i / passage);
        const item = passage === 1 ? one[k] : Math.SQRT1_2 * (one[k] + (passages[at]?.[k] ?? 0));
        const interaction = passage === 1 ? normal() : Math.SQRT1_2 * (normal() + (together[at] ?? 0));
        const shift = world.kind === "label-biased" ? bias * (gold[i] as number) : effect - behind;
        const share = sigmoid(mu[k] + shift + ITEM_SD * item + INTERACTION_SD * interaction);
        if (world.kind !== "graded") return Number(uniform() < share);
        if (uniform() < ZEROS) return 0;
        const [a, b] = [share, 1 - share].map((part) =>
          chiSquareDraw(Math.max(2e-3, 2 * PRECISION * part), uniform, normal),
        ) as [number, number];
        return a + b === 0 ? 0 : a / (a + b);
      });
    }),
  ) as unknown as readonly [number[][], number[][]];
}
