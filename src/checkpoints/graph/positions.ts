/** What depends on positions: rotary angles, visibility of keys, linear biases. Each is made once and shared by layers. */

import type { Alibi, Rotary } from "../model-spec.js";
import { DataType } from "../onnx-proto.js";
import type { Pieces } from "./pieces.js";

/** Position of a place in the past that holds no key: larger than any real position, exact in f32. */
export const EMPTY_POSITION = 2 ** 24;

/** Names of the graph's inputs that say where tokens stand. */
export interface PositionInputs {
  /** Position of each token in its text, int64 [N]. */
  readonly positions: string;
  /** Token in each query's slot of the attention block, int64 [B,L]. */
  readonly slots: string;
  /** Token in each key's slot, int64 [B,K]: those of the queries, and slots that no query sees. */
  readonly keySlots: string;
  /** Last slot of the block's row that sees the key in this slot, int64 [B,K]. */
  readonly seenUntil: string;
  /** Positions of the keys that came before, int64 [B,P]. */
  readonly pastPositions: string;
  /** Length of the text each token stands in, f32 [N]; only in models whose rotary embedding depends on it. */
  readonly lengths: string;
}

export class Positions {
  private readonly rotations = new Map<Rotary, { cos: string; sin: string }>();
  private readonly masks = new Map<number | undefined, string>();
  private expanded: { readonly query: string; readonly key: string } | undefined;
  private distances: string | undefined;

  constructor(
    private readonly pieces: Pieces,
    private readonly inputs: PositionInputs,
  ) {}

  /** Rotates the first dimensions of [N,heads,D]. */
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

  /** Cosines and sines [N,1,D/2], computed as transformers does: in f32, position times frequency. */
  private rotation(rotary: Rotary): { cos: string; sin: string } {
    const known = this.rotations.get(rotary);
    if (known !== undefined) return known;
    const { g } = this.pieces;
    const shape = [1, 1, rotary.frequencies.length];
    let frequencies = g.float32(rotary.frequencies, shape);
    if (rotary.long !== undefined) {
      const isLong = g.op("Greater", [this.textLength(), g.float32([rotary.long.longerThan], [])]);
      frequencies = g.op("Where", [isLong, g.float32(rotary.long.frequencies, shape), frequencies]);
    }
    if (rotary.dynamic !== undefined) frequencies = this.dynamicFrequencies(rotary.frequencies.length, rotary.dynamic);
    const positions = g.op("Cast", [this.inputs.positions], { to: { int: DataType.FLOAT } });
    const angles = g.op("Mul", [g.op("Unsqueeze", [positions, g.int64([1, 2])]), frequencies]);
    const rotation = {
      cos: this.pieces.scale(g.op("Cos", [angles]), rotary.attentionFactor),
      sin: this.pieces.scale(g.op("Sin", [angles]), rotary.attentionFactor),
    };
    this.rotations.set(rotary, rotation);
    return rotation;
  }

  /** Length of each token's text, f32 [N,1,1]. */
  private textLength(): string {
    const { g } = this.pieces;
    return g.op("Unsqueeze", [this.inputs.lengths, g.int64([1, 2])]);
  }

  /**
   * Inverse frequencies [N,1,pairs] of base theta * (factor * length / original - (factor - 1))^(d / (d - 2)), with the
   * length at least the original one (transformers, modeling_rope_utils.py).
   */
  private dynamicFrequencies(pairs: number, { theta, factor, longerThan }: NonNullable<Rotary["dynamic"]>): string {
    const { g } = this.pieces;
    const scalar = (value: number) => g.float32([value], []);
    const length = g.op("Max", [this.textLength(), scalar(longerThan)]);
    const stretched = g.op("Sub", [g.op("Mul", [length, scalar(factor / longerThan)]), scalar(factor - 1)]);
    const dims = 2 * pairs;
    const logBase = g.op("Add", [
      g.op("Mul", [g.op("Log", [stretched]), scalar(dims / (dims - 2))]),
      scalar(Math.log(theta)),
    ]);
    const exponents = Float32Array.from({ length: pairs }, (_, i) => (-2 * i) / dims);
    return g.op("Exp", [g.op("Mul", [logBase, g.float32(exponents, [1, 1, pairs])])]);
  }

  /** Additive mask [B,1,1,L,P+K]: 0 for a key of the query's own text inside the sliding window, else -infinity. */
  mask(slidingWindow: number | undefined): string {
    const known = this.masks.get(slidingWindow);
    if (known !== undefined) return known;
    const { g } = this.pieces;
    const { query, key } = this.queryAndKey();
    const { slots, keySlots, seenUntil, pastPositions } = this.inputs;
    // A key of the past belongs to every text of its row; a key of the block to the texts that branch off after it.
    const querySlot = g.op("Unsqueeze", [this.slotNumbers(slots), g.int64([1])]);
    const follows = g.op("LessOrEqual", [this.slotNumbers(keySlots), querySlot]);
    const inBranch = g.op("LessOrEqual", [querySlot, g.op("Unsqueeze", [seenUntil, g.int64([1, 2, 3])])]);
    const local = g.op("And", [follows, inBranch]);
    const past = g.op("LessOrEqual", [g.op("Unsqueeze", [pastPositions, g.int64([1, 2, 3])]), query]);
    let visible = g.op("Concat", [past, local], { axis: { int: -1 } });
    if (slidingWindow !== undefined) {
      const near = g.op("Greater", [key, g.op("Sub", [query, g.int64([slidingWindow])])]);
      visible = g.op("And", [visible, near]);
    }
    const mask = g.op("Where", [visible, g.float32([0], []), g.float32([-Infinity], [])]);
    this.masks.set(slidingWindow, mask);
    return mask;
  }

  private slotNumbers(slots: string): string {
    const { g } = this.pieces;
    const count = g.op("Gather", [g.op("Shape", [slots]), g.int64([1], true)]);
    return g.op("Range", [g.int64([0], true), count, g.int64([1], true)]);
  }

  /** ALiBi [B,KV,G,L or 1,P+K]: each head's slope times (key position - query position). */
  linearBias({ slopes, roundedScale }: Alibi, keyValueHeads: number): string {
    const { g } = this.pieces;
    const { query, key } = this.queryAndKey();
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

  /** Positions of queries [B,1,1,L,1] and of keys, those of the past first [B,1,1,1,P+K]. */
  private queryAndKey(): { readonly query: string; readonly key: string } {
    const { g } = this.pieces;
    const { positions, slots, keySlots, pastPositions } = this.inputs;
    if (this.expanded === undefined) {
      const keys = g.op("Concat", [pastPositions, g.op("Gather", [positions, keySlots])], { axis: { int: 1 } });
      this.expanded = {
        query: g.op("Unsqueeze", [g.op("Gather", [positions, slots]), g.int64([1, 2, 4])]),
        key: g.op("Unsqueeze", [keys, g.int64([1, 2, 3])]),
      };
    }
    return this.expanded;
  }
}
