/** Everything there is to say of a change in prompt sensitivity on one task, on one scale. */

import type { Random } from "../base/random.js";
import { bootstrapScale, type CrossedBootstrap, crossedBootstrap } from "./bootstrap.js";
import type { ScoreGrid } from "./grid.js";
import { pairedLogitMoments, pairedMoments, type PairedMoments, type Scale } from "./moments.js";
import { type NoiseCorrectedChange, noiseCorrectedChange } from "./noise-corrected-change.js";
import { noiseCorrectedSwap } from "./noise-corrected-swap.js";
import { type Permutation, promptSwap } from "./permutation.js";
import { type PitmanMorgan, pitmanMorgan } from "./pitman-morgan.js";
import { type PromptSd, promptSd, varianceComponents, type VarianceComponents } from "./variance-components.js";

/** One scale's answer. What cannot be computed from so few prompts or items is null. */
export interface SensitivityChange {
  readonly scale: Scale;
  readonly componentsBefore: VarianceComponents | null;
  readonly componentsAfter: VarianceComponents | null;
  readonly before: PromptSd | null;
  readonly after: PromptSd | null;
  /** Equality of the raw variances of the prompts' means: what noise adds counts as variance. */
  readonly pitmanMorgan: PitmanMorgan | null;
  /** The same without a normal distribution. */
  readonly promptSwap: Permutation | null;
  /** Equality of the noise-corrected variances for normal effects, with the intervals for a headline. */
  readonly noiseCorrected: NoiseCorrectedChange | null;
  /** The same without a normal distribution. */
  readonly noiseCorrectedSwap: Permutation | null;
  /**
   * The p-value for a headline: the larger of the two noise-corrected ones. The first rejects too often when a few prompts
   * stand far out, the second with about ten prompts of unequal noise; both at once in no world simulated.
   * 1 where neither side varies beyond its noise: components below 0 differ by their noise alone, as with prompts that
   * all give one answer to everything, whose means are the shares of the labels.
   */
  readonly p: number | null;
  /** Conservative intervals without a normal distribution; null when not asked for or for fewer than three prompts. */
  readonly crossedBootstrap: CrossedBootstrap | null;
}

/**
 * @param before scores before SFT
 * @param after scores after SFT of the same prompts on the same items
 * @param stream a fresh stream for each list of names, e.g. `(...names) => randomStream(seed, task, ...names)`
 * @returns one for each scale, in their order
 * @throws RangeError when the two grids differ in prompts or items
 */
export function sensitivityChanges(
  before: ScoreGrid,
  after: ScoreGrid,
  scales: readonly Scale[],
  stream: (...names: string[]) => Random,
  { moments = pairedMoments(before, after), bootstrap = true }: { moments?: PairedMoments; bootstrap?: boolean } = {},
): SensitivityChange[] {
  const changes = scales.map((scale) => changeOfMoments(moments, scale, (name) => stream(scale, name)));
  const { prompts, items } = before;
  if (!bootstrap || prompts < 3 || items < 2) return changes;
  const onScale = scales.map((scale) => bootstrapScale(scale, moments));
  const random = stream("crossed bootstrap");
  const intervals = crossedBootstrap(before, after, moments, onScale, { random });
  return changes.map((change, s) => ({ ...change, crossedBootstrap: intervals[s] ?? null }));
}

/**
 * {@link sensitivityChanges} on one scale without the bootstrap, which alone needs the scores of the items.
 * @param moments on the probability scale
 */
export function changeOfMoments(
  moments: PairedMoments,
  scale: Scale,
  stream: (name: string) => Random,
): SensitivityChange {
  const here = scale === "logit" ? pairedLogitMoments(moments) : moments;
  const [x, y] = [here.before.means, here.after.means];
  const componentsBefore = varianceComponents(here.before);
  const componentsAfter = varianceComponents(here.after);
  const noiseCorrected = noiseCorrectedChange(here, stream("noise-corrected change"));
  const corrected = noiseCorrectedSwap(here, stream("noise-corrected swap"));
  return {
    scale,
    componentsBefore,
    componentsAfter,
    before: componentsBefore && promptSd(componentsBefore),
    after: componentsAfter && promptSd(componentsAfter),
    pitmanMorgan: pitmanMorgan(x, y),
    promptSwap: promptSwap(x, y, stream("prompt swap")),
    noiseCorrected,
    noiseCorrectedSwap: corrected,
    p: headlineP(noiseCorrected, corrected),
    crossedBootstrap: null,
  };
}

/** See {@link SensitivityChange.p}. */
export function headlineP(noiseCorrected: NoiseCorrectedChange | null, swap: Permutation | null): number | null {
  if (!noiseCorrected || !swap) return null;
  const nothingVaries = noiseCorrected.sdBefore === 0 && noiseCorrected.sdAfter === 0;
  return nothingVaries ? 1 : Math.max(noiseCorrected.p, swap.p);
}
