/** Draws the variance over these presentations: that between wordings and what the presentations add. */

import type { Random } from "../../base/random.js";
import { chiSquareDraw, fastStream, normalDraws } from "../draws.js";
import { lowerFactor } from "../matrix.js";
import type { PairedDraws } from "./pivot.js";
import type { Presentations } from "./presentations.js";

/**
 * Adds to each draw of the components the variance of the contrasts, each less a draw of Student's t with their
 * covariance; both sides share the chi-square.
 */
export function totalDraws(within: PairedDraws, presentations: Presentations, random: Random): PairedDraws {
  const { contrasts, covariance, df } = presentations;
  const m = contrasts[0].length;
  const n = 2 * m;
  const joint = new Float64Array(n * n);
  for (const j of [0, 1] as const) {
    for (const k of [0, 1] as const) {
      for (let at = 0; at < m * m; at++) {
        joint[(j * m + Math.floor(at / m)) * n + k * m + (at % m)] = covariance[j][k][at] as number;
      }
    }
  }
  const lower = lowerFactor(joint, n);
  const uniform = fastStream(random);
  const normal = normalDraws(uniform);
  const out: PairedDraws = { before: Float64Array.from(within.before), after: Float64Array.from(within.after) };
  const t = new Float64Array(n);
  for (let d = 0; d < out.before.length; d++) {
    const scale = 1 / Math.sqrt(chiSquareDraw(df, uniform, normal) / df);
    for (let r = 0; r < n; r++) t[r] = normal() * scale;
    for (let r = 0; r < n; r++) {
      const side = r < m ? 0 : 1;
      let value = contrasts[side][r - side * m] as number;
      for (let s = 0; s <= r; s++) value -= (lower[r * n + s] as number) * (t[s] as number);
      const target = side === 0 ? out.before : out.after;
      target[d] = (target[d] as number) + value ** 2 / (m + 1);
    }
  }
  return out;
}
