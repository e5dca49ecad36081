/** Tests what a training refuses, and what it goes on from. */

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultSettings, trainSft, type SftData, type SftOptions } from "../../src/sft/index.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import type { Task } from "../../src/tasks/contract.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const folder = tempFolder();
const model = await writeTinyCheckpoint(join(folder, "tiny"));
const task = builtinRegistry().select(["paws"])[0] as Task;
const data = { kind: "task", task, source: { kind: "sample" }, prompts: ["default"], templates: [] } as const;

interface Changes {
  readonly model?: string;
  readonly out?: string;
  readonly data?: SftData;
  readonly settings?: Partial<SftOptions["settings"]>;
}

let outs = 0;
function options({ settings, ...changes }: Changes = {}): SftOptions {
  const out = join(folder, `out${outs++}`);
  const all = { ...defaultSettings(data), learningRate: 1e-3, batchSize: 4, epochs: 2, ...settings };
  return { model, offline: true, data, out, threads: 1, settings: all, ...changes };
}

describe("refusals, before anything is written", () => {
  const refused = async (changes: Changes, ...named: (string | RegExp)[]) => {
    const asked = options(changes);
    expectUserError(await failureOf(() => trainSft(asked)), ...named);
    if (changes.out === undefined) expect(await readdir(folder)).not.toContain(asked.out.split("/").at(-1));
  };

  test("prompts that are none, or are made for evaluation", async () => {
    await refused({ data: { ...data, prompts: ["defalt"] } }, 'did you mean "default"');
    await refused({ data: { ...data, prompts: ["noise:typos"] } }, "noise is for evaluation");
  });

  test("data without a train split", async () => {
    const rows = join(folder, "rows");
    await mkdir(rows);
    await writeFile(join(rows, "paws.jsonl"), '{"sentence1": "a", "sentence2": "b", "label": 1}\n');
    await refused({ data: { ...data, source: { kind: "folder", path: rows } } }, "paws has no train split");
  });

  test("a maximum length that leaves nothing to learn", async () => {
    await refused({ settings: { maxLength: 1 } }, "example 1 of the training data has no answer to learn");
  });

  test("a folder that cannot be written, or holds something else", async () => {
    await writeFile(join(folder, "file"), "");
    await refused({ out: join(folder, "file", "out") }, "cannot write to");
    await refused({ out: model }, "a checkpoint that this command did not make");
  });

  test("an ONNX export, and a checkpoint that is not there", async () => {
    await refused({ model: "./nowhere" }, "no such folder");
  });
});

test("a learning rate that is far too high ends with what is wrong, not with weights that are none", async () => {
  const asked = options({ settings: { learningRate: 1e30, warmup: 0, epochs: 20 } });
  expectUserError(await failureOf(() => trainSft(asked)), "the training has failed", "--lr");
  expect(await readdir(asked.out)).not.toContain("model.safetensors");
});

test("an aborted training is stored, and goes on with another number of threads allowed", async () => {
  const asked = options();
  const abort = new AbortController();
  const first: number[] = [];
  const onStep = ({ step }: { readonly step: number }) => {
    first.push(step);
    abort.abort();
  };
  const failure = await failureOf(() => trainSft(asked, { onStep }, abort.signal));
  expectUserError(failure, "interrupted after step 1 of 4; the same command goes on from there");
  const rest: number[] = [];
  const record = await trainSft({ ...asked, threads: 2 }, { onStep: ({ step }) => rest.push(step) });
  expect([first, rest]).toEqual([[1], [2, 3, 4]]);
  expect(record.steps).toBe(4);
  expect(await trainSft(asked)).toEqual(record);
});

test("a training that is stopped before its first step, with nothing logged, goes on", async () => {
  const asked = options({ settings: { epochs: 1, evalEvery: 0 } });
  const failure = await failureOf(() => trainSft(asked, {}, AbortSignal.abort()));
  expectUserError(failure, "interrupted after step 0 of 2; the same command goes on from there");
  expect((await trainSft(asked)).steps).toBe(2);
});

test("rows are asked in all of the given prompts, which the record names", async () => {
  const record = await trainSft(options({ data: { ...data, prompts: ["default", "io"] }, settings: { epochs: 1 } }));
  expect(record.seen.prompts).toEqual(["default", "io"]);
  expect(record.seen.variants.map(({ id }) => id)).toEqual(["default", "io"]);
  expect(record.data.rows).toBe(8);
});
