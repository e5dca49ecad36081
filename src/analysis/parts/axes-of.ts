/** The variance between prompts by the axes of the design. */

import { type Axis, axisComponents } from "../../statistics/axis-components.js";
import { type GridMoments, logitMoments } from "../../statistics/moments.js";
import type { Random } from "../../base/random.js";
import type { AnalysedPrompt, AxesRecord } from "../document/document.js";
import { finite, intervalRecord } from "../document/records.js";

/** Stands for "no level" where other prompts have one. */
const NONE = "none";

/**
 * Axes on which the prompts differ. A format takes the place of a wording, so the two are one axis.
 */
export function designAxes(prompts: readonly AnalysedPrompt[]): Axis[] {
  const names = new Set(prompts.flatMap(({ axes }) => Object.keys(axes)));
  const formats = prompts.filter(({ axes }) => axes["format"] !== null && axes["format"] !== undefined).length;
  if (formats > 0) names.delete("format");
  const axes = [...names].map((name): Axis => {
    if (name !== "wording" || formats === 0) {
      return { name: name.replaceAll("_", " "), levels: prompts.map(({ axes: levels }) => levels[name] ?? NONE) };
    }
    return {
      name: formats === prompts.length ? "format" : "wording or format",
      levels: prompts.map(({ axes: levels }) => levels["format"] ?? levels["wording"] ?? NONE),
    };
  });
  return axes.filter(({ levels }) => new Set(levels).size > 1);
}

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
