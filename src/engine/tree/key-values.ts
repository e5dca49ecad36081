/** Keeps the keys and values of tokens that others follow. */

/** Holds the keys or values of one layer, f32 [1, heads, length, size]. */
export interface LayerShape {
  readonly heads: number;
  readonly size: number;
}

export class KeyValues {
  private constructor(
    private readonly layers: readonly LayerShape[],
    /** Tokens. */
    readonly length: number,
    /** By layer: keys, values. */
    private readonly data: readonly (readonly [key: Float32Array, value: Float32Array])[],
  ) {}

  static empty(layers: readonly LayerShape[]): KeyValues {
    return new KeyValues(
      layers,
      0,
      layers.map(() => [new Float32Array(0), new Float32Array(0)]),
    );
  }

  /** Returns the bytes that one token takes. */
  static bytesPerToken(layers: readonly LayerShape[]): number {
    return layers.reduce((sum, { heads, size }) => sum + 2 * 4 * heads * size, 0);
  }

  get bytes(): number {
    return this.length * KeyValues.bytesPerToken(this.layers);
  }

  of(layer: number, part: "key" | "value"): Float32Array {
    const [key, value] = this.data[layer] as readonly [Float32Array, Float32Array];
    return part === "key" ? key : value;
  }

  /** Returns the keys and values of the first tokens. */
  head(length: number): KeyValues {
    return length === this.length ? this : this.resized(length, length);
  }

  /**
   * Returns these and `count` tokens more. Where there are none yet, the new ones are taken as they are, without a
   * copy.
   * @param added keys or values of the new tokens, [heads, count, size]
   */
  append(count: number, added: (layer: number, part: "key" | "value") => Float32Array): KeyValues {
    if (this.length === 0) {
      return new KeyValues(
        this.layers,
        count,
        this.layers.map((_, layer) => [added(layer, "key"), added(layer, "value")] as const),
      );
    }
    const whole = this.resized(this.length, this.length + count);
    this.layers.forEach(({ heads, size }, layer) => {
      for (const part of ["key", "value"] as const) {
        const from = added(layer, part);
        const to = whole.of(layer, part);
        for (let head = 0; head < heads; head++) {
          const row = from.subarray(head * count * size, (head + 1) * count * size);
          to.set(row, (head * whole.length + this.length) * size);
        }
      }
    });
    return whole;
  }

  /** Returns a copy of the first `kept` tokens with room for `length`. */
  private resized(kept: number, length: number): KeyValues {
    const data = this.layers.map(({ heads, size }, layer) => {
      const [key, value] = (["key", "value"] as const).map((part) => {
        const from = this.of(layer, part);
        const to = new Float32Array(heads * length * size);
        for (let head = 0; head < heads; head++) {
          const start = head * this.length * size;
          to.set(from.subarray(start, start + kept * size), head * length * size);
        }
        return to;
      }) as [Float32Array, Float32Array];
      return [key, value] as const;
    });
    return new KeyValues(this.layers, length, data);
  }
}

interface Entry {
  readonly owner: string;
  readonly ids: readonly number[];
  /** Where the runs that made it ended. */
  readonly bounds: readonly number[];
  readonly keyValues: KeyValues;
}

/** Keeps prefixes of earlier calls, the least recently used dropped first. */
export class PrefixCache {
  private entries: Entry[] = [];

  /** @param bytes most memory for all prefixes together */
  constructor(private readonly bytes: number) {}

  /**
   * Finds the longest beginning of `ids` that is known, and was made as it would be made now: cut elsewhere, sums are
   * added up in another order, and a score would depend in its last bit on what was asked before.
   * @param owner what else the keys and values depend on
   * @param bounds lengths at which the runs end that would make them now, ascending
   */
  find(owner: string, ids: readonly number[], bounds: readonly number[]): KeyValues | undefined {
    let best: { length: number; index: number } | undefined;
    this.entries.forEach((entry, index) => {
      if (entry.owner !== owner) return;
      let common = 0;
      while (common < ids.length && common < entry.ids.length && entry.ids[common] === ids[common]) common++;
      let length = 0;
      for (let i = 0; bounds[i] === entry.bounds[i] && (bounds[i] ?? Infinity) <= common; i++)
        length = bounds[i] as number;
      if (length > 0 && length >= (best?.length ?? 0)) best = { length, index };
    });
    if (best === undefined) return undefined;
    const [entry] = this.entries.splice(best.index, 1) as [(typeof this.entries)[number]];
    this.entries.push(entry);
    return entry.keyValues.head(best.length);
  }

  /** Keeps a prefix, unless it is larger than the cache. */
  keep(owner: string, ids: readonly number[], bounds: readonly number[], keyValues: KeyValues): void {
    if (keyValues.bytes > this.bytes) return;
    const isWithin = (entry: Entry) => isPrefix(entry.ids, ids) && isPrefix(entry.bounds, bounds);
    this.entries = this.entries.filter((entry) => !(entry.owner === owner && isWithin(entry)));
    this.entries.push({ owner, ids, bounds, keyValues });
    let total = this.entries.reduce((sum, entry) => sum + entry.keyValues.bytes, 0);
    while (total > this.bytes) total -= (this.entries.shift() as (typeof this.entries)[number]).keyValues.bytes;
  }

  clear(): void {
    this.entries = [];
  }
}

function isPrefix(short: readonly number[], long: readonly number[]): boolean {
  return short.length <= long.length && short.every((id, i) => long[i] === id);
}
