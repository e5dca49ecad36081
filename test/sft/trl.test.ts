/** The files that are handed to TRL hold the training that would be done here. */

import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTokenizer } from "../../src/engine/text/tokenizer.js";
import { defaultSettings, handToTrl, type SftData, type SftOptions } from "../../src/sft/index.js";
import { drawTrainingRows, encodeRow } from "../../src/sft/data/task-data.js";
import type { Task } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { variantsOfFamily, type PromptVariant } from "../../src/templates/variant.js";
import { openLlama } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../support/user-error.js";
import { familyNamed } from "../support/families.js";

const folder = tempFolder();
const model = await writeTinyCheckpoint(join(folder, "tiny"), { window: 512 });
const task = builtinRegistry().select(["paws"])[0] as Task;
const source = { kind: "sample" } as const;
const data = { kind: "task", task, source, prompts: ["default"], templates: [] } as const;

let outs = 0;
function options(settings: Partial<SftOptions["settings"]> = {}, from: SftData = data): SftOptions {
  const out = join(folder, `out${outs++}`);
  return { model, offline: true, data: from, out, threads: 1, settings: { ...defaultSettings(from), ...settings } };
}
const read = (asked: SftOptions, name: string) => readFile(join(asked.out, "trl", name), "utf8");
const linesOf = async (asked: SftOptions, name: string) =>
  (await read(asked, name)).trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore

test("data and settings are those of a training here", async () => {
  const asked = options({ epochs: 2, batchSize: 4, clip: Infinity, lora: { rank: 2, alpha: 4 } });
  const { command, record } = await handToTrl(asked, undefined);
  expect(command).toBe(`python ${join(asked.out, "trl", "train.py")}`);
  expect(record).toBeUndefined();
  expect((await readdir(join(asked.out, "trl"))).sort()).toEqual([
    "accelerate.yaml", "deepspeed.json", "held_out.jsonl", "job.json", "record.json", "sft_config.json", "train.jsonl",
    "train.py",
  ]); // prettier-ignore
  const tokenizer = openTokenizer(await openLlama(model));
  const { train } = await drawTrainingRows(task, source, { rows: 6000, seed: 42, holdOut: true });
  const variant = variantsOfFamily(familyNamed("paraphrase"))[0] as PromptVariant;
  const expected = train.map((item) => encodeRow(tokenizer, task, variant, item).text);
  expect(await linesOf(asked, "train.jsonl")).toEqual(expected);
  expect(JSON.parse(await read(asked, "sft_config.json"))).toMatchObject({
    max_steps: 4, warmup_steps: 1, learning_rate: 2e-6, per_device_train_batch_size: 4, max_grad_norm: 0, seed: 42,
    completion_only_loss: true, max_length: null, bf16: false,
  }); // prettier-ignore
  expect(JSON.parse(await read(asked, "job.json"))).toMatchObject({ model, lora: { r: 2, lora_alpha: 4 } });
  expect(JSON.parse(await read(asked, "record.json"))).toMatchObject({ steps: 4, command: { engine: "trl" } });
  expect(await read(asked, "accelerate.yaml")).toContain(join(asked.out, "trl", "deepspeed.json"));
});

test("examples that are cut, and conversations, are handed over as tokens with their answers", async () => {
  const asked = options({ maxLength: 40 });
  await handToTrl(asked, undefined);
  for (const line of await linesOf(asked, "train.jsonl")) {
    const { input_ids: ids, completion_mask: mask } = line as { input_ids: number[]; completion_mask: number[] };
    expect([ids.length, mask.length]).toEqual([40, 40]);
    expect(ids.at(-1)).toBe(1);
    expect(mask.join("")).toMatch(/^0+1+$/);
  }
  const file = join(folder, "messages.jsonl");
  const turn = (role: string) => ({ role, content: `says the ${role}` });
  await writeFile(file, `${JSON.stringify({ messages: [turn("user"), turn("assistant"), turn("user"), turn("assistant")] })}\n`); // prettier-ignore
  const conversations = options({}, { kind: "messages", file });
  await handToTrl(conversations, undefined);
  const [line] = await linesOf(conversations, "train.jsonl");
  expect((line?.["completion_mask"] as number[]).join("")).toMatch(/^0+1+0+1+0+$/);
  expect(JSON.parse(await read(conversations, "job.json"))).toHaveProperty("chat_template", expect.stringContaining("<|assistant|>")); // prettier-ignore
});

describe("a Python that cannot train", () => {
  const script = async (name: string, text: string) => {
    await mkdir(join(folder, "bin"), { recursive: true });
    const path = join(folder, "bin", name);
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  };

  test("is refused where it is none, or has no trl", async () => {
    expectUserError(await failureOf(() => handToTrl(options(), join(folder, "nowhere"))), "cannot be run (ENOENT)");
    const without = await script("without", "echo \"ModuleNotFoundError: No module named 'trl'\" >&2; exit 1");
    expectUserError(await failureOf(() => handToTrl(options(), without)), "cannot import trl", "No module named 'trl'", "pip install trl"); // prettier-ignore
  });

  test("and a training that fails is told", async () => {
    const failing = await script("failing", 'if [ "$1" = "-c" ]; then exit 0; fi; exit 3');
    expectUserError(await failureOf(() => handToTrl(options(), failing)), "exit code 3");
  });
});
