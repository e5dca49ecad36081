import { describe, expect, test } from "vitest";
import { KeyValues, PrefixCache } from "../../../src/engine/tree/key-values.js";
import { RowPast } from "../../../src/engine/tree/row-past.js";

const LAYERS = [
  { heads: 2, size: 3 },
  { heads: 1, size: 4 },
];

/** Keys or values [heads, count, size] whose numbers say which token they are of. */
const of = (from: number, count: number) => (layer: number, part: "key" | "value") => {
  const { heads, size } = LAYERS[layer] as (typeof LAYERS)[number];
  return Float32Array.from({ length: heads * count * size }, (_, i) => {
    const [head, token, d] = [Math.floor(i / (count * size)), Math.floor(i / size) % count, i % size];
    return 1000 * (from + token) + 100 * head + 10 * layer + (part === "key" ? 0 : 5) + d / 10;
  });
};
const made = (count: number) => KeyValues.empty(LAYERS).append(count, of(0, count));

describe("keys and values", () => {
  test("are the same however they were put together", () => {
    const pieces = KeyValues.empty(LAYERS).append(2, of(0, 2)).append(3, of(2, 3)).append(1, of(5, 1));
    for (const layer of LAYERS.keys()) {
      expect(pieces.of(layer, "key")).toEqual(made(6).of(layer, "key"));
      expect(pieces.of(layer, "value")).toEqual(made(6).of(layer, "value"));
      expect(made(6).head(4).of(layer, "value")).toEqual(made(4).of(layer, "value"));
    }
    expect(pieces.bytes).toBe(6 * KeyValues.bytesPerToken(LAYERS));
  });
});

describe("the cache of prefixes", () => {
  const token = KeyValues.bytesPerToken(LAYERS);
  /** A run for each token. */
  const eachOf = (ids: readonly number[]) => ids.map((_, i) => i + 1);

  test("finds only what was made in the same runs", () => {
    const cache = new PrefixCache(100 * token);
    cache.keep("", [1, 2, 3, 4, 5, 6], [2, 4, 6], made(6));
    expect(cache.find("", [1, 2, 3, 4, 5, 6, 7], [2, 4, 7])?.length).toBe(4);
    expect(cache.find("", [1, 2, 3, 4, 5, 9], [2, 4, 6])?.length).toBe(4);
    expect(cache.find("", [1, 2, 3, 4, 5, 6], [2, 4, 6])?.length).toBe(6);
    expect(cache.find("", [1, 2, 3, 4], [4])).toBeUndefined();
    expect(cache.find("", [1, 2, 3], [1, 2, 3])).toBeUndefined();
  });

  test("finds the longest known beginning of its owner", () => {
    const cache = new PrefixCache(100 * token);
    cache.keep("base", [1, 2, 3, 4], eachOf([1, 2, 3, 4]), made(4));
    cache.keep("base", [1, 2, 9, 9, 9], eachOf([1, 2, 9, 9, 9]), made(5));
    cache.keep("adapter", [1, 2, 3, 4, 5], eachOf([1, 2, 3, 4, 5]), made(5));
    expect(cache.find("base", [1, 2, 3, 4, 5], eachOf([1, 2, 3, 4, 5]))?.length).toBe(4);
    expect(cache.find("base", [1, 2, 3], eachOf([1, 2, 3]))?.length).toBe(3);
    expect(cache.find("base", [1, 2, 9, 1], eachOf([1, 2, 9, 1]))?.length).toBe(3);
    expect(cache.find("base", [7], eachOf([7]))).toBeUndefined();
    expect(cache.find("other", [1, 2], eachOf([1, 2]))).toBeUndefined();
  });

  test("drops what was not used for longest, and never holds more than its bytes", () => {
    const cache = new PrefixCache(10 * token);
    cache.keep("", [1, 1, 1, 1], eachOf([1, 1, 1, 1]), made(4));
    cache.keep("", [2, 2, 2, 2], eachOf([2, 2, 2, 2]), made(4));
    cache.find("", [1, 1], eachOf([1, 1]));
    cache.keep("", [3, 3, 3, 3], eachOf([3, 3, 3, 3]), made(4));
    expect(cache.find("", [2, 2], eachOf([2, 2]))).toBeUndefined();
    expect(cache.find("", [1, 1, 1, 1], eachOf([1, 1, 1, 1]))?.length).toBe(4);
    const eleven = Array.from({ length: 11 }, () => 4);
    cache.keep("", eleven, eachOf(eleven), made(11));
    expect(cache.find("", [4], eachOf([4]))).toBeUndefined();
  });
});

test("rows that are continued keep their own tokens when others leave", () => {
  const past = RowPast.empty(LAYERS, 3, 5);
  for (let row = 0; row < 3; row++) past.append(row, { first: row, count: 1, total: 3 }, of(0, 3));
  past.append(2, { first: 0, count: 2, total: 2 }, of(7, 2));
  const alone = [...past.row(2).of(0, "key")];
  expect(past.remove(0)).toBe(2);
  expect([past.lengthOf(0), past.lengthOf(1)]).toEqual([3, 1]);
  expect([...past.row(0).of(0, "key")]).toEqual(alone);
  expect(past.of(1, "value")).toHaveLength(2 * 5 * 4);
});
