/** Reads training steps out of the names of revisions and folders: step1000-tokens4B, step143000, ckpt_100, iter-0005000. */

import picomatch from "picomatch";

/** What a name says about a point of training. */
export interface TrainingStep {
  readonly name: string;
  /** Optimizer steps (or the release's own count of checkpoints, as in ckpt_100). */
  readonly step: number;
  /** Tokens seen, where the name says so. */
  readonly tokens: number | undefined;
  /** Part of a staged run, e.g. "stage1" or "stage2-ingredient1". */
  readonly stage: string | undefined;
}

const STEP = /(?:^|[-_./])(?:global[-_]?step|steps?|ckpt|checkpoint|iter|iteration)[-_]?0*(\d+)(?![\dA-Za-z])/i;
const TOKENS = /(?:^|[-_])(?:tokens?[-_]?(\d+(?:\.\d+)?)([KMBT])|(\d+(?:\.\d+)?)([KMBT])[-_]?tokens?)(?![A-Za-z\d])/i;
const STAGE = /(?:^|[-_./])(stage[-_]?\d+(?:[-_]ingredient[-_]?\d+)?)(?![\dA-Za-z])/i;
const UNITS: Record<string, number> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** @returns undefined for a name that does not look like a training step */
export function parseTrainingStep(name: string): TrainingStep | undefined {
  const step = Number(STEP.exec(name)?.[1] ?? NaN);
  if (!Number.isSafeInteger(step)) return undefined;
  const tokens = TOKENS.exec(name);
  const [amount, unit] = [tokens?.[1] ?? tokens?.[3], tokens?.[2] ?? tokens?.[4]];
  return {
    name,
    step,
    tokens: unit === undefined ? undefined : Math.round(Number(amount) * (UNITS[unit.toUpperCase()] ?? NaN)),
    stage: STAGE.exec(name)?.[1],
  };
}

/** The names that are training steps, in the order of training: by stage, then by step. */
export function trainingSteps(names: readonly string[]): TrainingStep[] {
  const steps = names.map(parseTrainingStep).filter((step) => step !== undefined);
  const byStage = new Intl.Collator("en", { numeric: true });
  return steps.sort(
    (a, b) => byStage.compare(a.stage ?? "", b.stage ?? "") || a.step - b.step || (a.name < b.name ? -1 : 1),
  );
}

/** Names that match a glob such as step*, in the order of training; other matches follow by name. */
export function matchRevisions(names: readonly string[], glob: string): string[] {
  const isMatch = picomatch(glob);
  const matches = names.filter((name) => isMatch(name));
  const ordered = trainingSteps(matches).map(({ name }) => name);
  return [...ordered, ...matches.filter((name) => !ordered.includes(name)).sort()];
}

/** The numbers nearest to the one asked for, in ascending order. */
export function nearestSteps(asked: number, steps: readonly TrainingStep[], count = 3): number[] {
  const distinct = [...new Set(steps.map(({ step }) => step))];
  return distinct
    .sort((a, b) => Math.abs(a - asked) - Math.abs(b - asked) || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}
