/** Decides which datasets were learned in pre-training, and which only in fine-tuning. */

import { percentile } from "./level.js";

/** Scores of one dataset at checkpoints in the order of their steps. NaN where one was not measured. */
export interface LearningCurve {
  readonly name: string;
  readonly base: ArrayLike<number>;
  /** After SFT, at the same checkpoints. */
  readonly sft: ArrayLike<number>;
  /** Standard error of one score; null where it is not known. */
  readonly stderr: number | null;
}

type LearnedIn = "pre-training" | "fine-tuning" | "neither";

/** Holds a dataset's group with the two gains that decided it. */
export interface Learned {
  readonly name: string;
  readonly learnedIn: LearnedIn;
  /** Median base score over the later half of the checkpoints, less the first base score. */
  readonly preTrainingGain: number;
  /** Median over the later half of the checkpoints of (SFT - base). */
  readonly fineTuningGain: number;
}

/** Sets the gain below which nothing is called learning, however precise: score units. */
const SMALLEST_GAIN = 0.02;

/**
 * Puts a dataset into the stage with the larger gain, if that gain is above 0.02 and above 2 sqrt(2) standard errors of
 * a score. The later half is where pre-training has had its say. The groups are found in the outcome itself, so a
 * group's mean change describes the data and tests nothing. The rule is this project's own.
 * @throws RangeError when base and SFT differ in length
 */
export function learnedIn({ name, base, sft, stderr }: LearningCurve): Learned {
  const n = base.length;
  if (sft.length !== n) throw new RangeError(`${name}: ${n} base scores and ${sft.length} after SFT`);
  const later = Array.from({ length: n - Math.floor(n / 2) }, (_, k) => Math.floor(n / 2) + k);
  const median = (values: number[]) =>
    percentile(
      values.filter((value) => !Number.isNaN(value)),
      0.5,
    );
  const first = Array.from(base).find((value) => !Number.isNaN(value)) ?? NaN;
  const preTrainingGain = median(later.map((k) => base[k] as number)) - first;
  const fineTuningGain = median(later.map((k) => (sft[k] as number) - (base[k] as number)));
  const least = Math.max(SMALLEST_GAIN, 2 * Math.SQRT2 * (stderr ?? 0));
  const stage: LearnedIn = preTrainingGain > fineTuningGain ? "pre-training" : "fine-tuning";
  return {
    name,
    learnedIn: Math.max(preTrainingGain, fineTuningGain) > least ? stage : "neither",
    preTrainingGain,
    fineTuningGain,
  };
}

/** Computes the mean over curves of SFT - base at each checkpoint, over the curves measured there. */
export function meanChange(curves: readonly Pick<LearningCurve, "base" | "sft">[]): Float64Array {
  const checkpoints = Math.max(0, ...curves.map(({ base }) => base.length));
  return Float64Array.from({ length: checkpoints }, (_, k) => {
    const changes = curves
      .map(({ base, sft }) => (sft[k] as number) - (base[k] as number))
      .filter((value) => !Number.isNaN(value));
    return changes.reduce((sum, value) => sum + value, 0) / changes.length;
  });
}
