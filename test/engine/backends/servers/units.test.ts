/** Parts of the backend over servers: questions, prefixes, the limit of requests in flight. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequence } from "../../../../src/engine/backends/sequence.js";
import { AdaptiveLimit } from "../../../../src/engine/backends/servers/limit.js";
import { packPrefixes, prefixesOf } from "../../../../src/engine/backends/servers/prefixes.js";
import { clustersOf, questionsOf } from "../../../../src/engine/backends/servers/questions.js";
import { isSameServer, type ServerFacts } from "../../../../src/engine/backends/servers/facts.js";

const id = fc.integer({ min: 0, max: 5 });
const sequence: fc.Arbitrary<Sequence> = fc
  .record({
    ids: fc.array(id, { minLength: 1, maxLength: 8 }),
    wanted: fc.array(fc.tuple(fc.nat(7), id), { maxLength: 5 }),
  })
  .map(({ ids, wanted }) => ({
    ids,
    targets: wanted
      .map(([position, token]) => ({ position: position % ids.length, token }))
      .sort((a, b) => a.position - b.position),
  }));

test("property: questions ask for every target once, after the ids that come before it", () => {
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 6 }), fc.array(fc.nat(5)), (sequences, knownList) => {
      const known = new Set(knownList);
      let place = 0;
      const expected = new Map<number, string>();
      sequences.forEach(({ ids, targets }, index) => {
        for (const { position, token } of targets) {
          if (!known.has(index)) expected.set(place, JSON.stringify([ids.slice(0, position + 1), token]));
          place++;
        }
      });
      const found = new Map<number, string>();
      for (const { context, continuations, places } of questionsOf(sequences, known)) {
        continuations.forEach(({ tokens }, c) => {
          tokens.forEach((token, t) => {
            const at = places[c]?.[t] as number;
            expect(found.has(at)).toBe(false);
            found.set(at, JSON.stringify([[...context, ...tokens.slice(0, t)], token]));
          });
        });
      }
      expect(found).toEqual(expected);
    }),
  );
});

test("property: packed prefixes hold every wanted token, within the bounds", () => {
  const continuations = fc.array(fc.array(id, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      continuations,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (all, tokens, prompts) => {
        const prefixes = prefixesOf({ context: [9], continuations: all.map((one) => ({ tokens: one })) });
        const places = prefixes.flatMap(({ wanted }) => [...wanted.values()].flat());
        expect(places).toHaveLength(all.flat().length);
        const packs = packPrefixes(prefixes, tokens, prompts);
        for (const pack of packs) {
          expect(pack.length).toBeLessThanOrEqual(prompts);
          expect(new Set(pack.flatMap((part) => part.tokens)).size).toBeLessThanOrEqual(tokens);
        }
        const packed = packs.flat().flatMap((part) => part.tokens.map((token) => `${part.prefix.ids.join()}>${token}`));
        const wanted = prefixes.flatMap(({ ids, wanted: own }) =>
          [...own.keys()].map((token) => `${ids.join()}>${token}`),
        );
        expect(packed.sort()).toEqual(wanted.sort());
      },
    ),
  );
});

test("contexts that begin with the same 64 tokens are one cluster", () => {
  const shots = Array.from({ length: 64 }, (_, i) => i);
  const contexts = [[...shots, 1], [...shots, 2], shots.slice(1), [...shots, 3]];
  expect(clustersOf(contexts, (context) => context).map(({ length }) => length)).toEqual([2, 1, 1]);
});

describe("the limit of requests in flight", () => {
  /** Runs tasks against a server with so many hands, each busy for 10 ms a task. */
  async function most(
    capacity: number,
    tasks: number,
    onTask: (limit: AdaptiveLimit, task: number) => void = () => undefined,
  ) {
    let [clock, open, peak] = [0, 0, 0];
    const hands = new Array<number>(capacity).fill(0);
    const finishing: { readonly at: number; readonly end: () => void }[] = [];
    const limit = new AdaptiveLimit(64, 4, () => clock);
    const all = Array.from({ length: tasks }, (_, task) =>
      limit.run(async () => {
        peak = Math.max(peak, ++open);
        const hand = hands.indexOf(Math.min(...hands));
        const at = Math.max(clock, hands[hand] as number) + 10;
        hands[hand] = at;
        await new Promise<void>((end) => finishing.push({ at, end }));
        open--;
        onTask(limit, task);
        limit.answered();
      }),
    );
    for (let ended = 0; ended < tasks; ended++) {
      await new Promise(setImmediate);
      finishing.sort((a, b) => a.at - b.at);
      const next = finishing.shift();
      clock = next?.at ?? clock;
      next?.end();
    }
    await Promise.all(all);
    return { peak, inFlight: limit.inFlight };
  }

  test("grows while that brings more answers, and not far beyond", async () => {
    expect((await most(1000, 2000)).peak).toBeGreaterThan(60);
    expect((await most(8, 2000)).peak).toBeLessThan(40);
  });

  test("halves where the server has too much to do", async () => {
    const { inFlight } = await most(1000, 300, (limit, task) => {
      if (task === 299) limit.overloaded();
    });
    expect(inFlight).toBeLessThanOrEqual(32);
  });
});

test("two servers are one where they state the same and their probes differ no more than the answers of each", () => {
  const facts: ServerFacts = {
    engine: "vllm", version: "1", model: "m", root: null, dtype: null, flags: {}, shape: "s", noise: 0.01, probes: [-1, -2],
  }; // prettier-ignore
  expect(isSameServer(facts, { ...facts, probes: [-1.03, -2], noise: 0 })).toBe(true);
  expect(isSameServer(facts, { ...facts, probes: [-1.05, -2] })).toBe(false);
  expect(isSameServer(facts, { ...facts, version: "2" })).toBe(false);
  expect(isSameServer(facts, { ...facts, probes: [-1] })).toBe(false);
});
