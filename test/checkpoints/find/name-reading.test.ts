/** Names that tell no step, or no order of their stages: what the user says of them. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UsageError } from "../../../src/base/errors.js";
import { NameReading } from "../../../src/checkpoints/find/name-reading.js";
import { expandSpec } from "../../../src/checkpoints/find/points.js";
import { readStepsFile } from "../../../src/checkpoints/find/steps-file.js";
import { matchRevisions, trainingSteps } from "../../../src/checkpoints/find/training-steps.js";
import { listCheckpoints } from "../../../src/study/checkpoint-list.js";
import type { CheckpointSpec } from "../../../src/study/options.js";
import { tempFolder } from "../../support/temp-folder.js";

const root = tempFolder();
let files = 0;
function written(text: string): string {
  const path = join(root, `steps-${files++}`);
  writeFileSync(path, text);
  return path;
}
const CSV = "name,step,tokens,stage\nkestrel,2000,,\nheron,50K,105B,anneal\n";

test("CSV and both forms of JSON say the same", () => {
  const points = new Map([
    ["kestrel", { step: 2000 }],
    ["heron", { step: 50_000, tokens: 105e9, stage: "anneal" }],
  ]);
  const heron = { step: "50K", tokens: 105e9, stage: "anneal" };
  expect(readStepsFile(written(CSV))).toEqual(points);
  expect(readStepsFile(written(`\ufeff${CSV.replaceAll("\n", "\r\n")}`))).toEqual(points);
  expect(readStepsFile(written(JSON.stringify({ kestrel: { step: 2000 }, heron })))).toEqual(points);
  const list = [{ name: "kestrel", step: 2000, tokens: null }, { name: "heron", ...heron }]; // prettier-ignore
  expect(readStepsFile(written(JSON.stringify(list)))).toEqual(points);
});

test.each([
  ["name,stepp\na,1\n", 'unknown column "stepp"; did you mean "step"?'],
  ["step,tokens\n1,2\n", 'no column "name"'],
  ["name,step\na,1\na,2\n", 'line 3: "a" is there twice'],
  ["name,step\na,-1\n", 'line 2: step is "-1"; expected a whole number, or one such as 50K or 105B'],
  ["name,step\na,1.5\n", 'step is "1.5"'],
  ["name,step,stage\na,,one\n", "line 2 has neither step nor tokens"],
  ["name,step\n,1\n", "line 2 has no name"],
  ["name,step\n", "names no checkpoint"],
  ["name,step\na,1,2\n", "not CSV"],
  ['{"a": {"step": 1}', "not JSON"],
  ['{"a": {"stp": 1}}', 'unknown key "stp"'],
  ['[{"step": 1}]', 'missing key "name"'],
])("%j is refused: %s", (text, message) => {
  const path = written(text);
  const read = () => readStepsFile(path);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
  expect(read).toThrow(`--steps-file ${path}`);
});

test("a file that is not there is refused", () => {
  expect(() => readStepsFile(join(root, "none.csv"))).toThrow("none.csv: no such file");
});

test("what the file says comes before what the name says, which fills the rest", () => {
  const reading = NameReading.of({ stepsFile: written("name,step,seed\nstep10-tokens4B,1000,7\n") });
  const told = { step: 1000, tokens: 4e9, seed: "7" };
  expect(reading.point("step10-tokens4B")).toMatchObject(told);
  expect(reading.point("main:step10-tokens4B")).toMatchObject(told);
  expect(reading.point("step20")).toMatchObject({ step: 20 });
  expect(reading.point("main")).toBeUndefined();
});

test("stages come in the order that is given, also those that only the order tells", () => {
  const reading = NameReading.of({ stageOrder: ["warm", "stage2", "stage1", "lc-*"] });
  const names = ["lc-4k-to-32k-step1", "stage1-step1", "stage2-step9", "warm-step5", "warm_step4"];
  const steps = trainingSteps(names, reading);
  expect(steps.map(({ name }) => name)).toEqual(["warm_step4", "warm-step5", "stage2-step9", "stage1-step1", "lc-4k-to-32k-step1"]); // prettier-ignore
  expect(steps[0]?.stage).toBe("warm");
  expect(() => trainingSteps([...names, "anneal-step1"], reading)).toThrow(
    '--stage-order does not say when "anneal" was trained; it has warm, stage2, stage1, lc-*',
  );
  expect(() => NameReading.of({ stageOrder: ["a", "a"] })).toThrow('--stage-order: "a" is there twice');
});

const birds = join(root, "birds");
for (const name of ["kestrel", "heron", "notes"]) mkdirSync(join(birds, name), { recursive: true });

test("names with steps of the file can be picked and are in the order of training", async () => {
  const reading = NameReading.of({ stepsFile: written(CSV) });
  const parts = async (spec: string, steps?: number[]) =>
    (await expandSpec(spec, undefined, { steps, reading }, true))?.map(({ part, point }) => [part, point?.step]);
  expect(await parts(join(birds, "*"))).toEqual([
    ["kestrel", 2000],
    ["heron", 50_000],
    ["notes", undefined],
  ]);
  expect(await parts(birds, [50_000])).toEqual([["heron", 50_000]]);
  await expect(parts(birds, [3000])).rejects.toThrow("nearest: 2000, 50000");
});

const given = (spec: string): CheckpointSpec => {
  return { name: spec, spec, revision: undefined, stage: undefined, sftTask: undefined, base: undefined };
};
const listed = (spec: string, names: { stepsFile?: string; stageOrder?: string[] }) =>
  listCheckpoints({ checkpoints: [given(spec)], names, offline: true }, () => undefined);

test("a single checkpoint is looked up by its revision or folder", async () => {
  const stepsFile = written(CSV);
  const step = async (spec: string) => (await listed(spec, { stepsFile }))[0]?.point?.step;
  expect(await step(join(birds, "heron"))).toBe(50_000);
  expect(await step("org/run@kestrel")).toBe(2000);
  expect(await step("org/run@main:heron")).toBe(50_000);
  await expect(step("org/run@main")).rejects.toThrow("--steps-file names none of the checkpoints");
  await expect(listed("org/run@kestrel", { stageOrder: ["warm"] })).rejects.toThrow(
    "--stage-order orders the checkpoints of a run, and no checkpoint given is one",
  );
});

test("names of the file and stages of the order that a run has not are refused with the nearest", async () => {
  const stepsFile = written("name,step\nkestral,1\n");
  await expect(listed(join(birds, "*"), { stepsFile })).rejects.toThrow(
    '--steps-file: no checkpoint is named "kestral"; did you mean "kestrel"?',
  );
  await expect(listed(join(birds, "*"), { stepsFile: written(CSV), stageOrder: ["aneal", "anneal"] })).rejects.toThrow(
    '--stage-order: no checkpoint is of stage "aneal"; did you mean "anneal"?',
  );
  // A file of the whole run serves a part of it.
  expect(await listed(join(birds, "k*"), { stepsFile: written(CSV) })).toHaveLength(1);
});

test("main is the last of those that were asked for", () => {
  expect(matchRevisions(["main", "step20", "v1", "step3"], "{step*,main}")).toEqual(["step3", "step20", "main"]);
  expect(matchRevisions(["main", "step20", "v1"], "*")).toEqual(["step20", "v1", "main"]);
});
