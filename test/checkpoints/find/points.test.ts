/** Tests the points of runs of several seeds, and those in folders of one place. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expandSpec, tokenCounts } from "../../../src/checkpoints/find/points.js";
import { resolveCheckpoint } from "../../../src/checkpoints/find/resolve.js";
import { tempFolder } from "../../support/temp-folder.js";

const root = tempFolder();
for (const name of ["step1000-seed-a", "step1000-seed-b", "step2000-seed-a"]) {
  mkdirSync(join(root, "seeds", name), { recursive: true });
}
const picked = async (selection: { steps?: number[]; seeds?: string[] }) =>
  (await expandSpec(join(root, "seeds"), undefined, selection, true))?.map(({ part }) => part);

test("a step that several seeds have is refused until a seed is picked", async () => {
  await expect(picked({ steps: [1000] })).rejects.toThrow(
    "in runs of several seeds (a, b); pick with --seeds, e.g. --seeds a",
  );
  expect(await picked({ steps: [1000], seeds: ["b"] })).toEqual(["step1000-seed-b"]);
  expect(await picked({ steps: [1000], seeds: ["a", "b"] })).toEqual(["step1000-seed-a", "step1000-seed-b"]);
  expect(await picked({ steps: [2000] })).toEqual(["step2000-seed-a"]);
  expect(await picked({ seeds: ["a"] })).toEqual(["step1000-seed-a", "step2000-seed-a"]);
  await expect(picked({ seeds: ["c"] })).rejects.toThrow("--seeds c:");
});

test("a trainer's folders are found with their hf/ inside and the tokenizer beside", async () => {
  const run = join(root, "run");
  mkdirSync(join(run, "checkpoint-500", "hf"), { recursive: true });
  writeFileSync(join(run, "tokenizer.json"), "{}");
  writeFileSync(join(run, "checkpoint-500", "hf", "config.json"), "{}");
  const [point] = (await expandSpec(join(run, "checkpoint-*"), undefined, {}, true)) ?? [];
  const resolved = await resolveCheckpoint(point?.spec ?? "", { revision: undefined, offline: true });
  expect(resolved).toMatchObject({ folder: join(run, "checkpoint-500", "hf"), tokenizerFolder: run });
  expect(resolved.point?.step).toBe(500);
});

test("a run whose names tell tokens alone is picked by tokens, and has no steps", async () => {
  const run = join(root, "amounts");
  for (const name of ["200B", "1000B", "tokens-50b"]) mkdirSync(join(run, name), { recursive: true });
  const of = async (selection: Parameters<typeof expandSpec>[2]) =>
    (await expandSpec(run, undefined, selection, true))?.map(({ part }) => part);
  expect(await of({ tokens: tokenCounts(["1T", "50B"]) })).toEqual(["tokens-50b", "1000B"]);
  await expect(of({ tokens: [100e9] })).rejects.toThrow(
    `--tokens 100B: ${run} has no such number of tokens; nearest: 50B, 200B, 1T`,
  );
  await expect(of({ steps: [100e9] })).rejects.toThrow("has no such step; nearest: none");
  expect(() => tokenCounts(["many"])).toThrow("--tokens many: expected numbers of tokens such as 10M,100B");
  // Given alone, an amount may be the size of a model.
  const alone = await resolveCheckpoint(join(run, "200B"), { revision: undefined, offline: true });
  expect(alone.point).toBeUndefined();
  const listed = await expandSpec(join(run, "*B"), undefined, {}, true);
  expect(listed?.map(({ point }) => point?.tokens)).toEqual([200e9, 1e12]);
});
