/** The default design: 24 prompts that cross wordings with presentations and draws of shots, each with each. */

import { sha256 } from "../base/hash.js";
import type { Levels } from "./axes/axis.js";
import { LEVEL_AXES, ownLevels } from "./axes/registry.js";
import { EXPERIMENT_FORMATS } from "./catalog.js";
import { formatsIn, usableWordings, type PromptSpace } from "./space.js";
import type { Template } from "./template.js";
import { variantIn, type PromptVariant } from "./variant.js";

/** Number of prompts: enough for tests over prompts to see a standard deviation that is halved. */
export const DESIGN_SIZE = 24;

/** Seed of the formats that stand in where there are too few wordings. */
const FORMAT_SEED = 0;

/** Levels of an axis that repeats every prompt. */
const REPLICATES = 2;

/**
 * The design of a task: every wording in every presentation with every draw of shots, so that what each of the three
 * does can be told apart. Without shots, or where there is but one presentation, there are more wordings instead.
 */
export function designOf(space: PromptSpace): PromptVariant[] {
  const presentations = presentationsOf(space);
  const replicates = replicatesOf(space);
  const needed = DESIGN_SIZE / (presentations.length * replicates.length);
  return wordingsFor(space, presentations, needed).flatMap((template) =>
    presentations.flatMap((presentation) =>
      replicates.flatMap((replicate) => variantIn(space, template, { ...presentation, ...replicate }) ?? []),
    ),
  );
}

/** Two ways to present the same question: as the task does, and as the first axis that has another way for it. */
function presentationsOf(space: PromptSpace): Levels[] {
  const others = LEVEL_AXES.flatMap((axis) => {
    const other = axis.presentation?.(space);
    return other === undefined ? [] : [axis.at(other)];
  });
  return [{}, ...others.slice(0, 1)];
}

/** Levels at which every prompt is repeated: draws of its shots. */
function replicatesOf(space: PromptSpace): Levels[] {
  return LEVEL_AXES.reduce<Levels[]>(
    (made, axis) => {
      const listed = axis.replicates === true ? (axis.levels?.(space) ?? []).slice(0, REPLICATES) : [];
      return listed.length === 0 ? made : made.flatMap((one) => listed.map((level) => ({ ...one, ...axis.at(level) })));
    },
    [{}],
  );
}

/** Wordings that go with every presentation: the paper's, then of as many styles as can be; formats where these are too few. */
function wordingsFor(space: PromptSpace, presentations: readonly Levels[], n: number): Template[] {
  // The task's own levels are said outright: a wording that names other answers does not go with them.
  const own = ownLevels(space);
  const fitting = usableWordings(space).filter((template) =>
    presentations.every((levels) => variantIn(space, template, { ...own, ...levels }) !== undefined),
  );
  const chosen = fitting.filter(({ id }) => EXPERIMENT_FORMATS.includes(id)).slice(0, n);
  const left = inLotOrder(fitting.filter((template) => !chosen.includes(template)));
  while (chosen.length < n && left.length > 0) {
    const times = (template: Template) => chosen.filter(({ style }) => style === template.style).length;
    const fewest = Math.min(...left.map(times));
    const [next] = left.splice(
      left.findIndex((template) => times(template) === fewest),
      1,
    );
    chosen.push(next as Template);
  }
  const formats = formatsIn(space, FORMAT_SEED);
  while (chosen.length < n) chosen.push(formats.next().value as Template);
  return chosen;
}

/** A lot drawn once for all: that of a name depends on nothing else, and is the same in every family. */
function inLotOrder(templates: readonly Template[]): Template[] {
  const lot = ({ id }: Template) => sha256(`lot:${id}`);
  return [...templates].sort((a, b) => (lot(a) < lot(b) ? -1 : 1));
}
