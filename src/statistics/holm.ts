/** Adjusts p-values for how many tests were made. */

/**
 * Adjusts p-values by Holm's step-down method: with p-values sorted upwards, max over j <= i of min(1, (m - j + 1)
 * p_(j)). Keeps the chance of any false finding below alpha under any dependence. NaN (no test possible) stays NaN and
 * does not count. Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
 */
export function holm(pValues: ArrayLike<number>): Float64Array {
  const adjusted = new Float64Array(pValues.length).fill(NaN);
  const order = Array.from(pValues, (p, index) => ({ p, index }))
    .filter(({ p }) => !Number.isNaN(p))
    .sort((a, b) => a.p - b.p);
  let largest = 0;
  order.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * p));
    adjusted[index] = largest;
  });
  return adjusted;
}
