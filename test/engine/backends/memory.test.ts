import { totalmem } from "node:os";
import { describe, expect, test } from "vitest";
import { planMemory } from "../../../src/engine/backends/memory.js";
import { RunSize } from "../../../src/engine/tree/run-size.js";
import { openLlama } from "../../support/engines.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const MB = 2 ** 20;
const checkpoint = await openLlama(await writeTinyCheckpoint(tempFolder()));

describe("a budget of memory", () => {
  test("gives more of everything the larger it is", () => {
    const plans = [340, 400, 800, 3000].map((size) => planMemory(checkpoint, size * MB));
    for (const [i, plan] of plans.slice(1).entries()) {
      for (const key of [
        "runTokens",
        "blockTokens",
        "runAsks",
        "runPairs",
        "prefixBytes",
        "generationBytes",
      ] as const) {
        expect(plan[key]).toBeGreaterThanOrEqual(plans[i]?.[key] ?? NaN);
      }
    }
  });

  test("that the model does not fit is refused with the figures", () => {
    expect(() => planMemory(checkpoint, 100 * MB)).toThrow(
      /needs 3\d\d MB of memory: \d MB for the weights in f32, 300 MB for the program and at least 24 MB to work with; --memory allows 100 MB$/,
    );
    const huge = { name: "huge", shape: [2 ** 20, 2 ** 20] };
    const tensors = new Map([
      ["huge", { ...[...checkpoint.tensors.values()][0], ...huge }],
    ]) as typeof checkpoint.tensors;
    expect(() => planMemory({ ...checkpoint, tensors }, undefined, totalmem())).toThrow(
      /MB for the weights in f32.*; this machine has \d+ MB$/,
    );
  });
});

describe("the size of a run", () => {
  const settle = (speeds: Record<number, number>) => {
    const size = new RunSize(1024);
    for (let i = 0; i < 20; i++) size.record(size.tokens, size.tokens / (speeds[size.tokens] as number));
    return size.tokens;
  };

  test("is the fastest of those tried; a larger one has to be worth its memory", () => {
    expect(settle({ 256: 1, 512: 2, 1024: 1.5 })).toBe(512);
    expect(settle({ 256: 1, 512: 1.02, 1024: 1.02 })).toBe(256);
    expect(settle({ 256: 1, 512: 1.02, 1024: 1.5 })).toBe(1024);
  });

  test("never exceeds what fits, and is not judged by runs that are nearly empty", () => {
    expect(new RunSize(100).tokens).toBe(100);
    const size = new RunSize(1024);
    for (let i = 0; i < 10; i++) size.record(10, 1);
    expect(size.tokens).toBe(256);
  });
});
