/** Draws a seeded sample of the product of the axes. */

import { UsageError } from "../base/errors.js";
import { randomStream } from "../base/random.js";
import type { LevelAxis, Levels } from "./axes/axis.js";
import { CROSSED } from "./axes/registry.js";
import { formatTemplate, formatsOf } from "./format/format.js";
import { formatsIn, usableWordings, type PromptSpace } from "./space.js";
import { variantIn, variantWith, type PromptVariant } from "./variant.js";

/** Draws in a row that bring nothing new before the product is taken to be used up. */
const PATIENCE = 5000;

/**
 * Draws distinct prompts: a level of each axis uniformly and independently, wordings and formats with equal weight;
 * what does not go together or was drawn before is drawn again. The first n are the same whatever n is.
 * @throws UsageError when there are not so many
 */
export function crossSample(space: PromptSpace, n: number, seed: number): PromptVariant[] {
  const random = randomStream("cross", space.task.name, seed);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const wordings = usableWordings(space);
  const formats = [...formatsIn(space, 0)].map(({ id }) => id).sort();
  const byId = formatsOf(space.task.family);
  const found = new Map<string, PromptVariant>();
  for (let misses = 0; found.size < n;) {
    const format = byId.get(pick(formats));
    const template =
      random() < 0.5 || format === undefined ? pick(wordings) : formatTemplate(space.task.family, format);
    const levels = CROSSED.reduce<Levels>((drawn, axis) => {
      const listed = axis.levels?.(space) ?? [];
      return listed.length === 0 || axis.beside?.(drawn) === false ? drawn : { ...drawn, ...axis.at(pick(listed)) };
    }, {});
    const variant = variantIn(space, template, levels);
    if (variant === undefined || found.has(variant.hash)) {
      if (++misses > PATIENCE) {
        throw new UsageError(`cross:${n}: there are hardly more than ${found.size} prompts for ${space.task.name}`);
      }
    } else {
      misses = 0;
      found.set(variant.hash, variant);
    }
  }
  return [...found.values()];
}

/**
 * Draws for each prompt of a sample a level of one more axis, uniformly among those that go with it. The axis has a
 * random stream of its own, so the sample is the same on all other axes whatever is added.
 * @throws UsageError when the sample varies the axis already, its levels have to be named, or it changes no prompt
 */
export function alsoCrossed(
  space: PromptSpace,
  sample: readonly PromptVariant[],
  axis: LevelAxis,
  seed: number,
): PromptVariant[] {
  if (CROSSED.includes(axis)) throw new UsageError(`cross: ${axis.name} is among the axes that it varies anyway`);
  const listed = axis.levels?.(space);
  if (listed === undefined) throw new UsageError(`cross: name the levels of ${axis.name}, as in +${axis.name}=…`);
  const random = randomStream("cross", space.task.name, seed, axis.name);
  let [varied, reason] = [false, `${axis.name} does nothing`];
  const drawn = sample.map((variant) => {
    const made = listed.map((level) => variantWith(variant.template, { ...variant.levels, ...axis.at(level) }, space.task, space)); // prettier-ignore
    const fitting = made.flatMap((one) => ("unfit" in one ? [] : [one]));
    if (fitting.length > 1) varied = true;
    for (const one of made) if ("unfit" in one) reason = one.unfit;
    return fitting[Math.floor(random() * fitting.length)] ?? variant;
  });
  if (!varied) throw new UsageError(`cross: ${axis.name} changes no prompt of ${space.task.name}: ${reason}`);
  return drawn;
}
