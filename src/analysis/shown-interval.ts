/** Picks the one interval of a mean that every output shows, and its name. */

import type { IntervalRecord, LevelChange, LevelRecord } from "./document/document.js";

/** Holds an interval with the name of what it is for. */
export interface ShownInterval {
  readonly interval: IntervalRecord | null;
  /** Whom it is for; "rows" alone means that the prompts are held fixed. */
  readonly for: "new prompts and rows" | "these prompts, new rows" | null;
}

/** Returns the interval over prompts and rows where there is one, else that over rows; nulls where neither is known. */
export function shownInterval(
  level: Pick<LevelRecord | LevelChange, "crossed_interval" | "item_interval">,
): ShownInterval {
  if (level.crossed_interval !== null) return { interval: level.crossed_interval, for: "new prompts and rows" };
  if (level.item_interval !== null) return { interval: level.item_interval, for: "these prompts, new rows" };
  return { interval: null, for: null };
}

/**
 * Returns the name of a column of such intervals; lines that are for these prompts alone bear a star where some are
 * not.
 */
export function intervalHead(shown: readonly ShownInterval[]): string {
  const names = [...new Set(shown.flatMap((one) => one.for ?? []))];
  if (names.length === 0) return "95 %";
  return names.length === 1 ? `95 %, ${names[0] as string}` : "95 %, new prompts and rows; * these prompts, new rows";
}

/** Returns the mark of one line of the column. */
export function intervalMark(one: ShownInterval, shown: readonly ShownInterval[]): string {
  return one.for === "these prompts, new rows" && new Set(shown.map((other) => other.for)).size > 1 ? " *" : "";
}
