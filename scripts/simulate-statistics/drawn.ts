/** Simulated scores of drawn texts, of which the components are known, and how often their intervals hold them. */

import { randomStream } from "../../src/base/random.js";
import { drawnComponents } from "../../src/statistics/drawn-texts.js";
import { fastStream } from "../../src/statistics/draws.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { variance } from "../../src/statistics/uncertainty.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";
import { Tally, within } from "./study.js";

/** Right/wrong texts: each is right with probability .5 + prompt + row + interaction, uniform effects of these SDs. */
export interface DrawnWorld {
  readonly name: string;
  readonly prompts: number;
  readonly items: number;
  readonly samples: number;
  readonly sds: { readonly prompt: number; readonly item: number; readonly interaction: number };
}

/** Names the estimates, each of which has a known truth. */
export const DRAWN_COMPONENTS = ["prompt", "item", "interaction", "sampling"] as const;

export interface SimulatedDrawn {
  /** Coverage of the intervals of "sampling" and "interaction". */
  readonly tally: Tally;
  /** Mean of each estimate, and the truth. */
  readonly means: Readonly<
    Record<(typeof DRAWN_COMPONENTS)[number], { readonly estimate: number; readonly truth: number }>
  >;
}

/** Simulates studies of a world. @param seed begins the names of the streams */
export function simulatedDrawn(
  { name, prompts, items, samples, sds }: DrawnWorld,
  studies: number,
  seed: string,
): SimulatedDrawn {
  const uniform = fastStream(randomStream(seed, "drawn", name));
  const effects = (n: number, sd: number) =>
    Float64Array.from({ length: n }, () => sd * Math.sqrt(12) * (uniform() - 0.5));
  const tally = new Tally();
  const sums = { prompt: 0, item: 0, interaction: 0, sampling: 0 };
  const rows = sds.item ** 2 + sds.interaction ** 2;
  for (let study = 0; study < studies; study++) {
    const [ofPrompts, ofItems] = [effects(prompts, sds.prompt), effects(items, sds.item)];
    const own = effects(prompts * items, sds.interaction);
    const values = new Float64Array(prompts * items);
    const spread = new Float64Array(prompts * items);
    for (let at = 0; at < own.length; at++) {
      const [p, i] = [Math.floor(at / items), at % items];
      const right = 0.5 + (ofPrompts[p] as number) + (ofItems[i] as number) + (own[at] as number);
      const texts = Array.from({ length: samples }, () => Number(uniform() < right));
      values[at] = texts.reduce((sum, one) => sum + one, 0) / samples;
      spread[at] = variance(texts);
    }
    const grid = { prompts, items, values };
    const found = drawnComponents(grid, spread, samples);
    const crossed = varianceComponents(gridMoments(grid));
    if (found?.interaction == null || crossed === null) throw new RangeError("the grid has too few prompts or rows");
    // Of these prompts: the texts of a prompt in the middle differ most.
    const sampling = ofPrompts.reduce((sum, one) => sum + 0.25 - one ** 2, 0) / prompts - rows;
    tally.add("sampling", within(found.sampling.interval, sampling));
    tally.add("interaction", within(found.interaction.interval, sds.interaction ** 2));
    sums.prompt += crossed.prompt;
    sums.item += crossed.item;
    sums.interaction += found.interaction.value;
    sums.sampling += found.sampling.value;
  }
  const beside = (key: keyof typeof sums, truth: number) => ({ estimate: sums[key] / studies, truth });
  return {
    tally,
    means: {
      prompt: beside("prompt", sds.prompt ** 2),
      item: beside("item", sds.item ** 2),
      interaction: beside("interaction", sds.interaction ** 2),
      sampling: beside("sampling", 0.25 - sds.prompt ** 2 - rows),
    },
  };
}
