/** Noise: as much as it says, where it says, and readable. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distance } from "fastest-levenshtein";
import { NOISE_KINDS, noiseName, parseNoise, withNoise } from "../../src/templates/noise.js";

const TEXT = "The quick brown fox jumps over the lazy dog, and then it rests beside the river. ".repeat(40);
const noisy = (noise: string, text = TEXT) => withNoise({ text }, parseNoise(noise))["text"] ?? "";

describe("noise", () => {
  test("typos put a neighbour's letter in a letter's place", () => {
    const text = noisy("typos:0.1");
    expect(text).toHaveLength(TEXT.length);
    const hits = Array.from(text).filter((char, i) => char !== TEXT[i]);
    const letters = TEXT.match(/[a-z]/gi)?.length ?? 0;
    expect(hits.length / letters).toBeGreaterThan(0.08);
    expect(hits.length / letters).toBeLessThan(0.12);
    expect(hits.join("")).toMatch(/^[a-z]+$/i);
    expect(noisy("typos:1", "gGa")).toMatch(/^[ftyhbv][FTYHBV][qwsz]$/);
  });

  test("case flips letters and nothing else", () => {
    expect(noisy("case:0.2").toLowerCase()).toBe(TEXT.toLowerCase());
    expect(noisy("case:1", "aB-1 ß é")).toBe("Ab-1 ß é");
  });

  test("spaces become two or three", () => {
    expect(noisy("spaces:0.5").replace(/ +/g, " ")).toBe(TEXT);
    expect(noisy("spaces:1", "a b\n c")).toMatch(/^a {2,3}b\n {2,3}c$/);
  });

  test("by default leaves a text readable: a slip in about 30 letters, a change in 10 letters or spaces", () => {
    expect(distance(noisy("typos"), TEXT) / TEXT.length).toBeLessThan(0.04);
    for (const kind of NOISE_KINDS) expect(noisy(kind)).not.toBe(TEXT);
  });

  test("property: the same for a text and a seed, never a character that was not there before but letters and spaces", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...NOISE_KINDS), fc.nat(9), (text, kind, seed) => {
        const once = noisy(`${kind}:0.5@${seed}`, text);
        expect(noisy(`${kind}:0.5@${seed}`, text)).toBe(once);
        expect(once.replace(/[a-z ]/gi, "")).toBe(text.replace(/[a-z ]/gi, ""));
      }),
    );
  });

  test.each(["typos", "typos:0.1", "case:0.5@3", "spaces@2"])("%s keeps its name", (name) => {
    expect(noiseName(parseNoise(name))).toBe(name);
  });
});
