/**
 * Reads training steps out of the names of revisions and folders: step1000-tokens4B, step143000, ckpt_100,
 * iter-0005000.
 */

import picomatch from "picomatch";
import { naturally } from "../../base/wording.js";

/** Holds what a name says about a point of training. */
export interface TrainingStep {
  readonly name: string;
  /**
   * Optimizer steps (or the release's own count of checkpoints, as in ckpt_100); undefined where only tokens are told.
   */
  readonly step: number | undefined;
  /** Tokens seen, where the name says so. */
  readonly tokens: number | undefined;
  /** Part of a staged run, e.g. "stage1", "stage2-ingredient1" or "lc-4k-to-32k". */
  readonly stage: string | undefined;
  /** Which of several runs that differ in their seed, e.g. "default" or "small-aux-2". */
  readonly seed: string | undefined;
}

const BEFORE = String.raw`(?:^|[-_./])`;
/** Ends a number: neither a date (2024-05-01) nor a number in groups (1,000, 12_345) is taken for its first part. */
const END = String.raw`(?![\dA-Za-z]|[-_.]\d\d[-_.]\d\d(?!\d)|[,_]\d{3}(?!\d))`;
const COUNT = String.raw`0*(\d+(?:\.\d+)?)([KM])?`;
const STEP = [
  new RegExp(
    `${BEFORE}(?:global[-_]?steps?|steps?|ckpt|checkpoint|iters?|iterations?|updates?|batch|ba)[-_=]?${COUNT}${END}`,
    "i",
  ),
  new RegExp(`${BEFORE}${COUNT}[-_]?steps?${END}`, "i"),
  // Per cent of the run, as the release counts its checkpoints.
  new RegExp(`${BEFORE}(?:pct|percent)[-_]?${COUNT}${END}`, "i"),
  new RegExp(`${BEFORE}${COUNT}[-_]?(?:pct|percent|%)${END}`, "i"),
  new RegExp(`${BEFORE}epochs?[-_=]?${COUNT}${END}`, "i"),
];
const AMOUNT = String.raw`(\d+(?:\.\d+)?)([KMBT])`;
const TOKENS = [
  new RegExp(`(?:^|[-_])tokens?[-_=]?${AMOUNT}${END}`, "i"),
  new RegExp(String.raw`(?:^|[-_])tokens?[-_=]?(\d{6,})${END}`, "i"),
  new RegExp(`(?:^|[-_])${AMOUNT}[-_]?tokens?${END}`, "i"),
  new RegExp(String.raw`(?:^|[-_])(\d{6,})[-_]?tokens?${END}`, "i"),
];
/** Matches an amount behind a step, as in step-001000-2BT. */
const TOKENS_BEHIND = new RegExp(String.raw`[-_](\d+(?:\.\d+)?)([BT])T?$`, "i");
const WORDS_OR_TOKENS = "(?:words?|tok|tokens?)";
/** Matches a name that is an amount and nothing else: 100B, chck_10M, train_00220B, 240b_tokens, tokens-50B. */
const TOKENS_ALONE = new RegExp(
  `^(?:(?:chck|ckpt|checkpoint|train|(?:n[-_])?${WORDS_OR_TOKENS})[-_=]?)?${AMOUNT}(?:T|[-_]?${WORDS_OR_TOKENS})?$`,
  "i",
);
const TOKENS_IN_FULL = [
  new RegExp(String.raw`^(?:n[-_])?${WORDS_OR_TOKENS}[-_=]?(\d{6,})$`, "i"),
  new RegExp(String.raw`^(\d{6,})[-_]?${WORDS_OR_TOKENS}$`, "i"),
];
const AMOUNT_ALONE = new RegExp(`^${AMOUNT}T?$`, "i");
const SAYS_TOKENS = new RegExp(WORDS_OR_TOKENS, "i");
const STAGE = new RegExp(
  String.raw`${BEFORE}((?:stage|phase)[-_]?\d+(?:\.\d+)?(?:[-_]ingredient[-_]?\d+)?)${END}`,
  "i",
);
/** Stages that continue an earlier one, in the order in which releases have them. */
const LATER_STAGES = [
  /^mid[-_]?train/i,
  /^(?:anneal|decay|cooldown)/i,
  /^(?:lc|long|long[-_]?(?:ctx|context)|context|extension|ext)(?![a-z])/i,
];
const SEED = new RegExp(String.raw`${BEFORE}seed[-_]?(\d+${END}|[A-Za-z][\w.-]*$)`, "i");
const SEPARATORS = /^[-_./]+|[-_./]+$/g;
/** Matches what tells of one checkpoint alone, and so nothing of its run: epoch, rank, losses. */
const OF_ONE_POINT = new RegExp(String.raw`${BEFORE}(?:ep|epochs?|rank|(?:[a-z]+[-_])?(?:loss|ppl|acc))[-_=]?\d+(?:\.\d+)?${END}`, "gi"); // prettier-ignore
const UNITS: Record<string, number> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** Says how names are read and stages ordered. */
export interface Reading {
  /** Returns undefined for a name that tells no point of training. */
  readonly point: (name: string) => TrainingStep | undefined;
  /** Place of a stage among others; of those of one place the names decide. "" is no stage. */
  readonly place: (stage: string) => number;
}

/** Names tell what they tell, and later stages follow the numbered ones. */
export const PLAIN_READING: Reading = { point: parseTrainingStep, place: laterStage };

/** Reads a whole number that may have a unit: 1000, 50K, 105B; undefined for any other text. */
export function countOf(text: string): number | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMBT])?\s*$/i.exec(text) ?? [];
  const value = amountOf(amount, unit);
  return unit === undefined && amount?.includes(".") === true ? undefined : value;
}

function amountOf(amount: string | undefined, unit: string | undefined): number | undefined {
  if (amount === undefined) return undefined;
  const value = Number(amount) * (unit === undefined ? 1 : (UNITS[unit.toUpperCase()] ?? NaN));
  return Number.isSafeInteger(Math.round(value)) ? Math.round(value) : undefined;
}

/** @returns undefined for a name that does not look like a training step */
export function parseTrainingStep(name: string): TrainingStep | undefined {
  // A folder of a revision is written REVISION:FOLDER.
  const own = name.slice(name.lastIndexOf(":") + 1);
  const seed = SEED.exec(own)?.[1];
  const rest = seed === undefined ? own : own.replace(SEED, "").replace(SEPARATORS, "");
  const found = stepIn(rest);
  const alone = tokensAlone(rest);
  // What counts millions without saying of what, or counts tokens, is no step: checkpoint_10M, checkpoint_10M_tokens.
  const isStep = found !== undefined && (alone === undefined || !(SAYS_TOKENS.test(rest) || /M/i.test(found[2] ?? "")));
  if (!isStep) return alone && { name, step: undefined, ...alone, seed };
  const step = found[2] === undefined && found[1]?.includes(".") === true ? undefined : amountOf(found[1], found[2]);
  return step === undefined ? undefined : { name, step, tokens: tokensOf(rest), stage: stageOf(rest, found), seed };
}

/** Finds the step in a name: its digits and its unit. */
function stepIn(name: string): RegExpExecArray | undefined {
  return STEP.map((pattern) => pattern.exec(name)).find((match) => match !== null);
}

function tokensOf(name: string): number | undefined {
  const named = TOKENS.map((pattern) => pattern.exec(name)).find((match) => match !== null);
  const found = named ?? TOKENS_BEHIND.exec(name);
  return amountOf(found?.[1], found?.[2]);
}

/** Reads a name that tells tokens and no step, with its stage: 100B, stage2-50B, lc-tokens-20B. */
function tokensAlone(name: string): Pick<TrainingStep, "tokens" | "stage"> | undefined {
  const numbered = STAGE.exec(name)?.[1];
  const splits: (readonly [stage: string | undefined, rest: string])[] = [[undefined, name]];
  if (numbered !== undefined) splits.push([numbered, name.replace(STAGE, "").replace(SEPARATORS, "")]);
  else {
    for (const { index } of name.matchAll(/[-_]/g)) {
      const [before, behind] = [name.slice(0, index), name.slice(index + 1)];
      if (laterStage(before) > 0) splits.push([before, behind]);
      if (laterStage(behind) > 0) splits.push([behind, before]);
    }
  }
  for (const [stage, rest] of splits) {
    const found = [TOKENS_ALONE, ...TOKENS_IN_FULL]
      .map((pattern) => pattern.exec(rest))
      .find((match) => match !== null);
    const [, amount, unit] = found ?? [];
    const tokens = amountOf(amount, unit);
    if (tokens !== undefined) return { tokens, stage };
  }
  return undefined;
}

/** Tells whether a name is an amount alone, as 7B: in a folder that may be the size of a model as well. */
export function isAmountAlone(name: string): boolean {
  return AMOUNT_ALONE.test(name);
}

/** @param step where the step stands: a later stage is told by what stands before it, or behind it and the tokens */
function stageOf(name: string, step: RegExpExecArray): string | undefined {
  const numbered = STAGE.exec(name)?.[1];
  if (numbered !== undefined) return numbered;
  const before = name.slice(0, step.index).replace(/^.*[./]/, "");
  const tokens = TOKENS.reduce((rest, pattern) => rest.replace(pattern, ""), name.slice(step.index + step[0].length));
  const behind = tokens.replace(TOKENS_BEHIND, "").replace(SEPARATORS, "");
  return [before, behind].find((stage) => stage !== "" && laterStage(stage) > 0);
}

/** Returns the place of a stage after the numbered ones; 0 for those. */
function laterStage(stage: string): number {
  return 1 + LATER_STAGES.findIndex((pattern) => pattern.test(stage));
}

/**
 * Returns what stands in a name before its stage and step: "model" of "model-stage1-step100-tokens4B", "" of
 * "step100-seed-default" and "tokens-50B"; undefined where it tells no point of training.
 */
export function nameBeforeStep(name: string): string | undefined {
  const { step, tokens, stage = "" } = parseTrainingStep(name) ?? {};
  if (step === undefined) return tokens === undefined ? undefined : "";
  const before = name.slice(0, stepIn(name)?.index ?? 0);
  const stageAt = stage === "" ? -1 : before.lastIndexOf(stage);
  return (stageAt < 0 ? before : before.slice(0, stageAt)).replace(/[-_. ]+$/, "");
}

/**
 * Returns what a name says of the run that its point belongs to, before and behind the point: "runA" of "runA-step100",
 * "lr3" of "step100-tokens4B-lr3"; "" where it says nothing but step, tokens, stage and seed.
 */
export function wordsOfRun(name: string): { readonly before: string; readonly behind: string } {
  const own = name.replace(SEED, "");
  const found = stepIn(own);
  const { step, stage = "" } = parseTrainingStep(name) ?? {};
  if (found === undefined || step === undefined) return { before: "", behind: "" };
  const bare = (text: string) =>
    [...TOKENS, TOKENS_BEHIND, stage, OF_ONE_POINT]
      .reduce<string>((rest, pattern) => (pattern === "" ? rest : rest.replace(pattern, "")), text)
      .replace(SEPARATORS, "");
  return { before: bare(own.slice(0, found.index)), behind: bare(own.slice(found.index + found[0].length)) };
}

/** Tells what orders the points of one stage: steps, or the tokens where no name tells steps. */
export function positionOf({ step, tokens }: Pick<TrainingStep, "step" | "tokens">): number {
  return step ?? tokens ?? 0;
}

/**
 * Returns the names that are training steps, in the order of training: by seed, by stage, then by step. Names that are
 * numbers alone are steps where there are several of them.
 */
export function trainingSteps(names: readonly string[], reading: Reading = PLAIN_READING): TrainingStep[] {
  const numbers = names.filter((name) => /^\d{1,15}$/.test(name));
  const steps = names
    .map((name) => reading.point(name) ?? (numbers.length > 1 && numbers.includes(name) ? plainStep(name) : undefined))
    .filter((step) => step !== undefined);
  return steps.sort(
    (a, b) =>
      naturally(a.seed ?? "", b.seed ?? "") ||
      reading.place(a.stage ?? "") - reading.place(b.stage ?? "") ||
      naturally(a.stage ?? "", b.stage ?? "") ||
      positionOf(a) - positionOf(b) ||
      (a.name < b.name ? -1 : 1),
  );
}

/** Reads a name that is a number alone, where that is known to be a step. */
export function plainStep(name: string): TrainingStep | undefined {
  if (!/^\d{1,15}$/.test(name)) return undefined;
  return { name, step: Number(name), tokens: undefined, stage: undefined, seed: undefined };
}

/** Names that match a glob such as step*, in the order of training; other matches follow by name, main as the last. */
export function matchRevisions(names: readonly string[], glob: string, reading: Reading = PLAIN_READING): string[] {
  const isMatch = picomatch(glob);
  const matches = names.filter((name) => isMatch(name));
  const ordered = trainingSteps(matches, reading).map(({ name }) => name);
  const others = matches.filter((name) => !ordered.includes(name)).sort();
  return [...ordered, ...others.filter((name) => name !== "main"), ...others.filter((name) => name === "main")];
}

/** Returns the steps, or numbers of tokens, nearest to the one asked for, in ascending order. */
export function nearestPlaces(
  asked: number,
  steps: readonly TrainingStep[],
  what: "step" | "tokens",
  count = 3,
): number[] {
  const distinct = [...new Set(steps.flatMap((one) => one[what] ?? []))];
  return distinct
    .sort((a, b) => Math.abs(a - asked) - Math.abs(b - asked) || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}
