/** Divides the variance between prompts by the axes of the design. */

import { type Axis, axisComponents } from "../../statistics/axis-components.js";
import { type GridMoments, logitMoments } from "../../statistics/moments.js";
import type { Random } from "../../base/random.js";
import { AXES } from "../../templates/axes/registry.js";
import type { AnalysedPrompt, AxesRecord } from "../document/document.js";
import { finite, intervalRecord } from "../document/records.js";

/** Stands for "no level" where other prompts have one. */
const NONE = "none";

/** Finds the axes on which the prompts differ. An axis that stands in the place of another is one with it. */
function designAxes(prompts: readonly AnalysedPrompt[]): Axis[] {
  const names = new Set(prompts.flatMap(({ axes }) => Object.keys(axes)));
  const axes = [...names].flatMap((name): Axis[] => {
    const standIn = AXES.find(({ insteadOf }) => insteadOf === name)?.name;
    const replaced = AXES.find((axis) => axis.name === name)?.insteadOf;
    if (replaced !== undefined && names.has(replaced)) return [];
    const levelOn = (prompt: AnalysedPrompt, axis: string | undefined) => prompt.axes[axis ?? ""] ?? null;
    const levels = prompts.map((prompt) => levelOn(prompt, standIn) ?? levelOn(prompt, name) ?? NONE);
    const taken = prompts.filter((prompt) => levelOn(prompt, standIn) !== null).length;
    if (standIn === undefined || taken === 0) return [{ name: titleOf(name), levels }];
    return [{ name: taken === prompts.length ? titleOf(standIn) : `${titleOf(name)} or ${titleOf(standIn)}`, levels }];
  });
  return axes.filter(({ levels }) => new Set(levels).size > 1);
}

/** Writes the name of an axis in words. */
const titleOf = (name: string) => name.replaceAll(/[-_]/g, " ");

/** @returns null for fewer than three prompts, or where they do not differ on a known axis */
export function axesOf(moments: GridMoments, prompts: readonly AnalysedPrompt[], random: Random): AxesRecord | null {
  const axes = designAxes(prompts);
  if (moments.prompts < 3 || moments.items < 2 || axes.length === 0) return null;
  const { balanced, terms, notEstimable } = axisComponents(logitMoments(moments), axes, random);
  return {
    balanced,
    terms: terms.map(({ term, levels, variance, share, itemInterval, levelInterval }) => ({
      term,
      levels,
      variance,
      share: finite(share),
      item_interval: intervalRecord(itemInterval),
      level_interval: levelInterval && intervalRecord(levelInterval),
    })),
    not_estimable: notEstimable,
  };
}
