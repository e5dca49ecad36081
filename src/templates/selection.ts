/** What --prompts takes: names, globs, whole axes, samples of formats and of the product of all axes. */

import picomatch from "picomatch";
import { didYouMean, UsageError } from "../base/errors.js";
import { parseLevel, type Levels } from "./axes.js";
import { EXPERIMENT_FORMATS } from "./catalog.js";
import { ENUMERATORS, PRESENTATIONS } from "./choices.js";
import { crossSample } from "./cross.js";
import { designOf } from "./design.js";
import { formatsOf, formatTemplate } from "./format/format.js";
import { answerWordsFor } from "./labels.js";
import { parseNoise } from "./noise.js";
import { someOrders } from "./order.js";
import { SHOT_SEPARATOR_NAMES } from "./shots.js";
import { formatsIn, naturalLevels, usableWordings, variantIn, type PromptSpace } from "./space.js";
import type { Template } from "./template.js";
import { variantWith, type PromptVariant } from "./variant.js";

/** Most prompts that one word may ask for. */
const MOST = 10_000;

type Select = (space: PromptSpace) => (PromptVariant | undefined)[];

const defaultOf = ({ wordings }: PromptSpace) => wordings[0] as Template;
const eachWording: Select = (space) => usableWordings(space).map((template) => variantIn(space, template));
/** The first wording at each of the levels that go with the task; at none of them it stands alone. */
const atLevels = (space: PromptSpace, levels: readonly Levels[]) => [
  variantIn(space, defaultOf(space)),
  ...levels.map((level) => variantIn(space, defaultOf(space), level)),
];
const labels: Select = (space) =>
  atLevels(
    space,
    answerWordsFor(space.task).map((name) => ({ labels: name })),
  );
const choices: Select = (space) =>
  atLevels(
    space,
    PRESENTATIONS.flatMap((name) => (name === "cloze" ? [] : [{ choices: name }])),
  );

/** Words that stand for several prompts. */
const GROUPS: Readonly<Record<string, Select>> = {
  paper: (space) =>
    space.wordings.filter(({ id }) => EXPERIMENT_FORMATS.includes(id)).map((template) => variantIn(space, template)),
  wording: eachWording,
  labels,
  choices,
  design: designOf,
  all: (space) => [
    ...eachWording(space),
    ...labels(space),
    ...choices(space),
    ...ordersOf(space, 4),
    ...drawsOf(space, 4),
    ...atLevels(space, [
      { shotOrder: { kind: "reversed" } },
      { balance: true },
      ...SHOT_SEPARATOR_NAMES.flatMap((name) => (name === "newline" ? [] : [{ between: name }])),
    ]),
  ],
};

/** Words that take a number of prompts, and some a seed. */
const COUNTED: Readonly<
  Record<string, (space: PromptSpace, n: number, seed: number) => (PromptVariant | undefined)[]>
> = {
  format: (space, n, seed) => sampleOfFormats(space, n, seed).map((template) => variantIn(space, template)),
  shots: drawsOf,
  order: ordersOf,
  cross: crossSample,
};

/** Different draws of the shots. */
function drawsOf(space: PromptSpace, n: number): (PromptVariant | undefined)[] {
  return atLevels(
    space,
    Array.from({ length: n - 1 }, (_, i) => ({ draw: i + 1 })),
  );
}

/** Different orders of choices that are answered by letter; a task without choices is left as it is. */
function ordersOf(space: PromptSpace, n: number): (PromptVariant | undefined)[] {
  if (space.task.answer.kind !== "multiple-choice") return atLevels(space, []);
  return someOrders(n).map((order) =>
    variantIn(space, defaultOf(space), { choices: "letter", ...(order === undefined ? {} : { order }) }),
  );
}

function sampleOfFormats(space: PromptSpace, n: number, seed: number): Template[] {
  const sample: Template[] = [];
  for (const template of formatsIn(space, seed)) {
    if (sample.length === n) break;
    sample.push(template);
  }
  if (sample.length < n) {
    throw new UsageError(
      `format:${n}: there are ${sample.length} formats for ${space.task.name}; ask for at most these`,
    );
  }
  return sample;
}

/**
 * The prompts of a task that the words name, each once: wordings in the family's order, then formats.
 * @throws UsageError with the nearest name when a word is none, or names nothing that goes with the task
 */
export function selectVariants(space: PromptSpace, words: readonly string[]): PromptVariant[] {
  const found = new Map<string, PromptVariant>();
  for (const word of words) for (const variant of variantsNamed(space, word)) found.set(variant.hash, variant);
  const place = ({ template }: PromptVariant) => {
    const index = space.wordings.indexOf(template);
    return index < 0 ? space.wordings.length : index;
  };
  return [...found.values()].sort((a, b) => place(a) - place(b) || compare(a.template.id, b.template.id));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function variantsNamed(space: PromptSpace, word: string): PromptVariant[] {
  const group = Object.hasOwn(GROUPS, word) ? GROUPS[word] : undefined;
  if (group !== undefined) return group(space).filter((variant) => variant !== undefined);
  const [, noise] = /^noise:(.*)$/s.exec(word) ?? [];
  if (noise !== undefined) {
    const variant = variantIn(space, defaultOf(space), { noise: parseNoise(noise) });
    return variant === undefined ? [] : [variant];
  }
  if (!word.includes("+")) {
    const counted = countedWord(word);
    if (counted !== undefined) return counted.select(space, counted.n, counted.seed).filter((one) => one !== undefined);
  }
  return product(space, word);
}

function countedWord(word: string) {
  const [, name = "", number = "", seed = "0"] = /^([a-z]+):([^@]*)(?:@(.*))?$/s.exec(word) ?? [];
  const select = Object.hasOwn(COUNTED, name) ? COUNTED[name] : undefined;
  if (select === undefined) return undefined;
  const n = Number(number);
  if (!/^\d{1,9}$/.test(number) || n < 1 || n > MOST || !/^\d{1,9}$/.test(seed)) {
    throw new UsageError(
      `prompts "${word}": expected ${name}:N or ${name}:N@SEED with N from 1 to ${MOST.toLocaleString("en")}`,
    );
  }
  return { select, n, seed: Number(seed) };
}

/** `WORDING|WORDING+AXIS=LEVEL|LEVEL+…`: every combination that goes with the task. */
function product(space: PromptSpace, word: string): PromptVariant[] {
  const [bases = "", ...axes] = word.split("+");
  const templates = bases.split("|").flatMap((base) => templatesNamed(space, base));
  const levels = axes.reduce<Levels[]>((before, axis) => {
    const [, name = axis, given = ""] = /^([^=]*)=(.*)$/s.exec(axis) ?? [];
    if (axes.filter((other) => other.split("=")[0] === name).length > 1) {
      throw new UsageError(`prompt "${word}": the axis ${name} is given twice; write ${name}=LEVEL|LEVEL`);
    }
    const parsed = given.split("|").map((level) => parseLevel(given === "" ? name : `${name}=${level}`));
    return before.flatMap((one) => parsed.map((level) => ({ ...one, ...level })));
  }, [{}]); // prettier-ignore
  const made = templates.flatMap((template) =>
    levels.map((level) => {
      const all = { ...naturalLevels(space.task, template), ...level };
      return variantWith(template, all, space.task, space);
    }),
  );
  const variants = made.flatMap((one) => ("unfit" in one ? [] : [one]));
  const [unfit] = made.flatMap((one) => ("unfit" in one ? [one.unfit] : []));
  if (variants.length === 0) throw new UsageError(`prompt "${word}" does not go with ${space.task.name}: ${String(unfit)}`); // prettier-ignore
  return variants;
}

function templatesNamed(space: PromptSpace, base: string): readonly Template[] {
  const { wordings, task } = space;
  if (base === "wording") return usableWordings(space);
  if (base === "paper") return wordings.filter(({ id }) => EXPERIMENT_FORMATS.includes(id));
  const counted = countedWord(base);
  if (counted !== undefined && base.startsWith("format:")) return sampleOfFormats(space, counted.n, counted.seed);
  const format = formatsOf(task.family).get(base);
  if (format !== undefined) return [formatTemplate(task.family, format)];
  const matches = wordings.filter(({ id }) => id === base || (base !== "" && picomatch.isMatch(id, base)));
  if (matches.length > 0) return matches;
  const known = [...Object.keys(GROUPS), "format:50", "shots:8", "order:4", "cross:100", "noise:typos", ...wordings.map(({ id }) => id)]; // prettier-ignore
  throw new UsageError(`no prompt "${base}" in the family ${task.family}${didYouMean(base, known)}`);
}

/** How many levels each axis has for a task; 1 where the axis does nothing. */
export function axisSizes(space: PromptSpace): Record<string, number> {
  const isChoice = space.task.answer.kind === "multiple-choice";
  return {
    wording: usableWordings(space).length,
    format: [...formatsIn(space, 0)].length,
    labels: Math.max(1, answerWordsFor(space.task).length),
    choices: isChoice ? PRESENTATIONS.length : 1,
    enumerator: isChoice ? ENUMERATORS.size : 1,
    between: space.numFewshot === 0 ? 1 : SHOT_SEPARATOR_NAMES.length,
    design: designOf(space).length,
  };
}
