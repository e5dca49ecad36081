/** Decides which token sequences run together. */

/**
 * Splits indices into batches, longest first: equal lengths meet, so little is padded, and the first batch is the one
 * that needs the most memory, so that a run that does not fit fails at once.
 * @param lengths tokens of each item
 * @param budget tokens of a batch, padding included; an item longer than the budget gets a batch of its own
 * @param maxItems most items of one batch
 */
export function planBatches(lengths: readonly number[], budget: number, maxItems = Infinity): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  for (const index of order) {
    const longest = lengths[current[0] ?? index] as number;
    if (current.length > 0 && ((current.length + 1) * longest > budget || current.length >= maxItems)) {
      batches.push(current);
      current = [];
    }
    current.push(index);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
