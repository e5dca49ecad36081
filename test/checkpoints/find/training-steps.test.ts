/** Names of revisions and folders as released training runs have them. */

import { describe, expect, test } from "vitest";
import {
  matchRevisions,
  nearestPlaces,
  parseTrainingStep,
  trainingSteps,
} from "../../../src/checkpoints/find/training-steps.js";

describe("a name", () => {
  test.each<[string, number, number | undefined, string | undefined]>([
    ["step1000-tokens4B", 1000, 4e9, undefined], // OLMo
    ["step738020-tokens3094B", 738_020, 3094e9, undefined],
    ["stage1-step1000-tokens3B", 1000, 3e9, "stage1"], // OLMo 2
    ["stage2-ingredient1-step1000-tokens5B", 1000, 5e9, "stage2-ingredient1"],
    ["step0", 0, undefined, undefined], // Pythia
    ["step143000", 143_000, undefined, undefined],
    ["ckpt_100", 100, undefined, undefined], // Amber
    ["ckpt_000", 0, undefined, undefined],
    ["iter-0005000", 5000, undefined, undefined],
    ["iter_0005000", 5000, undefined, undefined], // Megatron
    ["iteration-500", 500, undefined, undefined],
    ["global_step1000", 1000, undefined, undefined], // BLOOM
    ["stage1-step-40000", 40_000, undefined, "stage1"], // SmolLM3
    ["stage1.5-step1000", 1000, undefined, "stage1.5"],
    ["step50000-tokens210B", 50_000, 210e9, undefined],
    ["checkpoint-2000", 2000, undefined, undefined], // Trainer
    ["step1000-tokens4.2T", 1000, 4_200_000_000_000, undefined],
    ["epoch1/step500", 500, undefined, undefined],
    ["step1000-mnli", 1000, undefined, undefined],
    ["step-001000-2BT", 1000, 2e9, undefined], // FineWeb ablations
    ["step-50K-105b", 50_000, 105e9, undefined], // TinyLlama
    ["step-480k-token-1007B", 480_000, 1007e9, undefined],
    ["checkpoint_0050000", 50_000, undefined, undefined], // OpenEuroLLM
    ["lc-4k-to-32k-step-20000", 20_000, undefined, "lc-4k-to-32k"], // SmolLM3
    ["extension_step0001220", 1220, undefined, "extension"], // Lucie
    ["checkpoint-1000step", 1000, undefined, undefined],
    ["checkpoint_pct010", 10, undefined, undefined],
    ["ep0-ba1000", 1000, undefined, undefined],
    ["CrystalCoder_phase2_checkpoint_214387", 214_387, undefined, "phase2"],
    ["annealing_step_500", 500, undefined, "annealing"],
    ["longctx-step-2000", 2000, undefined, "longctx"],
    ["epoch=1-step=4000", 4000, undefined, undefined], // Lightning
    ["iters-5000", 5000, undefined, undefined],
    ["epoch_3", 3, undefined, undefined],
    ["updates_1000", 1000, undefined, undefined],
    ["50pct", 50, undefined, undefined],
    ["step1000-tokens4B-anneal", 1000, 4e9, "anneal"],
    ["step1000-longcontext", 1000, undefined, "longcontext"],
    ["step100-tokens419430400", 100, 419_430_400, undefined],
  ])("%s", (name, step, tokens, stage) => {
    expect(parseTrainingStep(name)).toEqual({ name, step, tokens, stage, seed: undefined });
  });

  test.each(["main", "v1.0", "stage1", "steps", "step", "misstep100", "7Bx", "epoch-1.5", "step99999999999999999999"])(
    "%s is no training step",
    (name) => {
      expect(parseTrainingStep(name)).toBeUndefined();
    },
  );
});

test.each<[string, number | undefined, number | undefined, string | undefined]>([
  ["step1000-seed-default", 1000, undefined, "default"], // DataDecide
  ["step25000-seed-small-aux-2", 25_000, undefined, "small-aux-2"],
  ["step1000-seed42", 1000, undefined, "42"],
  ["seed3-step1000-tokens4B", 1000, 4e9, "3"],
  ["chck_10M", undefined, 10e6, undefined], // BabyLM
  ["100B", undefined, 100e9, undefined], // Poro, Viking
  ["train_00220B", undefined, 220e9, undefined], // Baichuan 2
  ["240b_tokens", undefined, 240e9, undefined], // RedPajama-INCITE
  ["500000_tokens", undefined, 500_000, undefined],
  ["1048.58B", undefined, 1_048_580_000_000, undefined], // MAP-Neo
  ["tokens-50b", undefined, 50e9, undefined],
  ["tokens4B", undefined, 4e9, undefined],
  ["words-10M", undefined, 10e6, undefined],
  ["n_tokens_1000000000", undefined, 1e9, undefined],
  ["checkpoint_10M_tokens", undefined, 10e6, undefined],
  ["seed-2-100B", undefined, 100e9, "2"],
  ["100B-seed1", undefined, 100e9, "1"],
])("%s tells step %s, tokens %s and seed %s", (name, step, tokens, seed) => {
  expect(parseTrainingStep(name)).toEqual({ name, step, tokens, stage: undefined, seed });
});

test.each([
  ["stage2-50B", 50e9, "stage2"],
  ["phase2-tokens-30B", 30e9, "phase2"],
  ["300B-stage2", 300e9, "stage2"],
  ["lc-4k-to-32k-20B", 20e9, "lc-4k-to-32k"],
  ["decay-20B", 20e9, "decay"],
  ["100B-anneal", 100e9, "anneal"],
])("%s tells tokens and a stage, and no step", (name, tokens, stage) => {
  expect(parseTrainingStep(name)).toEqual({ name, step: undefined, tokens, stage, seed: undefined });
});

test("names that are numbers alone are steps where there are several", () => {
  expect(trainingSteps(["main", "128000", "64000"]).map(({ step }) => step)).toEqual([64_000, 128_000]);
  expect(trainingSteps(["main", "2024"])).toEqual([]);
});

test("later stages follow the numbered ones, and each seed is a run of its own", () => {
  const names = ["lc-32k-to-64k-step-9", "stage3-step-10", "lc-4k-to-32k-step-20", "stage1-step-40", "decay-step-5"];
  expect(trainingSteps(names).map(({ name }) => name)).toEqual(
    ["stage1-step-40", "stage3-step-10", "decay-step-5", "lc-4k-to-32k-step-20", "lc-32k-to-64k-step-9"]); // prettier-ignore
  const seeds = ["step20-seed-b", "step10-seed-b", "step20-seed-a"];
  expect(trainingSteps(seeds).map(({ name }) => name)).toEqual(["step20-seed-a", "step10-seed-b", "step20-seed-b"]);
  expect(trainingSteps(["100B", "20B"]).map(({ name }) => name)).toEqual(["20B", "100B"]);
});

test("steps are in the order of training: by stage, then by number", () => {
  const names = [
    ...["stage10-step1", "stage2-ingredient2-step5", "stage2-ingredient1-step1000", "stage2-ingredient1-step20"],
    ...["main", "stage1-step9", "stage1-step100", "step7"],
  ];
  expect(trainingSteps(names).map(({ name }) => name)).toEqual([
    "step7",
    "stage1-step9",
    "stage1-step100",
    "stage2-ingredient1-step20",
    "stage2-ingredient1-step1000",
    "stage2-ingredient2-step5",
    "stage10-step1",
  ]);
});

test("a glob matches names in the order of training, then the others by name", () => {
  const names = ["main", "step1000", "step20", "v2", "v10", "refs/pr/1"];
  expect(matchRevisions(names, "step*")).toEqual(["step20", "step1000"]);
  expect(matchRevisions(names, "*")).toEqual(["step20", "step1000", "v10", "v2", "main"]);
  expect(matchRevisions(names, "step{20,30}")).toEqual(["step20"]);
  expect(matchRevisions(names, "ckpt*")).toEqual([]);
});

test("the nearest steps are in ascending order, each once", () => {
  const steps = trainingSteps(["step1", "step1000", "stage1-step1000", "step2000", "step4000"]);
  expect(nearestPlaces(1900, steps, "step")).toEqual([1, 1000, 2000]);
  expect(nearestPlaces(1900, steps, "step", 1)).toEqual([2000]);
  expect(nearestPlaces(5, [], "tokens")).toEqual([]);
});

test.each(["ckpt_2024-05-01", "checkpoint-2024.05.01", "step-1,000", "step_12_345"])(
  "%s: a date or a number in groups is not taken for its first part",
  (name) => {
    expect(parseTrainingStep(name)).toBeUndefined();
  },
);
