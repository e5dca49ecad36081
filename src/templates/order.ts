/** Orders of a list: as it is, reversed, rotated or shuffled. */

import { didYouMean, UsageError } from "../base/errors.js";
import { randomStream, shuffled } from "../base/random.js";

/** Describes the order of choices or of shots; a list without one is left as it is. */
export type Order =
  | { readonly kind: "reversed" }
  /** The first `by` items go to the end. */
  | { readonly kind: "rotated"; readonly by: number }
  /** Random, different for every list. */
  | { readonly kind: "shuffled"; readonly seed: number };

const EXPECTED = "expected reversed, rotated-N or shuffled-SEED";

/**
 * Reads a level of an axis of orders.
 * @param axis its name, for messages
 * @returns undefined for "as-is"
 * @throws UsageError with the nearest word
 */
export function parseOrder(axis: string, text: string): Order | undefined {
  if (text === "as-is") return undefined;
  if (text === "reversed") return { kind: "reversed" };
  const [, kind, number] = /^(rotated|shuffled)-(\d{1,9})$/.exec(text) ?? [];
  if (kind === "rotated" && Number(number) > 0) return { kind, by: Number(number) };
  if (kind === "shuffled") return { kind, seed: Number(number) };
  throw new UsageError(`prompt level ${axis}=${text}: ${EXPECTED}${didYouMean(text, ["as-is", "reversed"], 0)}`);
}

/** Writes the order as {@link parseOrder} reads it. */
export function orderName(order: Order | undefined): string {
  switch (order?.kind) {
    case undefined:
      return "as-is";
    case "reversed":
      return "reversed";
    case "rotated":
      return `rotated-${order.by}`;
    case "shuffled":
      return `shuffled-${order.seed}`;
  }
}

/** Names n orders that are as different as can be: as it is, reversed, rotated, then shuffled. */
export function orderNames(n: number): string[] {
  const first: (Order | undefined)[] = [undefined, { kind: "reversed" }, { kind: "rotated", by: 1 }, { kind: "rotated", by: 2 }]; // prettier-ignore
  const more = Array.from({ length: Math.max(0, n - first.length) }, (_, i): Order => ({ kind: "shuffled", seed: i + 1 })); // prettier-ignore
  return [...first, ...more].slice(0, n).map(orderName);
}

/**
 * Returns the list in that order.
 * @param name of the list: equal lists of equal names are shuffled alike
 */
export function ordered<T>(items: readonly T[], order: Order | undefined, ...name: string[]): T[] {
  switch (order?.kind) {
    case undefined:
      return [...items];
    case "reversed":
      return [...items].reverse();
    case "rotated": {
      const by = order.by % Math.max(1, items.length);
      return [...items.slice(by), ...items.slice(0, by)];
    }
    case "shuffled":
      return shuffled(items, randomStream("order", order.seed, ...name));
  }
}
