/** Gradients and losses of every architecture beside PyTorch's: test/golden/sft/make.py. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TrainingText } from "../../src/sft/rows.js";
import { linearSchedule } from "../../src/sft/schedule.js";
import { GOLDEN, readJson, type Golden } from "../support/golden.js";
import { goldenTrainer } from "../support/trainers.js";

const FOLDER = join(import.meta.dirname, "../golden/sft");

interface Summary {
  readonly max: number;
  readonly norm: number;
  readonly signs: readonly [number, number];
  readonly every: number;
  readonly samples: string;
}

interface GoldenGradients {
  readonly loss: number;
  /** Of PyTorch in float32, against its own float64. */
  readonly float32_error: number;
  readonly tensors: Readonly<Record<string, Summary>>;
}

function golden<T>(file: string): Record<string, T> {
  const { versions, ...rest } = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Record<string, T>;
  expect(versions).toHaveProperty("torch");
  return rest;
}

/** As make.py lays them out. */
function textsOf(name: string, step: number): TrainingText[] {
  const { input_ids: ids } = readJson(join(GOLDEN, name, "golden.json")) as Golden;
  const turned = (by: number) => [...ids.slice(by % ids.length), ...ids.slice(0, by % ids.length)];
  return [
    { ids: turned(step).slice(0, 20) },
    { ids: turned(step + 5).slice(0, 9) },
    { ids: turned(step + 11).slice(0, 12), counted: (i) => i >= 8 },
  ];
}

/** Returns the same +-1 as make.py's. */
function signs(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >= 2 ** 31 ? 1 : -1;
  });
}

function dotWithSigns(values: Float32Array, seed: number): number {
  return signs(values.length, seed).reduce((sum, sign, i) => sum + sign * (values[i] as number), 0);
}

const gradients = golden<GoldenGradients>("gradients.json");

describe.each(Object.keys(gradients))("%s", (name) => {
  const expected = gradients[name] as GoldenGradients;

  test("loss and gradients equal PyTorch's", async () => {
    const trainer = await goldenTrainer(name);
    const { loss } = await trainer.gradient(textsOf(name, 0));
    expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-5);
    const found = trainer.gradients;
    expect([...found.keys()].sort()).toEqual(Object.keys(expected.tensors).sort());
    const largest = Math.max(...Object.values(expected.tensors).map(({ max }) => max));
    // Relative to the largest gradient of the tensor; a gradient that is nothing but rounding (OPT's key biases, which
    // the softmax cancels) is measured against a hundredth of the model's largest.
    const bound = Math.max(1e-5, 1.5 * expected.float32_error);
    for (const [tensor, { max, norm, signs, every, samples }] of Object.entries(expected.tensors)) {
      const own = found.get(tensor) as Float32Array;
      const bytes = Uint8Array.from(Buffer.from(samples, "base64"));
      const differences = [...new Float32Array(bytes.buffer)].map((x, i) => Math.abs(x - (own[i * every] as number)));
      expect(Math.max(...differences) / Math.max(max, largest / 100), tensor).toBeLessThan(bound);
      const floor = (largest / 100) * Math.sqrt(own.length);
      signs.forEach((sum, i) => {
        expect(Math.abs(dotWithSigns(own, i + 1) - sum) / Math.max(norm, floor), tensor).toBeLessThan(bound);
      });
    }
    await trainer.close();
  });
});

describe.each(Object.entries(golden<number[]>("losses.json")))("%s", (name, expected) => {
  test("fifty steps of AdamW have PyTorch's losses", async () => {
    const trainer = await goldenTrainer(name, { optimizer: { betas: [0.9, 0.95], weightDecay: 0.01, clip: 1 } });
    const rate = linearSchedule(1e-3, expected.length, 0.1);
    const losses: number[] = [];
    for (let step = 0; step < expected.length; step++) {
      losses.push((await trainer.step(textsOf(name, step), rate(step))).loss);
    }
    expect(Math.max(...losses.map((loss, i) => Math.abs(loss - (expected[i] as number))))).toBeLessThan(1e-4);
    await trainer.close();
  });
});

interface GoldenLora {
  readonly matrices: number;
  readonly losses: readonly number[];
}

describe.each(Object.entries(golden<GoldenLora>("lora.json")))("an adapter on %s", (name, { matrices, losses }) => {
  test("twenty steps have PEFT's losses", async () => {
    const trainer = await goldenTrainer(name, { lora: { rank: 2, alpha: 4, seed: 1 } });
    expect(trainer.trained.size).toBe(matrices);
    const before = [...trainer.weights.values()].map(({ values }) => values.slice());
    for (const [matrix, { values }] of trainer.trained) {
      const [scale, seed] = matrix.endsWith("lora_A") ? [0.1, 3] : [0.05, 4];
      values.set(signs(values.length, seed).map((sign) => scale * sign));
    }
    for (const [step, expected] of losses.entries()) {
      const { loss } = await trainer.step(textsOf(name, step), 1e-2);
      expect(Math.abs(loss - expected), `step ${step + 1}`).toBeLessThan(1e-4);
    }
    expect([...trainer.weights.values()].map(({ values }) => values)).toEqual(before);
    await trainer.close();
  });
});
