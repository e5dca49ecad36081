/** Makes the columns of every table of what drawn texts add to the noise. */

import type { TaskAtCheckpoint } from "../analysis/document/document.js";
import { textComponents } from "../analysis/sampling-sentence.js";
import { interval, percent, score } from "../base/numbers.js";

export interface SamplingColumn {
  readonly head: string;
  readonly cell: string;
}

/** @returns none where no texts were drawn */
export function samplingColumns(level: TaskAtCheckpoint): SamplingColumn[] {
  const { sampling } = level;
  if (sampling === undefined) return [];
  const components = textComponents(level);
  const own = (name: string) => {
    const found = components.find((one) => one.name === name);
    return found === undefined
      ? "–"
      : `${score(found.variance)} ${found.share === null ? "" : percent(found.share)}`.trimEnd();
  };
  return [
    { head: "texts a row", cell: String(sampling.samples) },
    { head: "temperature", cell: String(sampling.temperature) },
    { head: "prompts", cell: own("prompts") },
    { head: "rows", cell: own("rows") },
    { head: "prompt × row [95 %]", cell: `${own("prompt × row")} ${interval(sampling.interaction_interval)}` },
    {
      head: "texts [95 %]",
      cell: `${components.length === 0 ? score(sampling.variance) : own("texts")} ${interval(sampling.interval)}`,
    },
    {
      head: "texts' share of the error",
      cell: sampling.share_of_noise === null ? "–" : percent(sampling.share_of_noise),
    },
  ];
}
