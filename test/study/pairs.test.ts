/** Tests which checkpoint of a run a fine-tuned one started from. */

import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.js";
import type { CheckpointSpec } from "../../src/study/options.js";
import { startOf } from "../../src/study/pairs.js";

const checkpoint = (spec: string) => {
  const given: CheckpointSpec = {
    name: spec, spec, revision: undefined, stage: undefined, sftTask: undefined, base: undefined,
  }; // prettier-ignore
  return { given };
};
const start = (sft: string, bases: readonly string[]) =>
  startOf(checkpoint(sft), bases.map(checkpoint), "RUN").given.spec;

const HUB = ["org/run@step1000-tokens4B", "org/run@step2000-tokens8B", "org/run@step20000-tokens80B"];

test.each([
  ["org/run-mnli@step2000-tokens8B", HUB, HUB[1]],
  ["org/run-mnli@step2000", HUB, HUB[1]],
  ["org/all-tasks@main:mnli/step1000", HUB, HUB[0]],
  ["org/run-step20000-mnli", HUB, HUB[2]],
  ["lora:./adapters/step0001000", HUB, HUB[0]],
  ["lora:org/adapters@step2000", HUB, HUB[1]],
  ["tuned/checkpoint-20", ["run/checkpoint-10", "run/checkpoint-20"], "run/checkpoint-20"],
  ["tuned/step5/final", ["run/step5", "run/step6"], "run/step5"],
  ["./x/stage1-step5", ["r/stage1-step5", "r/stage2-step5"], "r/stage1-step5"],
  ["./x/stage1-step5", ["r/step5", "r/step6"], "r/step5"],
  ["anything", ["org/run@main"], "org/run@main"],
])("%s", (sft, bases, expected) => {
  expect(start(sft, bases)).toBe(expected);
});

describe("is refused:", () => {
  test.each([
    ["org/tuned", HUB, "--sft org/tuned: --base RUN is 3 checkpoints, and the name does not say from which step it was tuned; give one --base for it"],
    ["org/tuned@step1500", HUB, "--sft org/tuned@step1500: --base RUN is 3 checkpoints, none of step 1500; nearest: 1000, 2000, 20000"],
    ["x/step5", ["r/stage1-step5", "r/stage2-step5"], "--sft x/step5: --base RUN is 2 checkpoints, and r/stage1-step5, r/stage2-step5 are of step 5; give one --base for it"],
    ["x/stage3-step5", ["r/stage1-step5", "r/stage2-step5"], "--sft x/stage3-step5: --base RUN is 2 checkpoints, none of step 5; nearest: 5"],
  ])("%s", (sft, bases, message) => {
    expect(() => start(sft, bases)).toThrow(new UsageError(message));
  });
}); // prettier-ignore
