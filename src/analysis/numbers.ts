/** Numbers in sentences. */

import type { IntervalRecord } from "./document/document.js";

/** Three decimals, with a true minus sign. */
export function number(value: number, digits = 3): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** With its sign. */
export function signed(value: number, digits = 3): string {
  return value < 0 ? number(value, digits) : `+${number(value, digits)}`;
}

/** "95 % 0.012 to 0.034"; an open end is said in words. */
export function interval({ low, high }: IntervalRecord, digits = 3): string {
  if (low === null && high === null) return "95 % interval without bounds";
  if (low === null) return `95 % up to ${number(high as number, digits)}`;
  if (high === null) return `95 % from ${number(low, digits)} without an upper bound`;
  return `95 % ${number(low, digits)} to ${number(high, digits)}`;
}

/** "p = 0.012", "p < 0.001". */
export function pValue(p: number, name = "p"): string {
  return p < 0.001 ? `${name} < 0.001` : `${name} = ${p.toFixed(3)}`;
}

export function percent(share: number): string {
  return `${signed(100 * share, 1)} %`;
}
