/** Cuts a question into the contexts that are followed by one token each. */

import type { Question } from "./dialect.js";

export interface Prefix {
  readonly ids: readonly number[];
  /** Tokens wanted after it, and where each belongs: continuation and place in it. */
  readonly wanted: Map<number, { readonly continuation: number; readonly place: number }[]>;
}

/** Returns every different beginning of the continuations once, with the tokens that follow it. */
export function prefixesOf({ context, continuations }: Question): Prefix[] {
  const found = new Map<string, Prefix>();
  continuations.forEach(({ tokens }, continuation) => {
    tokens.forEach((token, place) => {
      const before = tokens.slice(0, place);
      const key = before.join(",");
      let prefix = found.get(key);
      if (prefix === undefined) {
        prefix = { ids: [...context, ...before], wanted: new Map() };
        found.set(key, prefix);
      }
      prefix.wanted.set(token, [...(prefix.wanted.get(token) ?? []), { continuation, place }]);
    });
  });
  return [...found.values()];
}

/** Holds some of a prefix's tokens. */
export interface PrefixPart {
  readonly prefix: Prefix;
  readonly tokens: readonly number[];
}

/**
 * Puts prefixes together whose tokens, all different ones counted once, are few enough for one request.
 * @param mostTokens different tokens of a request
 * @param mostPrefixes prefixes of a request
 */
export function packPrefixes(prefixes: readonly Prefix[], mostTokens: number, mostPrefixes: number): PrefixPart[][] {
  const packs: PrefixPart[][] = [];
  let union = new Set<number>();
  for (const prefix of prefixes) {
    const tokens = [...prefix.wanted.keys()];
    for (let from = 0; from < tokens.length; from += mostTokens) {
      const part = { prefix, tokens: tokens.slice(from, from + mostTokens) };
      const joined = new Set([...union, ...part.tokens]);
      const last = packs.at(-1);
      if (last !== undefined && last.length < mostPrefixes && joined.size <= mostTokens) {
        last.push(part);
        union = joined;
      } else {
        packs.push([part]);
        union = new Set(part.tokens);
      }
    }
  }
  return packs;
}
