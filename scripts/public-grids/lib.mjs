/** Counts what the studies of public grids share. */

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Takes n - 1 in the denominator. */
export function sd(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

export function byGroups(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}

const DRAWS = 2000;

/** Draws units with replacement: the 2.5 and 97.5 percentiles of a figure. */
export function interval(units, figure, random, draws = DRAWS) {
  const found = Array.from({ length: draws }, () =>
    figure(units.map(() => units[Math.floor(random() * units.length)])),
  );
  found.sort((a, b) => a - b);
  return [found[Math.floor(0.025 * draws)], found[Math.ceil(0.975 * draws) - 1]];
}
