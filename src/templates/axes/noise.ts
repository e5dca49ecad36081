/** Defines the axis of surface noise in a question's text. */

import { noiseName, parseNoise, type Noise } from "../noise.js";
import { defineAxis, type AxisRecord, type Levels } from "./axis.js";

export const noise = defineAxis<Noise>({
  name: "noise",
  description: "typos, case, spaces, with rate and seed as in typos:0.1@7; default rates 0.03, 0.1, 0.1",
  rewrites: true,
  parse: parseNoise,
  write: noiseName,
  own: () => undefined,
  apply: (content, level) => ({ ...content, noise: level }),
});

/** Tells whether a prompt has noise. Such a prompt counts in nothing that is said over prompts. */
export function isNoisy({ levels }: { readonly levels: Levels }): boolean {
  return noise.of(levels) !== undefined;
}

/** Tells whether a recorded prompt has noise, see {@link isNoisy}. */
export function isRecordedNoisy({ axes }: { readonly axes: AxisRecord }): boolean {
  return (axes[noise.name] ?? null) !== null;
}
