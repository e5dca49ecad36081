/** Small pieces of the sentences that the program prints. */

/** A number with its noun: `1 row`, `2 rows`, `1,000 rows`. */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}
