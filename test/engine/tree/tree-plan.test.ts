/**
 * Trees of tokens, their plans, and how blocks are laid out: everything once, nothing lost, the right things visible.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupBlocks, packBlocks } from "../../../src/engine/tree/packing.js";
import { tokenCount, tokenTree, type PlacedSequence } from "../../../src/engine/tree/token-tree.js";
import { plannedTokens, planTree, type PrefixPlan, type TokenBlock } from "../../../src/engine/tree/tree-plan.js";

/** Few different tokens, so that beginnings are shared; every position of the second half is asked about. */
const sequences = fc
  .array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 24 }), { minLength: 1, maxLength: 14 })
  .map((all): PlacedSequence[] => {
    let output = 0;
    return all.map((ids) => ({
      ids,
      targets: ids.flatMap((_, position) =>
        position >= ids.length / 2 ? [{ position, token: position + 100, output: output++ }] : [],
      ),
    }));
  });
const COST = { pair: 1 / 3000, run: 48 };
const limitsOf = fc.record({ tokens: fc.integer({ min: 1, max: 60 }), asks: fc.integer({ min: 1, max: 30 }) });

const beginnings = (all: readonly PlacedSequence[]) =>
  new Set(all.flatMap(({ ids }) => ids.map((_, end) => ids.slice(0, end + 1).join())));

/** Text up to each slot of a block, from the slots it sees. */
function textsOf(block: TokenBlock, before: readonly number[]): string[] {
  return block.ids.map((_, query) => {
    const seen = block.ids.filter((__, key) => key <= query && query <= (block.seenUntil[key] as number));
    return [...before, ...seen].join();
  });
}

/** Returns what each output is asked after, and how often; every text that is computed. */
function carriedOut(plan: PrefixPlan, before: readonly number[] = []): { asked: Map<number, string>; texts: string[] } {
  const asked = new Map<number, string>();
  const texts: string[] = [];
  const answer = (output: number, text: string) => {
    expect(asked.has(output)).toBe(false);
    asked.set(output, text);
  };
  for (const block of plan.blocks) {
    const own = textsOf(block, before);
    own.forEach((text, slot) => {
      expect(text.split(",")).toHaveLength((block.positions[slot] as number) + 1);
    });
    texts.push(...own);
    for (const { slot, output } of block.asks) answer(output, own[slot] as string);
  }
  for (const { node, plan: rest } of plan.longer) {
    const whole = [...before, ...node.ids];
    node.ids.forEach((_, i) => texts.push([...before, ...node.ids.slice(0, i + 1)].join()));
    for (const { offset, output } of node.asks) answer(output, [...before, ...node.ids.slice(0, offset + 1)].join());
    const inner = carriedOut(rest, whole);
    texts.push(...inner.texts);
    for (const [output, text] of inner.asked) answer(output, text);
  }
  return { asked, texts };
}

test("a tree holds each token in its context once", () => {
  fc.assert(
    fc.property(sequences, (all) => {
      expect(tokenCount(tokenTree(all))).toBe(beginnings(all).size);
    }),
  );
});

test("shots that all rows but one share are read once, though all begin with the same few tokens", () => {
  // A row whose shots did not fit has others; the first tokens of every prompt are the same.
  const lead = [900, 901, 902];
  const shots = Array.from({ length: 400 }, (_, i) => i);
  const row = (n: number) => Array.from({ length: 60 }, (_, i) => 1000 + 100 * n + i);
  const whole = (ids: number[], output: number): PlacedSequence => ({
    ids,
    targets: [{ position: ids.length - 1, token: 1, output }],
  });
  const all = Array.from({ length: 20 }, (_, n) => whole([...lead, ...shots, ...row(n)], n));
  all.push(whole([...lead, ...shots.slice(100), ...row(20)], 20));
  const distinct = beginnings(all).size;
  // Of a model so small that runs cost far more than tokens, as the built-in one.
  for (const run of [48, 500, 3000]) {
    const plan = planTree(tokenTree(all), { pair: 1 / 300, run }, { tokens: 1024, asks: 64 });
    expect(plannedTokens(plan)).toBeLessThanOrEqual(1.02 * distinct);
    expect(carriedOut(plan).asked.size).toBe(all.length);
  }
});

describe("a plan", () => {
  test("computes every text and answers every question once, after the right text", () => {
    fc.assert(
      fc.property(sequences, limitsOf, (all, limits) => {
        const { asked, texts } = carriedOut(planTree(tokenTree(all), COST, limits));
        expect(new Set(texts)).toEqual(beginnings(all));
        for (const { ids, targets } of all) {
          for (const { position, output } of targets) {
            expect(asked.get(output)).toBe(ids.slice(0, position + 1).join());
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("repeats at most two tokens in a hundred where blocks may be large", () => {
    fc.assert(
      fc.property(sequences, (all) => {
        const distinct = beginnings(all).size;
        const planned = plannedTokens(planTree(tokenTree(all), COST, { tokens: 5000, asks: 5000 }));
        expect(planned).toBeGreaterThanOrEqual(distinct);
        expect(planned).toBeLessThanOrEqual(1.02 * distinct);
      }),
    );
  });

  test("makes long shared shots a prefix", () => {
    const shots = Array.from({ length: 300 }, (_, i) => i % 7);
    const rows = Array.from({ length: 20 }, (_, row) => ({
      ids: [...shots, ...Array.from({ length: 30 }, (__, i) => 10 + ((row * 31 + i * 17) % 90))],
      targets: [{ position: 329, token: 1, output: row }],
    }));
    const { blocks, longer } = planTree(tokenTree(rows), COST, { tokens: 512, asks: 512 });
    expect(blocks).toHaveLength(0);
    expect(longer.map(({ node }) => node.ids.length)).toEqual([300]);
  });
});

test("groups hold every block once and keep the limits, but for a block that is beyond them alone", () => {
  fc.assert(
    fc.property(sequences, limitsOf, fc.integer({ min: 1, max: 3000 }), (all, limits, pairs) => {
      const { blocks } = planTree(tokenTree(all), COST, { tokens: 40, asks: 40 });
      const groups = [...groupBlocks(blocks, 5, () => ({ ...limits, pairs }))];
      expect(new Set(groups.flat())).toEqual(new Set(blocks));
      expect(groups.flat()).toHaveLength(blocks.length);
      for (const group of groups.filter(({ length }) => length > 1)) {
        expect(group.reduce((sum, { ids }) => sum + ids.length, 0)).toBeLessThanOrEqual(limits.tokens);
        const longest = Math.max(...group.map(({ ids }) => ids.length));
        expect(group.length * longest * (5 + longest)).toBeLessThanOrEqual(pairs);
      }
    }),
  );
});

test("packed tokens stand in the slots they are gathered from, in whole vectors", () => {
  fc.assert(
    fc.property(sequences, fc.constantFrom(1, 4, 16), fc.integer({ min: 0, max: 200 }), (all, multiple, past) => {
      const { blocks } = planTree(tokenTree(all), COST, { tokens: 5000, asks: 5000 });
      const packed = packBlocks(blocks, past, { tokens: multiple, asks: multiple });
      expect(packed.inputIds.length % multiple).toBe(0);
      expect(packed.asked.length % multiple).toBe(0);
      expect((past + packed.keysPerRow) % 64).toBe(0);
      for (let token = 0; token < packed.tokens; token++) {
        expect(Number(packed.slots[Number(packed.places[token])])).toBe(token);
      }
      const ids = blocks.flatMap((block) => block.ids);
      expect([...packed.inputIds].slice(0, packed.tokens).map(Number)).toEqual(ids);
    }),
  );
});
