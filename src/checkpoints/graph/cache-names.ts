/** Names of a layer's inputs and outputs that hold keys or values. */
export interface CacheNames {
  /** Input: of the tokens that all rows follow. */
  readonly prefix: string;
  /** Input: of the tokens that one row follows. */
  readonly past: string;
  /** Output: of the tokens to be kept. */
  readonly kept: string;
}

export function cacheNames(layer: number, part: "key" | "value"): CacheNames {
  const name = `${layer}.${part}`;
  return { prefix: `prefix.${name}`, past: `past.${name}`, kept: `kept.${name}` };
}
