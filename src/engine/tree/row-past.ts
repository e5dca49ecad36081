/** Keeps the keys and values of rows that are continued: room for each row, filled from the front. */

import type { LayerShape } from "./key-values.js";

type Data = readonly (readonly [key: Float32Array, value: Float32Array])[];

export class RowPast {
  private constructor(
    private readonly layers: readonly LayerShape[],
    /** Tokens each row has room for. */
    readonly capacity: number,
    private readonly lengths: number[],
    private readonly data: Data,
  ) {}

  static empty(layers: readonly LayerShape[], rows: number, capacity: number): RowPast {
    const data = layers.map(({ heads, size }) => {
      const elements = rows * heads * capacity * size;
      return [new Float32Array(elements), new Float32Array(elements)] as const;
    });
    return new RowPast(layers, capacity, new Array<number>(rows).fill(0), data);
  }

  /** Counts the tokens of a row so far. */
  lengthOf(row: number): number {
    return this.lengths[row] as number;
  }

  /** Returns the keys or values of all rows, [rows, heads, capacity, size]. */
  of(layer: number, part: "key" | "value"): Float32Array {
    return this.whole(layer, part).subarray(0, this.lengths.length * this.rowElements(layer));
  }

  /** Returns one row by itself, to be read; the memory is shared. */
  row(row: number): RowPast {
    const data = this.data.map(([key, value], layer) => {
      const elements = this.rowElements(layer);
      const part = (whole: Float32Array) => whole.subarray(row * elements, (row + 1) * elements);
      return [part(key), part(value)] as const;
    });
    return new RowPast(this.layers, this.capacity, [this.lengthOf(row)], data);
  }

  /**
   * Appends tokens to a row.
   * @param added keys or values of `total` tokens, [heads, total, size], of which `count` from `first` on are the row's
   */
  append(
    row: number,
    { first, count, total }: { readonly first: number; readonly count: number; readonly total: number },
    added: (layer: number, part: "key" | "value") => Float32Array,
  ): void {
    const at = this.lengthOf(row);
    this.layers.forEach(({ heads, size }, layer) => {
      for (const part of ["key", "value"] as const) {
        const from = added(layer, part);
        const to = this.whole(layer, part);
        for (let head = 0; head < heads; head++) {
          const start = (head * total + first) * size;
          to.set(from.subarray(start, start + count * size), ((row * heads + head) * this.capacity + at) * size);
        }
      }
    });
    this.lengths[row] = at + count;
  }

  /** Takes a row out; the last row takes its place. @returns the index of the row that moved */
  remove(row: number): number {
    const last = this.lengths.length - 1;
    if (row !== last) {
      this.layers.forEach((_, layer) => {
        const elements = this.rowElements(layer);
        for (const part of ["key", "value"] as const) {
          this.whole(layer, part).copyWithin(row * elements, last * elements, (last + 1) * elements);
        }
      });
      this.lengths[row] = this.lengthOf(last);
    }
    this.lengths.pop();
    return last;
  }

  private rowElements(layer: number): number {
    const { heads, size } = this.layers[layer] as LayerShape;
    return heads * this.capacity * size;
  }

  private whole(layer: number, part: "key" | "value"): Float32Array {
    const [key, value] = this.data[layer] as readonly [Float32Array, Float32Array];
    return part === "key" ? key : value;
  }
}
