/** Decides which blocks run together, and lays them out as inputs of the graph. */

import type { TokenBlock } from "./tree-plan.js";

/** Sets the bounds of one run of the model. */
export interface RunLimits {
  /** Tokens through the linear maps. */
  readonly tokens: number;
  /** Positions through the LM head. */
  readonly asks: number;
  /** Scores of one attention head: queries, padding included, times keys. */
  readonly pairs: number;
}

/**
 * Groups blocks into runs, largest first, so that blocks of like size meet and little of the attention block is empty.
 * A block beyond a limit runs alone.
 * @param past tokens of the prefix before every block
 * @param limits asked for before each run, since they may change with what was measured
 */
export function* groupBlocks(
  blocks: readonly TokenBlock[],
  past: number,
  limits: () => RunLimits,
): Generator<TokenBlock[]> {
  const order = [...blocks].sort((a, b) => b.ids.length - a.ids.length);
  for (let from = 0; from < order.length;) {
    const longest = (order[from] as TokenBlock).ids.length;
    const most = limits();
    let [tokens, asks, to] = [0, 0, from];
    for (; to < order.length; to++) {
      const block = order[to] as TokenBlock;
      tokens += block.ids.length;
      asks += askedSlots(block).length;
      const pairs = (to - from + 1) * longest * (past + longest);
      if (to > from && (tokens > most.tokens || asks > most.asks || pairs > most.pairs)) break;
    }
    yield order.slice(from, to);
    from = to;
  }
}

/** Lists the slots of a block whose successor is asked for, each once. */
function askedSlots({ asks }: TokenBlock): number[] {
  return [...new Set(asks.map(({ slot }) => slot))];
}

/** Holds blocks as the graph takes them; see buildGraph for the meaning and shape of each input. */
export interface PackedBlocks {
  /** Tokens; the arrays are longer, see roundUp. */
  readonly tokens: number;
  readonly rows: number;
  readonly slotsPerRow: number;
  readonly inputIds: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly slots: BigInt64Array;
  readonly places: BigInt64Array;
  readonly keysPerRow: number;
  readonly keySlots: BigInt64Array;
  readonly seenUntil: BigInt64Array;
  /** Tokens that go through the LM head, likewise. */
  readonly asked: BigInt64Array;
  /** Pairs (index into asked, token id). */
  readonly targets: BigInt64Array;
  /** For each target, its index into asked and where its answer goes. */
  readonly answers: readonly { readonly asked: number; readonly output: number }[];
}

/**
 * Sets the number that divides the number of keys of a row. The softmax adds up in an order that depends on the
 * remainder, so without it a score would depend, in its last bit, on the longest row beside it.
 */
const KEY_MULTIPLE = 64;

/** Holds what the number of rows of a matrix is rounded up to. */
export interface RowMultiples {
  readonly tokens: number;
  readonly asks: number;
}

/**
 * Rounds a number of rows up to a whole number of vectors, and never to one row. A kernel that goes through a matrix a
 * vector at a time takes what is left at the end in another way, and a single row is multiplied in another order. So
 * rounded, a score does not depend in its last bit on what runs beside it.
 */
function roundUp(count: number, multiple: number): number {
  return Math.ceil(Math.max(2, count) / multiple) * multiple;
}

/**
 * @param past keys of prefix and past before those of the block
 * @param multiples see {@link RowMultiples}
 */
export function packBlocks(blocks: readonly TokenBlock[], past: number, multiples: RowMultiples): PackedBlocks {
  const rows = blocks.length;
  const slotsPerRow = Math.max(2, ...blocks.map(({ ids }) => ids.length));
  const tokens = blocks.reduce((sum, { ids }) => sum + ids.length, 0);
  const width = roundUp(tokens, multiples.tokens);
  const inputIds = new BigInt64Array(width);
  const positions = new BigInt64Array(width);
  const places = new BigInt64Array(width);
  const keysPerRow = Math.ceil((past + slotsPerRow) / KEY_MULTIPLE) * KEY_MULTIPLE - past;
  // An empty slot holds the first token and is seen by itself alone: its result is never read.
  const slots = new BigInt64Array(rows * slotsPerRow);
  const keySlots = new BigInt64Array(rows * keysPerRow);
  const seenUntil = new BigInt64Array(rows * keysPerRow);
  const asked: number[] = [];
  const targets: number[] = [];
  const answers: { asked: number; output: number }[] = [];
  let first = 0;
  blocks.forEach((block, row) => {
    for (let slot = 0; slot < slotsPerRow; slot++) {
      const place = row * slotsPerRow + slot;
      const key = row * keysPerRow + slot;
      if (slot >= block.ids.length) {
        seenUntil[key] = BigInt(slot);
        continue;
      }
      inputIds[first + slot] = BigInt(block.ids[slot] as number);
      positions[first + slot] = BigInt(block.positions[slot] as number);
      places[first + slot] = BigInt(place);
      slots[place] = BigInt(first + slot);
      keySlots[key] = BigInt(first + slot);
      seenUntil[key] = BigInt(block.seenUntil[slot] as number);
    }
    const rowOf = new Map(askedSlots(block).map((slot) => [slot, asked.push(first + slot) - 1]));
    for (const { slot, token, output } of block.asks) {
      const index = rowOf.get(slot) as number;
      targets.push(index, token);
      answers.push({ asked: index, output });
    }
    first += block.ids.length;
  });
  return {
    tokens,
    rows,
    slotsPerRow,
    inputIds,
    positions,
    slots,
    places,
    keysPerRow,
    keySlots,
    seenUntil,
    asked: BigInt64Array.from({ length: roundUp(asked.length, multiples.asks) }, (_, i) => BigInt(asked[i] ?? 0)),
    targets: BigInt64Array.from(targets, BigInt),
    answers,
  };
}
