/** Chooses the prompts of a task that are asked without being told: the default design, and the crossed one. */

import { sha256 } from "../base/hash.js";
import type { Levels } from "./axes/axis.js";
import { LEVEL_AXES, ownLevels } from "./axes/registry.js";
import { EXPERIMENT_FORMATS } from "./catalog.js";
import { formatsIn, usableWordings, type PromptSpace } from "./space.js";
import type { Template } from "./template.js";
import { variantIn, type PromptVariant } from "./variant.js";

/**
 * Sets the number of prompts. With 24 wordings a standard deviation that doubles is seen in about two of three studies
 * of 100 rows.
 */
const DESIGN_SIZE = 24;

/** Sets the seed of the formats that stand in where there are too few wordings. */
const FORMAT_SEED = 0;

/** Counts the levels of an axis that repeats every prompt of the crossed design. */
const REPLICATES = 2;

/**
 * Returns the default design: 24 wordings, each once and with its own draw of shots, in two presentations of 12 each.
 * What is said over prompts then rests on 24 wordings instead of a few, and draws of shots are part of what a wording
 * brings.
 * @param size wordings, where not 24
 */
export function designOf(space: PromptSpace, size = DESIGN_SIZE): PromptVariant[] {
  const presentations = presentationsOf(space);
  const draws = LEVEL_AXES.filter((axis) => axis.replicates === true && (axis.levels?.(space) ?? []).length > 0);
  const levels = draws.map((axis) => ({ axis, each: axis.many?.(size) ?? [] }));
  return assignedWordings(space, presentations, size).flatMap(({ template, presentation }, i) => {
    const own = levels.reduce<Levels>((made, { axis, each }) => ({ ...made, ...axis.at(each[i]) }), {});
    return variantIn(space, template, { ...presentation, ...own }) ?? [];
  });
}

/**
 * Returns the crossed design: every wording in every presentation with every draw of shots, so that what each of the
 * three does can be told apart. Without shots, or where there is but one presentation, there are more wordings instead.
 */
export function crossedDesignOf(space: PromptSpace): PromptVariant[] {
  const presentations = presentationsOf(space);
  const replicates = replicatesOf(space);
  const needed = DESIGN_SIZE / (presentations.length * replicates.length);
  return wordingsFor(space, presentations, needed).flatMap((template) =>
    presentations.flatMap((presentation) =>
      replicates.flatMap((replicate) => variantIn(space, template, { ...presentation, ...replicate }) ?? []),
    ),
  );
}

/**
 * Returns two ways to present the same question: as the task does, and as the first axis that has another way for it.
 */
function presentationsOf(space: PromptSpace): Levels[] {
  const others = LEVEL_AXES.flatMap((axis) => {
    const other = axis.presentation?.(space);
    return other === undefined ? [] : [axis.at(other)];
  });
  return [{}, ...others.slice(0, 1)];
}

/** Returns the levels at which every prompt is repeated: draws of its shots. */
function replicatesOf(space: PromptSpace): Levels[] {
  return LEVEL_AXES.reduce<Levels[]>(
    (made, axis) => {
      const listed = axis.replicates === true ? (axis.levels?.(space) ?? []).slice(0, REPLICATES) : [];
      return listed.length === 0 ? made : made.flatMap((one) => listed.map((level) => ({ ...one, ...axis.at(level) })));
    },
    [{}],
  );
}

/** Returns wordings that go with every presentation; formats where these are too few. */
function wordingsFor(space: PromptSpace, presentations: readonly Levels[], n: number): Template[] {
  const goes = fitsIn(space);
  const chosen: Template[] = [];
  for (const template of inTurn(space, (one) => presentations.every((levels) => goes(one, levels)), chosen)) {
    if (chosen.push(template) === n) break;
  }
  return chosen;
}

/** Returns so many wordings, each in one presentation that it goes with, as many in each. */
function assignedWordings(
  space: PromptSpace,
  presentations: readonly Levels[],
  size: number,
): { readonly template: Template; readonly presentation: Levels }[] {
  const goes = fitsIn(space);
  const places = presentations.map((levels) => ({ levels, taken: 0 }));
  const room = Math.ceil(size / presentations.length);
  const open = (template: Template) => places.filter(({ levels, taken }) => taken < room && goes(template, levels));
  const chosen: Template[] = [];
  const assigned: { template: Template; presentation: Levels }[] = [];
  for (const template of inTurn(space, (one) => open(one).length > 0, chosen)) {
    const [place] = open(template).sort((a, b) => a.taken - b.taken);
    if (place === undefined) continue;
    place.taken++;
    chosen.push(template);
    assigned.push({ template, presentation: place.levels });
    if (assigned.length === size) break;
  }
  return assigned;
}

/** Tells whether a wording goes with a presentation. Own levels are said outright: a wording may name other answers. */
function fitsIn(space: PromptSpace): (template: Template, levels: Levels) => boolean {
  const own = ownLevels(space);
  return (template, levels) => variantIn(space, template, { ...own, ...levels }) !== undefined;
}

/**
 * Yields the paper's wordings, then one of the style that is rarest among the chosen ones, then formats.
 * @param fits asked again before each wording
 * @param chosen grows while wordings are taken
 */
function* inTurn(
  space: PromptSpace,
  fits: (template: Template) => boolean,
  chosen: readonly Template[],
): Generator<Template> {
  const usable = usableWordings(space);
  for (const template of usable) if (EXPERIMENT_FORMATS.includes(template.id) && fits(template)) yield template;
  const left = inLotOrder(usable.filter(({ id }) => !EXPERIMENT_FORMATS.includes(id)));
  for (;;) {
    const fitting = left.filter(fits);
    const times = (template: Template) => chosen.filter(({ style }) => style === template.style).length;
    const fewest = Math.min(...fitting.map(times));
    const next = fitting.find((template) => times(template) === fewest);
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    yield next;
  }
  for (const template of formatsIn(space, FORMAT_SEED)) if (fits(template)) yield template;
}

/**
 * Sorts templates by a lot drawn once for all: that of a name depends on nothing else, and is the same in every family.
 */
function inLotOrder(templates: readonly Template[]): Template[] {
  const lot = ({ id }: Template) => sha256(`lot:${id}`);
  return [...templates].sort((a, b) => (lot(a) < lot(b) ? -1 : 1));
}
