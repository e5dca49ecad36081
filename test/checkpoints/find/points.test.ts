/** Tests the points of runs of several seeds, and those in folders of one place. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expandSpec } from "../../../src/checkpoints/find/points.js";
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
