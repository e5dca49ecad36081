/** Lays out scoring and generating: rows follow a common prefix and a past of their own. */

import type { Attention } from "../architectures/model-spec.js";
import { DataType } from "./onnx-proto.js";
import type { AttentionLayout } from "./attention.js";
import { cacheNames } from "./cache-names.js";
import type { Pieces } from "./pieces.js";
import type { KeyPart } from "./positions.js";

/** Names of the inputs that say which token stands where. */
export interface CachedLayoutInputs {
  /** The token in each slot of the attention block, of queries [B,L] and of keys [B,K]. */
  readonly slots: string;
  readonly keySlots: string;
  /** The slot of each token [N]. */
  readonly places: string;
  /** Tokens whose keys and values are an output [Q]. */
  readonly keep: string;
}

/** Adds an input for each layer's prefix and past, and an output for the keys and values that are to be kept. */
export function cachedLayout(pieces: Pieces, { slots, keySlots, places, keep }: CachedLayoutInputs): AttentionLayout {
  const { g } = pieces;
  const blockShape = g.op("Shape", [slots]);
  const byHead = { perm: { ints: [0, 2, 1, 3] } };
  const seen = (current: string, { keyValueHeads, headSize }: Attention, layer: number, kind: "key" | "value") => {
    const names = cacheNames(layer, kind);
    const kept = g.op("Unsqueeze", [g.op("Gather", [current, keep]), g.int64([0])]);
    g.op("Transpose", [kept], byHead, names.kept);
    g.output({ name: names.kept, type: DataType.FLOAT, shape: [1, keyValueHeads, "Q", headSize] });
    g.input({ name: names.prefix, type: DataType.FLOAT, shape: [1, keyValueHeads, "P", headSize] });
    g.input({ name: names.past, type: DataType.FLOAT, shape: ["B", keyValueHeads, "S", headSize] });
    const block = g.op("Transpose", [g.op("Gather", [current, keySlots])], byHead);
    return new Map<KeyPart, string>([
      ["prefix", names.prefix],
      ["past", names.past],
      ["block", block],
    ]);
  };
  return {
    blockShape,
    inRows: (x, to) => pieces.reshape(g.op("Gather", [x, slots]), blockShape, to),
    packed: (x) => g.op("Gather", [x, places]),
    seen,
  };
}
