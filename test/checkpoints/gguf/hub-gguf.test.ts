/** GGUF files from a hub: models in several parts, and one of several quantisations in a repository. */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { fetchCheckpoint, resolveCheckpoint } from "../../../src/checkpoints/find/resolve.js";
import { readFloats } from "../../../src/checkpoints/files/tensor-values.js";
import { openLlama } from "../../support/engines.js";
import { startHub, type HubServer } from "../../support/hub-server.js";
import { tempFolder } from "../../support/temp-folder.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

const GGUF = join(import.meta.dirname, "../../golden/gguf");
const read = (name: string) => readFileSync(join(GGUF, name));
const PARTS = readdirSync(join(GGUF, "split")).sort();
const parts = Object.fromEntries(PARTS.map((name) => [name, read(`split/${name}`)]));
const shared = { type: "model" as const, branches: ["main"] };

let hub: HubServer;
beforeAll(async () => {
  const files = { "README.md": "", ...parts };
  const inFolder = Object.fromEntries(Object.entries(parts).map(([name, content]) => [`F32/${name}`, content]));
  hub = await startHub([
    { ...shared, id: "org/split-GGUF", commit: "a".repeat(40), files, large: PARTS },
    { ...shared, id: "org/several-GGUF", commit: "b".repeat(40), files: { "m-Q4_0.gguf": read("llama.gguf"), "m-F32.gguf": read("llama.gguf"), "mmproj-m.gguf": "", ...inFolder } },
    { ...shared, id: "org/cut-GGUF", commit: "c".repeat(40), files: { [PARTS[0] ?? ""]: read(`split/${PARTS[0] ?? ""}`) } },
  ]); // prettier-ignore
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_OFFLINE", "");
  vi.stubEnv("HF_HUB_CACHE", tempFolder());
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

async function fetched(spec: string) {
  const resolved = await resolveCheckpoint(spec, { revision: undefined, offline: false });
  await fetchCheckpoint(resolved);
  const { folder, tokenizerFolder, download } = resolved;
  return { folder, tokenizerFolder, paths: download?.files.map(({ path }) => path).sort() };
}

test.each([
  ["org/split-GGUF", PARTS],
  ["org/split-GGUF:llama-00001-of-00003.gguf", PARTS],
  ["org/several-GGUF:F32", PARTS.map((name) => `F32/${name}`)],
])("%s is a model in three parts, with the weights of the whole one", async (spec, expected) => {
  const { folder, tokenizerFolder, paths } = await fetched(spec);
  expect(paths).toEqual(expected);
  const [split, whole] = [await openCheckpoint(folder, tokenizerFolder), await openLlama(join(GGUF, "llama.gguf"))];
  if (split.kind !== "weights") throw new Error("no weights");
  expect(split.tokenizerJson).toEqual(whole.tokenizerJson);
  expect([...split.tensors.keys()].sort()).toEqual([...whole.tensors.keys()].sort());
  for (const [name, tensor] of whole.tensors) {
    const own = split.tensors.get(name);
    expect(own === undefined ? undefined : await readFloats(own), name).toEqual(await readFloats(tensor));
  }
});

test("of several quantisations the one that is named is downloaded alone", async () => {
  const { folder, paths } = await fetched("org/several-GGUF:m-F32.gguf");
  expect(paths).toEqual(["m-F32.gguf"]);
  expect((await openCheckpoint(folder)).dtype).toBe("F32 (GGUF)");
});

test.each([
  ["org/several-GGUF", "it has 2 GGUF files (m-F32.gguf, m-Q4_0.gguf); name one of them"],
  ["org/several-GGUF:m-Q4_1.gguf", 'has no file m-Q4_1.gguf; did you mean "m-Q4_0.gguf"?'],
  ["org/cut-GGUF", "has no file llama-00002-of-00003.gguf"],
])("%s is refused before a byte of weights is asked for", async (spec, message) => {
  const before = hub.seen.length;
  expectUserError(await failureOf(() => resolveCheckpoint(spec, { revision: undefined, offline: false })), message);
  expect(hub.seen.slice(before).filter(({ url }) => url.includes("/resolve/"))).toEqual([]);
});

test("a part that is gone from the folder is named", async () => {
  vi.stubEnv("HF_HUB_CACHE", tempFolder());
  const { folder } = await fetched("org/split-GGUF");
  rmSync(folder.replace("00001-of", "00003-of"));
  expectUserError(await failureOf(() => openCheckpoint(folder)), "00003-of-00003.gguf: this part of the model is missing");
}); // prettier-ignore
