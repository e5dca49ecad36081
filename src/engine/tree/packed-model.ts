/** Runs the model's graph in ONNX Runtime: packed blocks in, log-probabilities, keys and values out. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import { cacheNames } from "../../checkpoints/graph/cache-names.js";
import { EMPTY_POSITION } from "../../checkpoints/graph/positions.js";
import type { ModelSpec } from "../../checkpoints/architectures/model-spec.js";
import type { KeyValues, LayerShape } from "./key-values.js";
import type { PackedBlocks, RowMultiples } from "./packing.js";
import { rowMultiples } from "./row-multiples.js";
import type { RowPast } from "./row-past.js";
import type { Runtime } from "../backends/runtime.js";

export type Feeds = Readonly<Record<string, Tensor>>;

/** Holds what runs beside the packed tokens. */
export interface RunContext {
  /** What all rows follow. */
  readonly prefix: KeyValues;
  /** What each row follows after the prefix. */
  readonly past?: RowPast;
  /** Matrices of adapters. */
  readonly lowRank: Feeds;
  /** Tokens of the texts that the tokens stand in, where the rotary embedding depends on it. */
  readonly textLength: number;
}

/** Holds what is wanted of a run besides log-probabilities. */
export interface Wanted {
  /** The keys and values of the tokens. */
  readonly keep?: boolean;
  /** The most likely token after each asked token. */
  readonly choose?: boolean;
  /** The logits of all tokens after each asked token. */
  readonly draw?: boolean;
}

export interface PackedOutput {
  /** Nats, one per target. */
  readonly logprobs: Float32Array;
  /** Nats, of the most likely token after each asked token. */
  readonly best: Float32Array;
  /** Most likely token after each asked token; only where it was to be chosen. */
  readonly argmax: BigInt64Array;
  /** Logits of all tokens after each asked token, [vocabulary, asked]; only where one was to be drawn. */
  readonly logits: Float32Array;
  /** Keys or values of all tokens, [heads, tokens, size]; only where they were to be kept. */
  readonly kept: (layer: number, part: "key" | "value") => Float32Array;
}

const PARTS = ["key", "value"] as const;

export class PackedModel {
  readonly layers: readonly LayerShape[];
  /** What the model's widths ask of the number of rows. */
  readonly multiples: RowMultiples;
  /** Milliseconds spent in ONNX Runtime so far. */
  busy = 0;
  private readonly lengthInput: boolean;

  constructor(
    private readonly session: InferenceSession,
    private readonly runtime: Pick<Runtime, "Tensor" | "takesEmpty">,
    model: ModelSpec,
    private readonly proceed: () => void,
  ) {
    this.layers = model.layers.map(({ attention }) => ({ heads: attention.keyValueHeads, size: attention.headSize }));
    this.multiples = rowMultiples(model);
    this.lengthInput = session.inputNames.includes("lengths");
  }

  async run(
    packed: PackedBlocks,
    { prefix, past, lowRank, textLength }: RunContext,
    { keep = false, choose = false, draw = false }: Wanted = {},
  ): Promise<PackedOutput> {
    this.proceed();
    const { tokens, rows, slotsPerRow, keysPerRow } = packed;
    const least = this.runtime.takesEmpty ? 0 : 1;
    const capacity = Math.max(least, past?.capacity ?? 0);
    const targets = Math.max(least, packed.answers.length);
    const width = packed.inputIds.length;
    const feeds: Record<string, Tensor> = {
      ...lowRank,
      input_ids: this.int64(packed.inputIds, [width]),
      positions: this.int64(packed.positions, [width]),
      slots: this.int64(packed.slots, [rows, slotsPerRow]),
      places: this.int64(packed.places, [width]),
      key_slots: this.int64(packed.keySlots, [rows, keysPerRow]),
      seen_until: this.int64(packed.seenUntil, [rows, keysPerRow]),
      past_positions: this.pastPositions(rows, capacity, prefix.length, past),
      rows: this.int64(packed.asked, [packed.asked.length]),
      targets: this.int64(filled(packed.targets, 2 * targets), [targets, 2]),
      choose: this.upTo(choose ? packed.asked.length : least),
      draw: this.upTo(draw ? packed.asked.length : least),
      keep: this.upTo(keep ? tokens : least),
    };
    if (!this.runtime.takesEmpty) feeds["prefix_length"] = this.int64(BigInt64Array.of(BigInt(prefix.length)), [1]);
    if (this.lengthInput) feeds["lengths"] = this.float32(new Float32Array(width).fill(textLength), [width]);
    this.layers.forEach(({ heads, size }, layer) => {
      for (const part of PARTS) {
        const names = cacheNames(layer, part);
        const length = Math.max(least, prefix.length);
        feeds[names.prefix] = this.float32(filled(prefix.of(layer, part), heads * length * size), [
          1,
          heads,
          length,
          size,
        ]);
        const own = past?.of(layer, part) ?? new Float32Array(0);
        feeds[names.past] = this.float32(filled(own, rows * heads * capacity * size), [rows, heads, capacity, size]);
      }
    });
    const fetches = ["logprobs", "best", "argmax"];
    if (draw) fetches.push("logits");
    if (keep) {
      for (const layer of this.layers.keys()) fetches.push(...PARTS.map((part) => cacheNames(layer, part).kept));
    }
    const started = performance.now();
    const output = await this.session.run(feeds, fetches);
    this.busy += performance.now() - started;
    return {
      logprobs: (output["logprobs"] as Tensor).data as Float32Array,
      best: (output["best"] as Tensor).data as Float32Array,
      argmax: (output["argmax"] as Tensor).data as BigInt64Array,
      logits: draw ? ((output["logits"] as Tensor).data as Float32Array) : new Float32Array(0),
      kept: (layer, part) => (output[cacheNames(layer, part).kept] as Tensor).data as Float32Array,
    };
  }

  release(): Promise<void> {
    return this.session.release();
  }

  /** Returns the positions of each row's own past, [rows, capacity]. */
  private pastPositions(rows: number, capacity: number, prefixLength: number, past: RowPast | undefined): Tensor {
    const positions = new BigInt64Array(rows * capacity).fill(BigInt(EMPTY_POSITION));
    for (let row = 0; row < rows; row++) {
      const filled = past?.lengthOf(row) ?? 0;
      for (let i = 0; i < filled; i++) positions[row * capacity + i] = BigInt(prefixLength + i);
    }
    return this.int64(positions, [rows, capacity]);
  }

  /** Returns the whole numbers 0, 1, … count - 1. */
  private upTo(count: number): Tensor {
    return this.int64(
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
      [count],
    );
  }

  private int64(values: BigInt64Array, dims: readonly number[]): Tensor {
    return new this.runtime.Tensor("int64", values, dims);
  }

  private float32(values: Float32Array, dims: readonly number[]): Tensor {
    return new this.runtime.Tensor("float32", values, dims);
  }
}

/** Returns the values themselves, or zeros in the place of none. */
function filled<T extends Float32Array | BigInt64Array>(values: T, length: number): T {
  return values.length === 0 && length > 0 ? new (values.constructor as new (length: number) => T)(length) : values;
}
