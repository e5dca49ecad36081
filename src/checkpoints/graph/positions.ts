/**
 * Computes what depends on positions: rotary angles, visibility of keys, linear biases. Each is made once and shared by
 * layers.
 */

import type { Alibi, Attention, Rotary } from "../architectures/model-spec.js";
import { DataType } from "./onnx-proto.js";
import type { Pieces } from "./pieces.js";

/** Sets the position of a place in the past that holds no key: larger than any real position, exact in f32. */
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
  /** Where there are keys beside those of the block. */
  readonly earlier?: {
    /** Positions of the keys of each row's own past, int64 [B,S]. */
    readonly pastPositions: string;
    /** Keys of the prefix, of which only the length is read, f32 [1,KV,P,D]. */
    readonly prefixKeys: string;
    /** Number of those keys that count, int64 [1]; only where the prefix is padded. */
    readonly prefixLength?: string;
  };
  /** Length of the text each token stands in, f32 [N]; only in models whose rotary embedding depends on it. */
  readonly lengths: string;
}

/** Says where a key lies: in the prefix of all rows, in the past of its own row, or in the block; in this order. */
export type KeyPart = "prefix" | "past" | "block";

export class Positions {
  private readonly rotations = new Map<Rotary, { cos: string; sin: string }>();
  private readonly shared = new Map<string, string>();

  constructor(
    private readonly pieces: Pieces,
    private readonly inputs: PositionInputs,
  ) {}

  /**
   * Rotates the first dimensions of [N,heads,D]. Of interleaved pairs all first ones come out before all second ones:
   * the product of a query and a key does not depend on the order.
   */
  rotate(x: string, rotary: Rotary, headSize: number): string {
    const { g } = this.pieces;
    const half = rotary.frequencies.length;
    const rest = headSize - 2 * half;
    const { cos, sin } = this.rotation(rotary);
    const sizes = rest > 0 ? [half, half, rest] : [half, half];
    const [a, b, kept] = (
      rotary.interleaved === true
        ? this.neighbours(x, half, rest)
        : this.pieces.split(x, g.int64(sizes), sizes.length, -1)
    ) as [string, string, string?];
    const first = g.op("Sub", [g.op("Mul", [a, cos]), g.op("Mul", [b, sin])]);
    const second = g.op("Add", [g.op("Mul", [b, cos]), g.op("Mul", [a, sin])]);
    return g.op("Concat", kept === undefined ? [first, second] : [first, second, kept], { axis: { int: -1 } });
  }

  /** Multiplies queries [N,heads,D] by what their positions ask for; without that, the queries themselves. */
  queryScaled(x: string, scaling: Attention["queryScale"]): string {
    if (scaling === undefined) return x;
    const { g } = this.pieces;
    const scalar = (value: number) => g.float32([value], []);
    const factors = this.once(`query scale ${scaling.beta} ${scaling.length}`, () => {
      const positions = g.op("Cast", [this.inputs.positions], { to: { int: DataType.FLOAT } });
      const times = g.op("Floor", [g.op("Div", [positions, scalar(scaling.length)])]);
      const logs = g.op("Mul", [g.op("Log", [g.op("Add", [times, scalar(1)])]), scalar(scaling.beta)]);
      return g.op("Unsqueeze", [g.op("Add", [logs, scalar(1)]), g.int64([1, 2])]);
    });
    return g.op("Mul", [x, factors]);
  }

  /**
   * Returns the first and the second of each pair of neighbouring dimensions, and the dimensions that are not rotated.
   */
  private neighbours(x: string, half: number, rest: number): string[] {
    const { g } = this.pieces;
    const [rotated, kept] =
      rest > 0 ? (this.pieces.split(x, g.int64([2 * half, rest]), 2, -1) as [string, string]) : [x];
    const shape = g.op(
      "Concat",
      [g.op("Slice", [g.op("Shape", [x]), g.int64([0]), g.int64([2])]), g.int64([half, 2])],
      {
        axis: { int: 0 },
      },
    );
    const pairs = this.pieces.split(g.op("Reshape", [rotated, shape]), g.int64([1, 1]), 2, -1);
    const flat = pairs.map((part) => g.op("Reshape", [part, g.int64([0, 0, half])]));
    return kept === undefined ? flat : [...flat, kept];
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

  /** Returns the length of each token's text, f32 [N,1,1]. */
  private textLength(): string {
    const { g } = this.pieces;
    return g.op("Unsqueeze", [this.inputs.lengths, g.int64([1, 2])]);
  }

  /**
   * Computes the inverse frequencies [N,1,pairs] of base theta * (factor * length / original - (factor - 1))^(d / (d -
   * 2)), with the length at least the original one (transformers, modeling_rope_utils.py).
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

  /**
   * Returns the additive mask of a part's keys, [B,1,1,L,n]: 0 for a key of the query's own text inside the sliding
   * window, else -infinity; undefined where every query sees every key.
   */
  mask(part: KeyPart, slidingWindow: number | undefined): string | undefined {
    const length = part === "prefix" ? this.earlier().prefixLength : undefined;
    if (part === "prefix" && slidingWindow === undefined && length === undefined) return undefined;
    return this.once(`mask ${part} ${slidingWindow ?? ""}`, () => {
      const { g } = this.pieces;
      const conditions = part === "prefix" ? [] : [part === "past" ? this.filled() : this.inBranch()];
      if (length !== undefined) conditions.push(g.op("Less", [this.keyPositions("prefix"), length]));
      if (slidingWindow !== undefined) {
        const first = g.op("Sub", [this.queryPositions(), g.int64([slidingWindow])]);
        conditions.push(g.op("Greater", [this.keyPositions(part), first]));
      }
      const visible = conditions.reduce((a, b) => g.op("And", [a, b]));
      return g.op("Where", [visible, g.float32([0], []), g.float32([-Infinity], [])]);
    });
  }

  /** Tells whether a place of the past holds a key: a key of the past belongs to every text of its row. */
  private filled(): string {
    return this.pieces.g.op("LessOrEqual", [this.keyPositions("past"), this.queryPositions()]);
  }

  /** Tells whether a key of the block comes before the query, and the query's text has not branched off before it. */
  private inBranch(): string {
    const { g } = this.pieces;
    const { slots, keySlots, seenUntil } = this.inputs;
    const querySlot = g.op("Unsqueeze", [this.slotNumbers(slots), g.int64([1])]);
    const follows = g.op("LessOrEqual", [this.slotNumbers(keySlots), querySlot]);
    const seen = g.op("LessOrEqual", [querySlot, g.op("Unsqueeze", [seenUntil, g.int64([1, 2, 3])])]);
    return g.op("And", [follows, seen]);
  }

  private slotNumbers(slots: string): string {
    const { g } = this.pieces;
    return this.upTo(g.op("Gather", [g.op("Shape", [slots]), g.int64([1], true)]));
  }

  /** Returns the whole numbers 0, 1, … count - 1. */
  private upTo(count: string): string {
    const { g } = this.pieces;
    return g.op("Range", [g.int64([0], true), count, g.int64([1], true)]);
  }

  /**
   * Returns ALiBi's bias of a part's keys, [B or 1,KV,G,L or 1,n]: each head's slope times (key position - query
   * position).
   */
  linearBias(part: KeyPart, { slopes, roundedScale }: Alibi, keyValueHeads: number): string {
    const { g } = this.pieces;
    const shape = [1, keyValueHeads, slopes.length / keyValueHeads, 1, 1];
    const float = (x: string) => g.op("Cast", [x], { to: { int: DataType.FLOAT } });
    if (roundedScale === undefined) {
      const distances = this.once(`distances ${part}`, () =>
        float(g.op("Sub", [this.keyPositions(part), this.queryPositions()])),
      );
      return g.op("Mul", [distances, g.float32(slopes, shape)]);
    }
    // Rounding depends on the key's own position; the query's share would cancel in the softmax.
    const round = (x: string) => float(g.op("Cast", [x], { to: { int: DataType.BFLOAT16 } }));
    const product = round(g.op("Mul", [float(this.keyPositions(part)), round(g.float32(slopes, shape))]));
    return this.pieces.scale(product, roundedScale);
  }

  /** Counts the keys of each part, [3]. */
  keyCounts(): string {
    const { g } = this.pieces;
    const { prefixKeys, pastPositions } = this.earlier();
    const { keySlots } = this.inputs;
    return this.once("counts", () => {
      const size = (x: string, axis: number) =>
        g.op("Slice", [g.op("Shape", [x]), g.int64([axis]), g.int64([axis + 1])]);
      return g.op("Concat", [size(prefixKeys, 2), size(pastPositions, 1), size(keySlots, 1)], { axis: { int: 0 } });
    });
  }

  /** Returns the positions of queries, [B,1,1,L,1]. */
  private queryPositions(): string {
    const { g } = this.pieces;
    const { positions, slots } = this.inputs;
    return this.once("queries", () => g.op("Unsqueeze", [g.op("Gather", [positions, slots]), g.int64([1, 2, 4])]));
  }

  /** Returns the positions of keys, [B,1,1,1,n]; of the prefix, whose positions are the same for all rows, [n]. */
  private keyPositions(part: KeyPart): string {
    const { g } = this.pieces;
    const { positions, keySlots } = this.inputs;
    return this.once(`keys ${part}`, () => {
      if (part === "prefix") {
        return this.upTo(g.op("Gather", [g.op("Shape", [this.earlier().prefixKeys]), g.int64([2], true)]));
      }
      const own = part === "past" ? this.earlier().pastPositions : g.op("Gather", [positions, keySlots]);
      return g.op("Unsqueeze", [own, g.int64([1, 2, 3])]);
    });
  }

  private earlier(): NonNullable<PositionInputs["earlier"]> {
    const { earlier } = this.inputs;
    if (earlier === undefined) throw new TypeError("this graph has no keys but those of the block");
    return earlier;
  }

  /** Adds a piece of the graph that layers share, or names the one that is there. */
  private once(what: string, add: () => string): string {
    const name = this.shared.get(what) ?? add();
    this.shared.set(what, name);
    return name;
  }
}
