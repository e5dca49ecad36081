/** What depends on positions: rotary angles, visibility of keys, linear biases. Each is made once and shared by layers. */

import type { Alibi, Rotary } from "../model-spec.js";
import { DataType } from "../onnx-proto.js";
import type { Pieces } from "./pieces.js";

/** Position given to padding: larger than any real position, exact in f32. */
export const PADDING_POSITION = 2 ** 24;

export class Positions {
  private readonly rotations = new Map<Rotary, { cos: string; sin: string }>();
  private readonly masks = new Map<number | undefined, string>();
  private distances: string | undefined;

  /**
   * @param query name of the queries' positions, int64 [B,T]
   * @param key name of the keys' positions, int64 [B,S]
   */
  constructor(
    private readonly pieces: Pieces,
    private readonly query: string,
    private readonly key: string,
  ) {}

  /** Rotates the first dimensions of [B,T,heads,D]. */
  rotate(x: string, rotary: Rotary, headSize: number): string {
    const { g } = this.pieces;
    const half = rotary.frequencies.length;
    const rest = headSize - 2 * half;
    const { cos, sin } = this.rotation(rotary);
    const [a, b, kept] = this.pieces.split(x, rest > 0 ? [half, half, rest] : [half, half], -1) as [
      string,
      string,
      string?,
    ];
    const first = g.op("Sub", [g.op("Mul", [a, cos]), g.op("Mul", [b, sin])]);
    const second = g.op("Add", [g.op("Mul", [b, cos]), g.op("Mul", [a, sin])]);
    return g.op("Concat", kept === undefined ? [first, second] : [first, second, kept], { axis: { int: -1 } });
  }

  /** Cosines and sines [B,T,1,D/2], computed as transformers does: in f32, position times frequency. */
  private rotation(rotary: Rotary): { cos: string; sin: string } {
    const known = this.rotations.get(rotary);
    if (known !== undefined) return known;
    const { g } = this.pieces;
    const shape = [1, 1, 1, rotary.frequencies.length];
    let frequencies = g.float32(rotary.frequencies, shape);
    if (rotary.long !== undefined) {
      const isLong = g.op("Greater", [this.rowLength(), g.float32([rotary.long.longerThan], [])]);
      frequencies = g.op("Where", [isLong, g.float32(rotary.long.frequencies, shape), frequencies]);
    }
    if (rotary.dynamic !== undefined) frequencies = this.dynamicFrequencies(rotary.frequencies.length, rotary.dynamic);
    const positions = g.op("Cast", [this.query], { to: { int: DataType.FLOAT } });
    const angles = g.op("Mul", [g.op("Unsqueeze", [positions, g.int64([2, 3])]), frequencies]);
    const rotation = {
      cos: this.pieces.scale(g.op("Cos", [angles]), rotary.attentionFactor),
      sin: this.pieces.scale(g.op("Sin", [angles]), rotary.attentionFactor),
    };
    this.rotations.set(rotary, rotation);
    return rotation;
  }

  /** Number of real tokens of each row, f32 [B,1,1,1]: its last real position plus one. */
  private rowLength(): string {
    const { g } = this.pieces;
    const isReal = g.op("Less", [this.query, g.int64([PADDING_POSITION])]);
    const real = g.op("Where", [isReal, this.query, g.int64([-1])]);
    const last = g.op("Cast", [g.op("ReduceMax", [real, g.int64([1])], { keepdims: { int: 1 } })], {
      to: { int: DataType.FLOAT },
    });
    return g.op("Unsqueeze", [g.op("Add", [last, g.float32([1], [])]), g.int64([2, 3])]);
  }

  /**
   * Inverse frequencies [B,1,1,pairs] of base theta * (factor * length / original - (factor - 1))^(d / (d - 2)), with the
   * length at least the original one (transformers, modeling_rope_utils.py).
   */
  private dynamicFrequencies(pairs: number, { theta, factor, longerThan }: NonNullable<Rotary["dynamic"]>): string {
    const { g } = this.pieces;
    const scalar = (value: number) => g.float32([value], []);
    const length = g.op("Max", [this.rowLength(), scalar(longerThan)]);
    const stretched = g.op("Sub", [g.op("Mul", [length, scalar(factor / longerThan)]), scalar(factor - 1)]);
    const dims = 2 * pairs;
    const logBase = g.op("Add", [
      g.op("Mul", [g.op("Log", [stretched]), scalar(dims / (dims - 2))]),
      scalar(Math.log(theta)),
    ]);
    const exponents = Float32Array.from({ length: pairs }, (_, i) => (-2 * i) / dims);
    return g.op("Exp", [g.op("Mul", [logBase, g.float32(exponents, [1, 1, 1, pairs])])]);
  }

  /** Additive mask [B,1,1,T,S]: a key is seen when it is not later than the query and inside the sliding window. */
  mask(slidingWindow: number | undefined): string {
    const known = this.masks.get(slidingWindow);
    if (known !== undefined) return known;
    const { g } = this.pieces;
    const { query, key } = this.expanded();
    let visible = g.op("LessOrEqual", [key, query]);
    if (slidingWindow !== undefined) {
      const near = g.op("Greater", [key, g.op("Sub", [query, g.int64([slidingWindow])])]);
      visible = g.op("And", [visible, near]);
    }
    const mask = g.op("Where", [visible, g.float32([0], []), g.float32([-Infinity], [])]);
    this.masks.set(slidingWindow, mask);
    return mask;
  }

  /** ALiBi [B,KV,G,T or 1,S]: each head's slope times (key position - query position). */
  linearBias({ slopes, roundedScale }: Alibi, keyValueHeads: number): string {
    const { g } = this.pieces;
    const { query, key } = this.expanded();
    const shape = [1, keyValueHeads, slopes.length / keyValueHeads, 1, 1];
    const float = (x: string) => g.op("Cast", [x], { to: { int: DataType.FLOAT } });
    if (roundedScale === undefined) {
      this.distances ??= float(g.op("Sub", [key, query]));
      return g.op("Mul", [this.distances, g.float32(slopes, shape)]);
    }
    // Rounding depends on the key's own position; the query's share would cancel in the softmax.
    const round = (x: string) => float(g.op("Cast", [x], { to: { int: DataType.BFLOAT16 } }));
    const product = round(g.op("Mul", [float(key), round(g.float32(slopes, shape))]));
    return this.pieces.scale(product, roundedScale);
  }

  private expanded(): { query: string; key: string } {
    const { g } = this.pieces;
    return {
      query: g.op("Unsqueeze", [this.query, g.int64([1, 2, 4])]),
      key: g.op("Unsqueeze", [this.key, g.int64([1, 2, 3])]),
    };
  }
}
