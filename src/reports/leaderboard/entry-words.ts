/** Writes what an entry is in words that it is also filtered by, and its SD. */

import type { Entry } from "../../leaderboard/entry.js";
import { type Ends, sdFigure, shortCount } from "../../base/numbers.js";
import { html } from "../html.js";
import type { Value } from "../page/pieces.js";

export function stageOf({ checkpoint: { stage, sft_task } }: Entry): string {
  if (stage === null) return "–";
  return stage === "base" ? "base" : `SFT${sft_task === null ? "" : ` on ${sft_task}`}`;
}

export function sizeOf({ checkpoint: { parameters } }: Entry): string {
  return parameters === null ? "–" : shortCount(parameters);
}

/** Sets what a figure with three decimals cannot show. */
const SMALLEST_SHOWN = 0.0005;

/** Writes an SD with its interval; one of 0 without a limit says nothing. @param ends undefined where not known */
export function sdCell(sd: number | null, ends: Ends | null | undefined): Value {
  const { text, beside } = sdFigure(sd, ends);
  const limit = Math.max(sd ?? 0, ends?.high ?? 0);
  if (sd === null || limit >= SMALLEST_SHOWN) return { shown: html`${text} <small>${beside}</small>`, sort: sd };
  return { shown: html`<span title="its entry has no interval of the SD">–</span>`, sort: sd };
}
