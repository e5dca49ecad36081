/**
 * Decodes in batches with a key/value cache, greedily or by draws: the common beginning once, finished rows leave the
 * batch.
 */

import type { Draw, OnWork, Step } from "../backends/backend.js";
import { KeyValues } from "./key-values.js";
import { groupBlocks, packBlocks } from "./packing.js";
import type { PackedOutput } from "./packed-model.js";
import { RowPast } from "./row-past.js";
import { NextTokens } from "./next-tokens.js";
import { tokenCount, tokenTree } from "./token-tree.js";
import { chainBlocks, endOf, type Shared } from "./tree-scorer.js";
import { treeBlock, type TokenBlock } from "./tree-plan.js";

/**
 * Sets the shortest common beginning that gets a run of its own; a shorter one is left in the rows, as a run would cost
 * more.
 */
const SHORTEST_PREFIX = 16;
/** Sets the fewest rows that are decoded apart from the others. */
const FEWEST_ROWS = 2;

/** Tells after each step which of the rows that got a token end: true for a row that ends. */
export type RowEnds = (steps: readonly Step[]) => Promise<readonly boolean[]>;

export async function generateTexts(
  contexts: readonly (readonly number[])[],
  maxNewTokens: number,
  rowEnds: RowEnds,
  shared: Shared,
  onWork: OnWork,
  known: ReadonlyMap<number, number>,
  draws: readonly (Draw | undefined)[] | undefined,
): Promise<number[][]> {
  return new Decoder(contexts, maxNewTokens, rowEnds, shared, onWork, known, new NextTokens(draws)).run();
}

/**
 * Decodes the same with every step from the beginning: where the rotary embedding depends on a text's length, the keys
 * of earlier steps would be stale.
 */
export async function generateAnew(
  contexts: readonly (readonly number[])[],
  rowEnds: RowEnds,
  { model, memory, lowRank }: Shared,
  onWork: OnWork,
  known: ReadonlyMap<number, number>,
  draws: readonly (Draw | undefined)[] | undefined,
): Promise<number[][]> {
  const next = new NextTokens(draws);
  const generated: number[][] = [];
  const busyBefore = model.busy;
  let [tokens, distinctTokens] = [0, 0];
  for (const [row, context] of contexts.entries()) {
    const ids: number[] = [];
    const knownTokens = known.get(row);
    if (knownTokens !== undefined) {
      // Every step ran the whole text.
      for (let step = 0; step < knownTokens; step++) distinctTokens += context.length + step;
      generated.push(ids);
      continue;
    }
    do {
      const text = [...context, ...ids];
      const asks = [{ offset: text.length - 1, token: 0, output: 0 }];
      let prefix = KeyValues.empty(model.layers);
      for (const block of chainBlocks(text, 0, asks, memory)) {
        const packed = packBlocks([block], prefix.length, model.multiples);
        const output = await model.run(packed, { prefix, lowRank, textLength: text.length }, next.wanted);
        prefix = prefix.append(block.ids.length, output.kept);
        if (block.asks.length > 0) ids.push(next.of(row, 0, output));
      }
      tokens += text.length;
      distinctTokens += text.length;
    } while ((await rowEnds([{ row, ids }]))[0] !== true);
    generated.push(ids);
    const busy = model.busy - busyBefore;
    const share = generated.length / contexts.length;
    onWork({ share, tokens, distinctTokens, reusedTokens: 0, busy, ended: [{ row, ids }] });
  }
  return generated;
}

/** Holds a row that is being continued. */
interface Row {
  readonly index: number;
  readonly ids: number[];
}

class Decoder {
  private readonly generated: number[][];
  private tokens = 0;
  private distinctTokens = 0;
  private reusedTokens = 0;
  private ended = 0;
  /** Rows that ended since the last report. */
  private justEnded: Step[] = [];
  private readonly busyBefore: number;

  constructor(
    private readonly contexts: readonly (readonly number[])[],
    private readonly maxNewTokens: number,
    private readonly rowEnds: RowEnds,
    private readonly shared: Shared,
    private readonly onWork: OnWork,
    private readonly known: ReadonlyMap<number, number>,
    private readonly next: NextTokens,
  ) {
    this.generated = contexts.map(() => []);
    this.busyBefore = shared.model.busy;
  }

  async run(): Promise<number[][]> {
    const tree = tokenTree(this.contexts.map((ids) => ({ ids, targets: [] })));
    this.distinctTokens = tokenCount(tree);
    // A row's first new token comes with its context.
    for (const tokens of this.known.values()) this.distinctTokens += Math.max(0, tokens - 1);
    this.ended = this.known.size;
    this.count(0);
    const { generationBytes, generationRows } = this.shared.memory;
    const tokenBytes = KeyValues.bytesPerToken(this.shared.model.layers);
    for (const { indices: members, common } of this.groups()) {
      const indices = members.filter((index) => !this.known.has(index));
      if (indices.length === 0) continue;
      const prefix = await this.prefix((this.contexts[indices[0] as number] as readonly number[]).slice(0, common));
      const own = (index: number) => (this.contexts[index] as readonly number[]).length - common;
      const order = this.byLength(indices, common);
      for (let from = 0; from < order.length;) {
        const capacity = Math.max(...order.slice(from, from + generationRows).map(own)) + this.maxNewTokens;
        const fitting = Math.floor(generationBytes / (capacity * tokenBytes));
        const to = from + Math.max(1, Math.min(generationRows, fitting));
        await this.batch(order.slice(from, to), prefix, capacity);
        from = to;
      }
    }
    return this.generated;
  }

  /** Sorts rows longest first, and puts rows that begin alike after what is common to all next to each other. */
  private byLength(indices: readonly number[], common: number): number[] {
    const families = new Map<string, number[]>();
    for (const index of indices) {
      const beginning = (this.contexts[index] as readonly number[]).slice(common, common + SHORTEST_PREFIX).join();
      families.set(beginning, [...(families.get(beginning) ?? []), index]);
    }
    const length = (index: number | undefined) => this.contexts[index as number]?.length ?? 0;
    const ordered = [...families.values()].map((own) => own.sort((a, b) => length(b) - length(a)));
    return ordered.sort(([a], [b]) => length(b) - length(a)).flat();
  }

  /**
   * Groups rows by what they begin with: shots dropped from the front of some prompts leave others with another
   * beginning. At least one token is left to each row; rows without a beginning worth a run of its own are one group.
   */
  private groups(): { readonly indices: readonly number[]; readonly common: number }[] {
    const byBeginning = new Map<string, number[]>();
    this.contexts.forEach((ids, index) => {
      const key = ids.length > SHORTEST_PREFIX ? ids.slice(0, SHORTEST_PREFIX).join() : "";
      byBeginning.set(key, [...(byBeginning.get(key) ?? []), index]);
    });
    const few = ([key, indices]: [string, number[]]) => key === "" || indices.length < FEWEST_ROWS;
    const single = [...byBeginning].filter(few).flatMap(([, indices]) => indices);
    const groups = [...byBeginning]
      .filter((group) => !few(group))
      .map(([, indices]) => {
        const [first = [], ...others] = indices.map((index) => this.contexts[index] as readonly number[]);
        let common = first.length - 1;
        for (const ids of others) {
          common = Math.min(common, ids.length - 1);
          for (let i = 0; i < common; i++) if (ids[i] !== first[i]) common = i;
        }
        return { indices, common };
      });
    return single.length === 0 ? groups : [...groups, { indices: single, common: 0 }];
  }

  /** Computes the keys and values of the tokens that a group begins with. */
  private async prefix(ids: readonly number[]): Promise<KeyValues> {
    const { model, prefixes, memory, lowRank } = this.shared;
    if (ids.length === 0) return KeyValues.empty(model.layers);
    const owner = `${this.shared.owner}:0`;
    const chain = chainBlocks(ids, 0, [], memory);
    const bounds = chain.map(endOf);
    let known = prefixes.find(owner, ids, bounds) ?? KeyValues.empty(model.layers);
    this.reusedTokens += known.length;
    const from = known.length;
    for (const block of chain.filter((one) => endOf(one) > from)) {
      const output = await model.run(
        packBlocks([block], known.length, model.multiples),
        { prefix: known, lowRank, textLength: 0 },
        { keep: true },
      );
      known = known.append(block.ids.length, output.kept);
      this.count(block.ids.length);
    }
    prefixes.keep(owner, ids, bounds, known);
    return known;
  }

  private async batch(indices: readonly number[], prefix: KeyValues, capacity: number): Promise<void> {
    const { model, lowRank } = this.shared;
    const past = RowPast.empty(model.layers, indices.length, capacity);
    const rows: Row[] = indices.map((index) => ({ index, ids: this.generated[index] as number[] }));
    const next = await this.readContexts(rows, prefix, past);
    let ends = await this.push(rows, next);
    for (;;) {
      // From the back, so that the row that takes an ended row's place has been looked at.
      for (let i = rows.length - 1; i >= 0; i--) {
        if (ends[i] !== true) continue;
        past.remove(i);
        const { index: row, ids } = rows[i] as Row;
        this.justEnded.push({ row, ids: [...ids] });
        const last = rows.pop() as Row;
        if (i < rows.length) rows[i] = last;
        this.ended++;
      }
      if (rows.length === 0) {
        this.count(0);
        return;
      }
      const blocks = rows.map(({ ids }, i): TokenBlock => ({
        ids: [ids.at(-1) as number],
        positions: [prefix.length + past.lengthOf(i)],
        seenUntil: [0],
        asks: [{ slot: 0, token: 0, output: 0 }],
      }));
      const output = await model.run(
        packBlocks(blocks, prefix.length + capacity, model.multiples),
        { prefix, past, lowRank, textLength: 0 },
        this.next.wanted,
      );
      this.distinctTokens += rows.length;
      this.count(rows.length);
      const total = rows.length;
      for (let row = 0; row < total; row++) past.append(row, { first: row, count: 1, total }, output.kept);
      ends = await this.push(rows, this.tokensOf(rows, output));
    }
  }

  /**
   * Runs the rows' own parts of their contexts, as trees where they begin alike. @returns the first new token of each
   * row
   */
  private async readContexts(rows: readonly Row[], prefix: KeyValues, past: RowPast): Promise<number[]> {
    const { model, memory, lowRank, runSize } = this.shared;
    const first: number[] = [];
    const own = rows.map(({ index }) => (this.contexts[index] as readonly number[]).slice(prefix.length));
    const asked = own.map((ids, row) => ({ ids, targets: [{ position: ids.length - 1, token: 0, output: row }] }));
    const { children } = tokenTree(asked);
    const blocks: TokenBlock[] = [];
    for (const child of children.values()) {
      const block = treeBlock(child, prefix.length, { tokens: memory.blockTokens, asks: memory.runAsks });
      if (block !== undefined) blocks.push(block);
      else for (const [row, ids] of own.entries()) if (ids[0] === child.ids[0]) first[row] = await this.readLong(rows, row, ids, prefix, past); // prettier-ignore
    }
    const limits = () => ({ tokens: runSize.tokens, asks: memory.runAsks, pairs: memory.runPairs });
    for (const group of groupBlocks(blocks, prefix.length, limits)) {
      const packed = packBlocks(group, prefix.length, model.multiples);
      const output = await model.run(packed, { prefix, lowRank, textLength: 0 }, this.next.wanted);
      packed.answers.forEach(({ asked: index, output: row }) => {
        first[row] = this.next.of((rows[row] as Row).index, index, output);
      });
      let at = 0;
      for (const block of group) {
        for (const { slot, output: row } of block.asks) {
          for (const { from, count } of stretches(block, slot)) {
            past.append(row, { first: at + from, count, total: packed.tokens }, output.kept);
          }
        }
        at += block.ids.length;
      }
      this.count(packed.tokens);
    }
    return first;
  }

  /** Runs a row that no block holds, part by part. @returns its first new token */
  private async readLong(
    rows: readonly Row[],
    row: number,
    ids: readonly number[],
    prefix: KeyValues,
    past: RowPast,
  ): Promise<number> {
    const { model, memory, lowRank } = this.shared;
    let first = -1;
    const asks = [{ offset: ids.length - 1, token: 0, output: row }];
    for (const block of chainBlocks(ids, prefix.length, asks, memory)) {
      const context = { prefix, past: past.row(row), lowRank, textLength: 0 };
      const packed = packBlocks([block], prefix.length + past.capacity, model.multiples);
      const output = await model.run(packed, context, this.next.wanted);
      const count = block.ids.length;
      past.append(row, { first: 0, count, total: count }, output.kept);
      this.count(count);
      if (block.asks.length > 0) first = this.next.of((rows[row] as Row).index, 0, output);
    }
    return first;
  }

  /** Gives each row its new token. @returns which rows end */
  private push(rows: readonly Row[], tokens: readonly number[]): Promise<readonly boolean[]> {
    rows.forEach(({ ids }, i) => ids.push(tokens[i] as number));
    return this.rowEnds(rows.map(({ index, ids }) => ({ row: index, ids })));
  }

  private tokensOf(rows: readonly Row[], output: PackedOutput): number[] {
    return rows.map(({ index }, asked) => this.next.of(index, asked, output));
  }

  private count(tokens: number): void {
    this.tokens += tokens;
    const ended = this.justEnded;
    this.justEnded = [];
    this.onWork({
      ended,
      share: this.ended / this.contexts.length,
      tokens: this.tokens,
      distinctTokens: this.distinctTokens,
      reusedTokens: this.reusedTokens,
      busy: this.shared.model.busy - this.busyBefore,
    });
  }
}

/** Returns the slots of a block that the text which ends at `last` is made of, as stretches. */
function stretches({ seenUntil }: TokenBlock, last: number): { readonly from: number; count: number }[] {
  const found: { readonly from: number; count: number }[] = [];
  for (let slot = 0; slot <= last; slot++) {
    if ((seenUntil[slot] as number) < last) continue;
    const current = found.at(-1);
    if (current !== undefined && current.from + current.count === slot) current.count++;
    else found.push({ from: slot, count: 1 });
  }
  return found;
}
