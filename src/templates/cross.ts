/** A seeded sample of the product of all axes but noise. */

import { UsageError } from "../base/errors.js";
import { randomStream } from "../base/random.js";
import type { Levels } from "./axes.js";
import { DEFAULT_ENUMERATOR, ENUMERATORS, PRESENTATIONS } from "./choices.js";
import { formatTemplate, formatsOf } from "./format/format.js";
import { answerWordsFor } from "./labels.js";
import { someOrders } from "./order.js";
import { SHOT_SEPARATOR_NAMES } from "./shots.js";
import { formatsIn, usableWordings, variantIn, type PromptSpace } from "./space.js";
import type { PromptVariant } from "./variant.js";

/** Draws of shots among which one is taken. */
const DRAWS = 8;

/** Draws in a row that bring nothing new before the product is taken to be used up. */
const PATIENCE = 5000;

/**
 * Distinct prompts: a level of each axis is drawn uniformly and independently, wordings and formats with equal weight;
 * what does not go together or was drawn before is drawn again. The first n are the same whatever n is.
 * @throws UsageError when there are not so many
 */
export function crossSample(space: PromptSpace, n: number, seed: number): PromptVariant[] {
  const random = randomStream("cross", space.task.name, seed);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const wordings = usableWordings(space);
  const formats = [...formatsIn(space, 0)].map(({ id }) => id).sort();
  const byId = formatsOf(space.task.family);
  const { numFewshot, task } = space;
  const isChoice = task.answer.kind === "multiple-choice";
  const labels = answerWordsFor(task);
  const found = new Map<string, PromptVariant>();
  for (let misses = 0; found.size < n;) {
    const format = byId.get(pick(formats));
    const template = random() < 0.5 || format === undefined ? pick(wordings) : formatTemplate(task.family, format);
    const choices = isChoice ? pick(PRESENTATIONS) : "cloze";
    const order = choices === "cloze" ? undefined : pick(someOrders(4));
    const numbered = choices === "letter" || choices === "both";
    const levels: Levels = {
      ...(labels.length > 0 ? { labels: pick(labels) } : {}),
      ...(choices === "cloze" ? {} : { choices }),
      ...(numbered ? enumeratorLevel(pick([...ENUMERATORS.keys()])) : {}),
      ...(order === undefined ? {} : { order }),
      ...(numFewshot === 0 ? {} : shotLevels(pick, task.answer.kind === "classification")),
    };
    const variant = variantIn(space, template, levels);
    if (variant === undefined || found.has(variant.hash)) {
      if (++misses > PATIENCE) {
        throw new UsageError(`cross:${n}: there are hardly more than ${found.size} prompts for ${task.name}`);
      }
    } else {
      misses = 0;
      found.set(variant.hash, variant);
    }
  }
  return [...found.values()];
}

const enumeratorLevel = (enumerator: string): Levels => (enumerator === DEFAULT_ENUMERATOR ? {} : { enumerator });

function shotLevels(pick: <T>(values: readonly T[]) => T, hasLabels: boolean): Levels {
  const draw = pick(Array.from({ length: DRAWS }, (_, i) => i));
  const reversed = pick([false, true]);
  const balanced = hasLabels && pick([false, true]);
  const between = pick(SHOT_SEPARATOR_NAMES);
  return {
    ...(draw === 0 ? {} : { draw }),
    ...(reversed ? { shotOrder: { kind: "reversed" } } : {}),
    ...(balanced ? { balance: true } : {}),
    ...(between === "newline" ? {} : { between }),
  };
}
