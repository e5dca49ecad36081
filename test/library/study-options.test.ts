import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RawOptions } from "../../src/library/run-options.js";
import { studyOptions } from "../../src/library/study-options.js";
import { UsageError } from "../../src/base/errors.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();
const raw: RawOptions = {
  model: [],
  base: [],
  seeds: [],
  tokens: [],
  ignoreConfigKey: [],
  stageOrder: [],
  sft: [],
  revision: [],
  task: ["all"],
  prompts: ["paper"],
  seenPrompts: [],
  templates: [],
  groupPrompts: false,
  fields: [],
  labels: [],
  choices: [],
  chatTemplate: ["off"],
  answer: "loglikelihood",
  calibrate: false,
  numFewshot: 4,
  seed: 42,
  device: "wasm",
  threads: 0,
  memory: undefined,
  data: "hub",
  offline: false,
  fresh: false,
  failFast: false,
  plugin: [],
};
const options = (change: Partial<RawOptions>) => studyOptions({ ...raw, ...change });
const checkpoints = (change: Partial<RawOptions>) => options(change).checkpoints;
const names = (change: Partial<RawOptions>) => checkpoints(change).map(({ name }) => name);

describe("names of checkpoints", () => {
  test("are the spec, or what stands before the equals sign", () => {
    const found = checkpoints({ model: ["builtin", "org/name@step1", "mine=org/other"] });
    expect(found.map(({ name, spec }) => [name, spec])).toEqual([
      ["builtin", "builtin"],
      ["org/name@step1", "org/name@step1"],
      ["mine", "org/other"],
    ]);
  });

  test("of folders are the last part of the path, whole where that is taken", () => {
    const [a, b] = [join(folder, "a", "final"), join(folder, "b", "final")];
    for (const path of [a, b]) mkdirSync(path, { recursive: true });
    expect(names({ model: [a, b] })).toEqual(["final", b]);
    expect(names({ model: [`${a}/`, `other=${b}`] })).toEqual(["final", "other"]);
  });

  test("of a folder with an equals sign in its path are not cut", () => {
    const path = join(folder, "lr=1e-5");
    mkdirSync(path);
    expect(checkpoints({ model: [path] })).toMatchObject([{ name: "lr=1e-5", spec: path }]);
  });

  test("that are given twice are refused", () => {
    const twice = () => names({ model: ["builtin", "builtin"] });
    expect(twice).toThrow(UsageError);
    expect(twice).toThrow('two checkpoints would be named "builtin"; name the --model or --base: NAME=builtin');
    expect(() => names({ model: ["a=x/y", "a=x/z", "a=x/z"] })).toThrow('two checkpoints would be named "a"');
  });

  test("of several revisions hold the revision", () => {
    expect(checkpoints({ model: ["org/name"], revision: ["main", "step1"] })).toMatchObject([
      { name: "org/name@main", spec: "org/name", revision: "main" },
      { name: "org/name@step1", spec: "org/name", revision: "step1" },
    ]);
    expect(checkpoints({ model: ["org/name"], revision: ["step1"] })).toMatchObject([
      { name: "org/name", revision: "step1" },
    ]);
  });
});

describe("base and SFT", () => {
  const pairs = (change: Partial<RawOptions>) =>
    checkpoints(change).map(({ name, stage, base, sftTask }) => [name, stage, base, sftTask]);

  test("are paired by place", () => {
    expect(pairs({ base: ["o/a", "o/b"], sft: ["mnli=o/a-mnli", "o/b-tuned"] })).toEqual([
      ["o/a", "base", undefined, undefined],
      ["o/b", "base", undefined, undefined],
      ["o/a-mnli", "sft", "o/a", "mnli"],
      ["o/b-tuned", "sft", "o/b", undefined],
    ]);
  });

  test("may be one base for several", () => {
    expect(pairs({ model: ["o/x"], base: ["before=o/a"], sft: ["mnli=o/b", "xsum=o/c"] })).toEqual([
      ["o/x", undefined, undefined, undefined],
      ["before", "base", undefined, undefined],
      ["o/b", "sft", "before", "mnli"],
      ["o/c", "sft", "before", "xsum"],
    ]);
  });

  test("an SFT checkpoint may be a LoRA adapter on its base", () => {
    const path = join(folder, "runs", "adapter");
    mkdirSync(path, { recursive: true });
    const found = checkpoints({ base: ["o/a"], sft: [`mnli=lora:${path}/`, "lora:elsewhere"] });
    expect(found.map(({ name, spec, sftTask, base }) => [name, spec, sftTask, base])).toEqual([
      ["o/a", "o/a", undefined, undefined],
      ["adapter", `lora:${path}/`, "mnli", "o/a"],
      ["lora:elsewhere", "lora:elsewhere", undefined, "o/a"],
    ]);
  });

  test.each<[Partial<RawOptions>, string]>([
    [{ model: ["lora:x"] }, "--model lora:x: a LoRA adapter runs on its base; give --base CHECKPOINT --sft lora:x"],
    [
      { base: ["lora:x"], sft: ["o/b"] },
      "--base lora:x: a LoRA adapter runs on its base; give --base CHECKPOINT --sft lora:x",
    ],
    [{ base: ["a"] }, "--base is given without --sft; a pair needs both"],
    [{ sft: ["a"] }, "--sft is given without --base; a pair needs both"],
    [{ base: ["a", "b"], sft: ["c"] }, "2 --base and 1 --sft: give one --base for all, or one for each --sft"],
    [
      { base: ["a", "b"], sft: ["c", "d", "e"] },
      "2 --base and 3 --sft: give one --base for all, or one for each --sft",
    ],
    [{ base: ["a"], sft: ["b"], revision: ["x", "y"] }, "several --revision do not go with --base and --sft"],
    [{}, "no checkpoint given; use --model FOLDER, --model ORG/NAME or --model builtin"],
  ])("%j is refused", (change, message) => {
    expect(() => checkpoints(change)).toThrow(UsageError);
    expect(() => checkpoints(change)).toThrow(message);
  });
});

describe("the other options", () => {
  const model = ["builtin"];

  test.each([1, 48, 0.5, 0.001])("--limit %d", (limit) => {
    expect(options({ model, limit }).limit).toBe(limit);
  });

  test.each([0, 1.5, -1, 48.0001])("--limit %d is refused", (limit) => {
    expect(() => options({ model, limit })).toThrow(
      `--limit ${limit}: expected a number of rows (1, 2, …) or a fraction between 0 and 1`,
    );
  });

  test("no --limit is all rows", () => {
    expect(options({ model }).limit).toBeUndefined();
  });

  test("data are the hub, the sample, the built-in rows or a folder", () => {
    expect(options({ model, data: "sample" }).data).toEqual({ kind: "sample" });
    expect(options({ model, offline: true }).data).toEqual({ kind: "hub", offline: true });
    expect(options({ model, data: folder }).data).toEqual({ kind: "folder", path: folder });
    expect(() => options({ model, data: "nowhere" })).toThrow(
      "--data nowhere: no such folder; give hub, sample, builtin or a folder",
    );
  });

  test("empty lists are refused: they would evaluate nothing", () => {
    expect(() => options({ model, task: [] })).toThrow("--task names no task; amuro-eval ls tasks lists them");
    expect(() => options({ model, prompts: [] })).toThrow(
      "--prompts names no prompt; amuro-eval ls prompts lists them",
    );
  });

  test("a device that is not there is refused", () => {
    expect(() => options({ model, device: "tpu" })).toThrow(UsageError);
  });
});

test("--memory takes a size with its unit", () => {
  expect(options({ model: ["builtin"], memory: "900MB" }).memory).toBe(900 * 2 ** 20);
  expect(options({ model: ["builtin"], memory: "1.5 gb" }).memory).toBe(1.5 * 2 ** 30);
  for (const memory of ["900", "much", "-1GB", "1TB"]) {
    expect(() => options({ model: ["builtin"], memory })).toThrow(
      `--memory ${memory}: expected a size such as 900MB or 4GB`,
    );
  }
});
