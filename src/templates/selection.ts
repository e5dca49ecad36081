/** Reads what --prompts takes: names, globs, whole axes, samples of formats and of the product of all axes. */

import picomatch from "picomatch";
import { didYouMean, UsageError } from "../base/errors.js";
import type { LevelAxis, Levels } from "./axes/axis.js";
import { format } from "./axes/format.js";
import { axisNamed, LEVEL_AXES, levelAxisNamed } from "./axes/registry.js";
import { wording } from "./axes/wording.js";
import { EXPERIMENT_FORMATS } from "./catalog.js";
import { alsoCrossed, crossSample } from "./cross.js";
import { crossedDesignOf, designOf } from "./design.js";
import { formatsOf, formatTemplate } from "./format/format.js";
import { formatsIn, usableWordings, type PromptSpace } from "./space.js";
import type { Template } from "./template.js";
import { variantIn, variantWith, type PromptVariant } from "./variant.js";

/** Limits the prompts that one word may ask for. */
const MOST = 10_000;

/** Sets how many levels `all` takes of an axis that has more of them than it lists. */
const SOME = 4;

/** Names the word for the default design. */
const DESIGN = "design";

/** Names the word that samples the product of the axes. */
const CROSS = "cross";

type Select = (space: PromptSpace) => readonly PromptVariant[];

const defaultOf = ({ wordings }: PromptSpace) => wordings[0] as Template;
const eachWording: Select = (space) => usableWordings(space).flatMap((template) => variantIn(space, template) ?? []);

/** Returns the paper's wordings. @throws UsageError for a family that has none of their names */
function paper({ wordings, task }: PromptSpace): Template[] {
  const found = wordings.filter(({ id }) => EXPERIMENT_FORMATS.includes(id));
  if (found.length > 0) return found;
  throw new UsageError(`prompts "paper": the family ${task.family.name} has no wording default, instruct or io`);
}

/** Lists the words that stand for several prompts, beside the names of the axes. */
const GROUPS: Readonly<Record<string, Select>> = {
  paper: (space) => paper(space).flatMap((template) => variantIn(space, template) ?? []),
  [wording.name]: eachWording,
  [DESIGN]: (space) => designOf(space),
  axes: crossedDesignOf,
  all: (space) => [
    ...eachWording(space),
    ...LEVEL_AXES.flatMap((axis) => {
      const listed = axis.levels?.(space) ?? [];
      return atLevels(space, axis, axis.many === undefined ? listed : listed.slice(0, SOME)).variants;
    }),
  ],
};

/**
 * Returns the first wording at levels of an axis, those that do not go with the task left out; alone where none is
 * left.
 */
function atLevels(space: PromptSpace, axis: LevelAxis, levels: readonly unknown[]) {
  const { needs = {} } = axis;
  const plain = variantIn(space, defaultOf(space));
  const made = levels.map((level) => variantWith(defaultOf(space), { ...needs, ...axis.at(level) }, space.task, space));
  const fitting = made.flatMap((one) => ("unfit" in one ? [] : [one]));
  const withPlain = axis.needs === undefined || fitting.length === 0;
  return {
    variants: withPlain && plain !== undefined ? [plain, ...fitting] : fitting,
    unfit: made.flatMap((one) => ("unfit" in one ? [one.unfit] : [])),
  };
}

/** Returns a whole axis: the first wording at each of its levels; alone where the axis does nothing for the task. */
function wholeAxis(space: PromptSpace, word: string, axis: LevelAxis): readonly PromptVariant[] {
  const listed = axis.levels?.(space);
  if (listed === undefined) throw new UsageError(`prompts "${word}": name the levels, as in ${axis.name}:… or +${axis.name}=…`); // prettier-ignore
  const { variants, unfit } = atLevels(space, axis, listed);
  const [reason] = unfit;
  // The level that the wording has anyway goes with it always.
  if (reason !== undefined && unfit.length >= listed.length - 1) {
    throw new UsageError(`prompts "${word}" do not go with ${space.task.name}: ${reason}`);
  }
  return variants;
}

/** Selects `AXIS:N`, so many levels of an axis that has any number of them; else `AXIS:LEVEL`. */
function axisWith(space: PromptSpace, word: string, axis: LevelAxis, argument: string): readonly PromptVariant[] {
  if (axis.many === undefined) return product(space, `${defaultOf(space).id}+${axis.name}=${argument}`);
  const { n } = countOf(word);
  // Where the axis does nothing, the first wording stands alone.
  const levels = (axis.levels?.(space) ?? []).length === 0 ? [] : axis.many(n);
  return atLevels(space, axis, levels).variants;
}

/** Reads the number and the seed of `NAME:N` or `NAME:N@SEED`. @throws UsageError */
function countOf(word: string): { readonly n: number; readonly seed: number } {
  const [, name = "", number = "", seed = "0"] = /^([^:]*):([^@]*)(?:@(.*))?$/s.exec(word) ?? [];
  const n = Number(number);
  if (!/^\d{1,9}$/.test(number) || n < 1 || n > MOST || !/^\d{1,9}$/.test(seed)) {
    throw new UsageError(
      `prompts "${word}": expected ${name}:N or ${name}:N@SEED with N from 1 to ${MOST.toLocaleString("en")}`,
    );
  }
  return { n, seed: Number(seed) };
}

function sampleOfFormats(space: PromptSpace, word: string): Template[] {
  const { n, seed } = countOf(word);
  const sample: Template[] = [];
  for (const template of formatsIn(space, seed)) {
    if (sample.length === n) break;
    sample.push(template);
  }
  if (sample.length < n) {
    throw new UsageError(
      `${format.name}:${n}: there are ${sample.length} formats for ${space.task.name}; ask for at most these`,
    );
  }
  return sample;
}

/** Selects `design:N`: the default design with N wordings. @throws UsageError where there are fewer */
function designWith(space: PromptSpace, word: string): readonly PromptVariant[] {
  const { n } = countOf(word);
  const variants = designOf(space, n);
  if (variants.length < n) {
    throw new UsageError(
      `${word}: there are ${variants.length} wordings and formats for ${space.task.name}; ask for at most these`,
    );
  }
  return variants;
}

/**
 * Returns the prompts of a task that the words name, each once: wordings in the family's order, then formats.
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

function variantsNamed(space: PromptSpace, word: string): readonly PromptVariant[] {
  const group = Object.hasOwn(GROUPS, word) ? GROUPS[word] : undefined;
  if (group !== undefined) return group(space);
  if (word.startsWith(`${DESIGN}:`)) return designWith(space, word);
  if (!word.includes("+") && !isTemplate(space, word)) {
    const [, name = word, argument] = /^([^:]*):(.*)$/s.exec(word) ?? [];
    const axis =
      LEVEL_AXES.find(({ countedWas }) => argument !== undefined && countedWas === name) ??
      LEVEL_AXES.find((one) => one === axisNamed(name));
    if (axis !== undefined) return argument === undefined ? wholeAxis(space, word, axis) : axisWith(space, word, axis, argument); // prettier-ignore
  }
  return product(space, word);
}

const isTemplate = ({ wordings }: PromptSpace, word: string) => wordings.some(({ id }) => id === word);

/** Selects `WORDING|WORDING+AXIS=LEVEL|LEVEL+…`: every combination that goes with the task. */
function product(space: PromptSpace, word: string): PromptVariant[] {
  const [bases = "", ...parts] = word.split("+");
  const isSample = bases.startsWith(`${CROSS}:`);
  // Behind a sample of the product, the name of an axis alone has the sample vary it too.
  const further = isSample ? parts.filter((part) => !part.includes("=")).map(levelAxisNamed) : [];
  const based = bases.split("|").flatMap((base) => basesNamed(space, base, further));
  const levels = productOf(word, parts.filter((part) => !isSample || part.includes("="))); // prettier-ignore
  const made = based.flatMap((base) =>
    levels.map((level) => variantWith(base.template, { ...base.levels, ...level }, space.task, space)),
  );
  const variants = made.flatMap((one) => ("unfit" in one ? [] : [one]));
  const [unfit] = made.flatMap((one) => ("unfit" in one ? [one.unfit] : []));
  if (variants.length === 0) throw new UsageError(`prompt "${word}" does not go with ${space.task.name}: ${String(unfit)}`); // prettier-ignore
  return variants;
}

/**
 * Returns every combination of the levels in `AXIS=LEVEL|LEVEL` parts. @throws UsageError where an axis is given twice
 */
function productOf(word: string, parts: readonly string[]): Levels[] {
  const given = new Map<LevelAxis, string>();
  return parts.reduce<Levels[]>((before, part) => {
    const [, name = part, levels = ""] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const axis = levelAxisNamed(name);
    const other = given.get(axis);
    if (other !== undefined) {
      const names = other === name ? "" : ` (as ${other} and as ${name})`;
      throw new UsageError(`prompt "${word}": the axis ${axis.name} is given twice${names}; write ${axis.name}=LEVEL|LEVEL`); // prettier-ignore
    }
    given.set(axis, name);
    const parsed = levels.split("|").map((level) => {
      if (level === "") throw new UsageError(`prompt axis ${axis.name}: give a level, as in +${axis.name}=…`);
      return axis.at(axis.parse(level));
    });
    return before.flatMap((one) => parsed.map((level) => ({ ...one, ...level })));
  }, [{}]); // prettier-ignore
}

/** Returns what stands before the first `+`: templates, or the prompts of a sample. */
function basesNamed(
  space: PromptSpace,
  base: string,
  further: readonly LevelAxis[],
): readonly { readonly template: Template; readonly levels: Levels }[] {
  const { wordings, task } = space;
  const plain = (templates: readonly Template[]) => templates.map((template) => ({ template, levels: {} }));
  if (base === wording.name) return plain(usableWordings(space));
  if (base === "paper") return plain(paper(space));
  if (base.startsWith(`${format.name}:`)) return plain(sampleOfFormats(space, base));
  if (base.startsWith(`${CROSS}:`)) {
    const { n, seed } = countOf(base);
    return further.reduce((sample, axis) => alsoCrossed(space, sample, axis, seed), crossSample(space, n, seed));
  }
  const own = formatsOf(task.family).get(base);
  if (own !== undefined) return plain([formatTemplate(task.family, own)]);
  const matches = wordings.filter(({ id }) => id === base || (base !== "" && picomatch.isMatch(id, base)));
  if (matches.length > 0) return plain(matches);
  const counted = LEVEL_AXES.flatMap((axis) => (axis.many === undefined ? [] : [`${axis.name}:${SOME}`]));
  const whole = LEVEL_AXES.flatMap((axis) => (axis.levels === undefined ? [] : [axis.name]));
  const known = [...Object.keys(GROUPS), ...whole, `${format.name}:50`, ...counted, `${CROSS}:100`, "noise:typos", ...wordings.map(({ id }) => id)]; // prettier-ignore
  throw new UsageError(`no prompt "${base}" in the family ${task.family.name}${didYouMean(base, known)}`);
}
