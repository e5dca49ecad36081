/** From the words of `amuro-eval sft` to what is trained. */

import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addSftFlags } from "../../../src/cli/flags/sft-flags.js";
import type { RawSftOptions } from "../../../src/library/raw-sft-options.js";
import { sftOptions } from "../../../src/library/sft-options.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

async function parse(...words: string[]) {
  const command = new Command().exitOverride();
  addSftFlags(command);
  command.parse(words, { from: "user" });
  return sftOptions(command.opts<RawSftOptions>(), builtinRegistry());
}

const NEEDED = ["-m", "builtin", "-o", "out", "--data", "sample"];

test("without flags, a task is learned as in the experiment", async () => {
  const { data, settings } = await parse(...NEEDED, "-t", "mnli_matched");
  expect(data).toMatchObject({ kind: "task", prompts: ["default"], source: { kind: "sample" } });
  expect(settings).toEqual({
    epochs: 3, rows: 6000, learningRate: 2e-6, batchSize: 8, warmup: 0.03, weightDecay: 0, clip: 1, maxLength: undefined,
    loss: "answer", seed: 42, dtype: "f32", saveEvery: undefined, evalEvery: undefined, lora: undefined,
  }); // prettier-ignore
  expect((await parse(...NEEDED, "-t", "xsum")).settings.learningRate).toBe(2e-7);
  const conversations = (await parse(...NEEDED, "--messages", import.meta.filename)).settings;
  expect([conversations.epochs, conversations.rows, conversations.learningRate]).toEqual([5, Infinity, 2e-6]);
});

test("flags take the place of each", async () => {
  const words = "--epochs 0.5 --rows all --lr 1e-3 --batch-size 4 --warmup 0 --weight-decay 0.1 --clip 0 --max-length 64 --loss all --seed 7 --dtype bf16 --save-every 5 --eval-every 0 --lora-rank 4 --train-prompts default,io --train-prompts instruct --threads 2 --offline"; // prettier-ignore
  const options = await parse(...NEEDED, "-t", "xsum", ...words.split(" "));
  expect(options.settings).toEqual({
    epochs: 0.5, rows: Infinity, learningRate: 1e-3, batchSize: 4, warmup: 0, weightDecay: 0.1, clip: Infinity, maxLength: 64,
    loss: "all", seed: 7, dtype: "bf16", saveEvery: 5, evalEvery: 0, lora: { rank: 4, alpha: 8 },
  }); // prettier-ignore
  expect(options).toMatchObject({ threads: 2, offline: true, data: { prompts: ["default", "io", "instruct"] } });
});

describe("wrong usage", () => {
  test.each([
    ["-o out -t paws", "no checkpoint given"],
    ["-m builtin -t paws", "--out"],
    ["-m builtin -o out", "--task NAME or --messages FILE"],
    ["-m builtin -o out -t paws --messages x.jsonl", "--task NAME or --messages FILE"],
    ["-m builtin -o out -t pawz", 'did you mean "paws"'],
    ["-m builtin -o out -t nli", "these are several tasks"],
    ["-m builtin -o out -t paws --data nowhere", "nowhere: no such folder"],
    ["-m builtin -o out -t paws --lr 0", "--lr 0: expected a number above 0"],
    ["-m builtin -o out -t paws --lr x", "--lr x"],
    ["-m builtin -o out -t paws --batch-size 1.5", "a whole number of at least 1"],
    ["-m builtin -o out -t paws --rows some", "--rows some"],
    ["-m builtin -o out -t paws --rows 0", "--rows 0"],
    ["-m builtin -o out -t paws --warmup 2", "from 0 to 1"],
    ["-m builtin -o out -t paws --lora-alpha 2", "--lora-rank"],
    ["-m builtin -o out -t paws --python python3", "--engine trl"],
    ["-m builtin -o out --messages nowhere.jsonl", "nowhere.jsonl: no such file"],
  ])("%s", async (words, named) => {
    expectUserError(await failureOf(() => parse(...words.split(" "))), named);
  });
});
