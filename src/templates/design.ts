/** The default design: 24 prompts that cross wordings with presentations and draws of shots, each with each. */

import { sha256 } from "../base/hash.js";
import type { Levels } from "./axes.js";
import { EXPERIMENT_FORMATS } from "./catalog.js";
import { answerWordsFor, ownWords } from "./labels.js";
import { formatsIn, usableWordings, variantIn, type PromptSpace } from "./space.js";
import type { Template } from "./template.js";
import type { PromptVariant } from "./variant.js";

/** Number of prompts: enough for tests over prompts to see a standard deviation that is halved. */
export const DESIGN_SIZE = 24;

/** Seed of the formats that stand in where there are too few wordings. */
const FORMAT_SEED = 0;

/**
 * The design of a task: every wording in every presentation with every draw of shots, so that what each of the three
 * does can be told apart. Without shots, or where there is but one presentation, there are more wordings instead.
 */
export function designOf(space: PromptSpace): PromptVariant[] {
  const presentations = presentationsOf(space);
  const draws: Levels[] = space.numFewshot === 0 ? [{}] : [{}, { draw: 1 }];
  const needed = DESIGN_SIZE / (presentations.length * draws.length);
  return wordingsFor(space, presentations, needed).flatMap((template) =>
    presentations.flatMap((presentation) =>
      draws.flatMap((draw) => variantIn(space, template, { ...presentation, ...draw }) ?? []),
    ),
  );
}

/** Two ways to present the same question: other answer words, choices shown or not, or what stands between shots. */
function presentationsOf({ task, numFewshot }: PromptSpace): Levels[] {
  if (task.answer.kind === "multiple-choice") return [{}, { choices: "letter" }];
  const other = answerWordsFor(task).find((name) => name !== ownWords(task));
  if (other !== undefined) return [{}, { labels: other }];
  return numFewshot === 0 ? [{}] : [{}, { between: "blank-line" }];
}

/** Wordings that go with every presentation: the paper's, then of as many styles as can be; formats where these are too few. */
function wordingsFor(space: PromptSpace, presentations: readonly Levels[], n: number): Template[] {
  const fitting = usableWordings(space).filter((template) =>
    presentations.every((levels) => variantIn(space, template, { ...ownLabels(space), ...levels }) !== undefined),
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

/** The task's own words, said outright: a wording that names others does not go with them. */
function ownLabels({ task }: PromptSpace): Levels {
  const own = ownWords(task);
  return own === undefined ? {} : { labels: own };
}
