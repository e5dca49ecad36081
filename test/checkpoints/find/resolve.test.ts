/** From specs to checkpoints: on a local hub, and in folders. */

import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { checkpointFiles } from "../../../src/checkpoints/find/hub-files.js";
import { expandSpec, pointsOf } from "../../../src/checkpoints/find/points.js";
import { bytesToFetch, fetchCheckpoint, resolveCheckpoint } from "../../../src/checkpoints/find/resolve.js";
import { UsageError } from "../../../src/base/errors.js";
import { startHub, type HubServer } from "../../support/hub-server.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";
import { checkpointFiles as tinyFiles, stepNames, trainingRun } from "../../support/training-run.js";

let hub: HubServer;
beforeAll(async () => {
  const run = await trainingRun("org/run", 3);
  const { "tokenizer.json": tokenizer, ...rest } = await tinyFiles(7);
  const inFolder = Object.fromEntries(Object.entries(rest).map(([name, content]) => [`parts/step5/${name}`, content]));
  hub = await startHub([
    ...run,
    {
      type: "model",
      id: "org/parts",
      commit: "a".repeat(40),
      branches: ["main"],
      tags: ["v1"],
      files: { "README.md": "", "tokenizer.json": tokenizer ?? "", "parts/other.bin": "not needed", ...inFolder },
    },
    {
      type: "model",
      id: "org/trainer",
      commit: "b".repeat(40),
      branches: ["main"],
      files: {
        "run/tokenizer.json": tokenizer ?? "",
        ...Object.fromEntries(
          ["step-200", "step-1000"].flatMap((step) =>
            Object.entries(rest).map(([name, content]) => [`run/${step}/hf/${name}`, content]),
          ),
        ),
      },
    },
  ]);
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_OFFLINE", "");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

const emptyCache = () => vi.stubEnv("HF_HUB_CACHE", tempFolder());
const resolved = (spec: string, offline = false) => resolveCheckpoint(spec, { revision: undefined, offline });
const expanded = async (spec: string, steps?: number[], revision?: string, offline = false) =>
  (await expandSpec(spec, revision, { steps }, offline))?.map(({ name }) => name);

test("folders of a revision are checkpoints of a run", async () => {
  emptyCache();
  const found = await expandSpec("org/parts@v1:parts/step*", undefined, {}, false);
  expect(found).toMatchObject([
    { spec: "org/parts@v1:parts/step5", name: "parts@parts/step5", commit: "a".repeat(40) },
  ]);
  expect(await resolved("org/parts@v1:parts/step5")).toMatchObject({ point: { step: 5 } });
  expect((await pointsOf("org/parts@v1", false)).map(({ name }) => name)).toEqual(["v1:parts/step5"]);
  expect((await pointsOf("org/parts", false)).map(({ name }) => name)).toEqual(["main", "v1", "main:parts/step5"]);
  const missing = expandSpec("org/parts@v1:ckpt*", undefined, {}, false);
  await expect(missing).rejects.toThrow('nothing in org/parts@v1 matches "ckpt*"');
});

describe("a hub checkpoint", () => {
  test("is found without its weights, and complete once it is fetched", async () => {
    emptyCache();
    const found = await resolved("org/run@step2000-tokens8B");
    expect(found).toMatchObject({ point: { step: 2000, tokens: 8e9 }, revision: found.download?.commit });
    expect(hub.seen.some(({ url }) => url.includes("/resolve/"))).toBe(false);
    const sizes = found.download?.files.map(({ size }) => size) ?? [];
    expect(await bytesToFetch(found)).toBe(sizes.reduce((a, b) => a + b, 0));
    const lines: string[] = [];
    await fetchCheckpoint(found, (line) => lines.push(line));
    expect(lines).toHaveLength(sizes.length);
    expect(lines).toContainEqual(
      expect.stringMatching(/^org\/run@step2000-tokens8B: model\.safetensors \([\d.]+ kB\)$/),
    );
    expect(await bytesToFetch(found)).toBe(0);
    expect((await openCheckpoint(found.folder)).kind).toBe("weights");
    await fetchCheckpoint(found, (line) => lines.push(line));
    expect(lines).toHaveLength(sizes.length);
    expect(await resolved("org/run@step2000-tokens8B", true)).toMatchObject({ folder: found.folder });
  });

  test("in a subfolder takes the tokenizer of the root where it has none", async () => {
    emptyCache();
    const found = await resolved("org/parts@v1:parts/step5");
    expect(found.point?.step).toBe(5);
    expect(found.folder).toBe(join(found.tokenizerFolder, "parts", "step5"));
    await fetchCheckpoint(found);
    expect((await openCheckpoint(found.folder, found.tokenizerFolder)).tokenizerJson).toHaveProperty("model");
    const paths = found.download?.files.map(({ path }) => path).sort();
    expect(paths).toEqual(["parts/step5/config.json", "parts/step5/model.safetensors", "tokenizer.json"]);
  });

  test.each([
    ["org/parts", 'org/parts@main has no config.json; did you mean "org/parts@main:parts/step5"?'],
    ["org/parts:parts/step6", 'has no config.json in its folder "parts/step6"; did you mean "parts/step5"?'],
    ["org/run@step2001-tokens8B", 'has no revision "step2001-tokens8B"; did you mean "step2000-tokens8B"?'],
  ])("%s is refused", async (spec, message) => {
    emptyCache();
    await expect(resolved(spec)).rejects.toThrow(message);
  });
});

test("a folder's part takes the tokenizer of the folder where it has none", async () => {
  const root = tempFolder();
  const part = await writeTinyCheckpoint(join(root, "checkpoint-20"));
  expect(await resolved(part)).toMatchObject({ folder: part, tokenizerFolder: part, point: { step: 20 } });
  cpSync(join(part, "tokenizer.json"), join(root, "tokenizer.json"));
  rmSync(join(part, "tokenizer.json"));
  expect(await resolved(`${root}:checkpoint-20`)).toMatchObject({ folder: part, tokenizerFolder: root });
  expect((await openCheckpoint(part, root)).tokenizerJson).toEqual(
    JSON.parse(readFileSync(join(root, "tokenizer.json"), "utf8")),
  );
});

describe("files of a repository", () => {
  const listing = (...paths: string[]) => paths.map((path) => ({ path, size: 1, blob: "0".repeat(40) }));
  const chosen = (...paths: string[]) =>
    checkpointFiles(listing("config.json", "tokenizer.json", ...paths), "", "org/x@main")
      .files.map(({ path }) => path)
      .slice(2);

  test.each([
    [["model.safetensors", "pytorch_model.bin", "onnx/model.onnx"], ["model.safetensors"]],
    [
      ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "x.bin"],
      ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
    ],
    [
      ["pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json", "onnx/model.onnx"],
      ["pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json"],
    ],
    [["pytorch_model.bin", "optimizer.bin"], ["pytorch_model.bin"]],
    [
      ["onnx/model.onnx", "onnx/model.onnx_data", "onnx/model_q4.onnx"],
      ["onnx/model.onnx", "onnx/model.onnx_data"],
    ],
    [
      ["chat_template.jinja", "special_tokens_map.json", "tokenizer_config.json", "vocab.json", "model.safetensors"],
      ["chat_template.jinja", "special_tokens_map.json", "tokenizer_config.json", "model.safetensors"],
    ],
  ])("%j", (paths, wanted) => {
    expect(chosen(...paths)).toEqual(wanted);
  });

  test("that are no checkpoint are refused", () => {
    const refused =
      (...paths: string[]) =>
      () =>
        checkpointFiles(listing(...paths), "", "org/x@main");
    expect(refused("README.md")).toThrow("org/x@main has no config.json; is it a model repository?");
    expect(refused("config.json", "model.safetensors")).toThrow("org/x@main has no tokenizer: no tokenizer.json, no");
    expect(refused("config.json", "tokenizer.json", "model.msgpack")).toThrow(
      "org/x@main has no weights: no safetensors",
    );
  });
});

describe("a spec that stands for several", () => {
  const names = stepNames(3).map((name) => `run@${name}`);

  test("revisions of a hub repository", async () => {
    expect(await expanded("org/run@step*")).toEqual(names);
    expect(await expanded("org/run", undefined, "step*")).toEqual(names);
    expect(await expanded("org/run@*")).toEqual([...names, "run@main"]);
    expect(await expanded("org/run", [3000, 1000])).toEqual([names[0], names[2]]);
    expect(await expanded("org/run@step[12]*", [2000])).toEqual([names[1]]);
    const [first] = (await expandSpec("org/run@step*:sub", undefined, {}, false)) ?? [];
    expect(first).toMatchObject({
      spec: "org/run@step1000-tokens4B:sub",
      commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
  });

  test("offline, those of the cache", async () => {
    emptyCache();
    await expect(expanded("org/run@step*", undefined, undefined, true)).rejects.toThrow("offline, and a revision of");
    await fetchCheckpoint(await resolved("org/run@step2000-tokens8B"));
    expect(await expanded("org/run@step*", undefined, undefined, true)).toEqual([names[1]]);
  });

  test("a pattern stands for the subfolders that match it, in the order of steps", async () => {
    const root = tempFolder();
    for (const name of ["step20", "step1000", "logs"]) mkdirSync(join(root, name));
    expect(await expanded(join(root, "step*"))).toEqual(["step20", "step1000"]);
    expect(await expanded(join(root, "*"))).toEqual(["step20", "step1000", "logs"]);
    expect(await expanded(root, [1000])).toEqual(["step1000"]);
    expect(await expanded(join(root, "logs"), [1000])).toBeUndefined();
    expect(await pointsOf(root, false)).toEqual(
      ["logs", "step1000", "step20"].map((name) => ({ name, commit: undefined })),
    );
    await expect(expanded(join(root, "nowhere", "step*"))).rejects.toThrow("nowhere: no such folder");
  });

  test("a single checkpoint is left alone", async () => {
    for (const spec of ["builtin", "org/run", "org/run@main", tempFolder()])
      expect(await expanded(spec)).toBeUndefined();
    expect(await expanded("org/run@main", [1000])).toBeUndefined();
  });

  test.each<[string, number[] | undefined, string]>([
    ["org/run@ckpt*", undefined, 'nothing in model "org/run" matches "ckpt*"; known: '],
    ["org/run", [1000, 2500], "--steps 2500: org/run has no such step; nearest: 1000, 2000, 3000"],
    ["org/parts", [1], '--steps: model "org/parts" has no revisions that look like training steps'],
  ])("%s %j is refused", async (spec, steps, message) => {
    const attempt = expanded(spec, steps);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });
});

afterEach(() => {
  hub.seen.length = 0;
});

test("folders of a repository with hf/ inside are points of a run, with the tokenizer of the folder above", async () => {
  emptyCache();
  const found = await expandSpec("org/trainer@main:run/step-*", undefined, {}, false);
  expect(found?.map(({ spec, point }) => [spec, point?.step])).toEqual([
    ["org/trainer@main:run/step-200", 200],
    ["org/trainer@main:run/step-1000", 1000],
  ]);
  expect((await pointsOf("org/trainer", false)).map(({ name }) => name)).toEqual([
    "main",
    "main:run/step-200",
    "main:run/step-1000",
  ]);
  const checkpoint = await resolved("org/trainer@main:run/step-200");
  expect(checkpoint.point?.step).toBe(200);
  expect(checkpoint.folder).toMatch(/run\/step-200\/hf$/);
  expect(checkpoint.tokenizerFolder).toMatch(/run$/);
  await fetchCheckpoint(checkpoint);
  expect(await openCheckpoint(checkpoint.folder, checkpoint.tokenizerFolder)).toMatchObject({ kind: "weights" });
});
