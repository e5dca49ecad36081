/** Tests that the files which are handed to TRL hold the training that would be done here. */

import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTokenizer } from "../../src/engine/text/tokenizer.js";
import { defaultSettings, handToTrl, type SftData, type SftOptions } from "../../src/sft/index.js";
import { drawTrainingRows, encodeRow } from "../../src/sft/data/task-data.js";
import type { Task } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import type { PromptVariant } from "../../src/templates/variant.js";
import { openLlama } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../support/user-error.js";
import { familyNamed, variantsOfFamily } from "../support/families.js";

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

test("srun starts accelerate on every machine of a job with its place among them, accelerate on this one", async () => {
  const bin = join(folder, "slurm");
  await mkdir(bin, { recursive: true });
  const script = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
    return join(bin, name);
  };
  // Two machines; each task of the step is one of them.
  await script(
    "srun",
    'test "$1" = --ntasks-per-node=1 || exit 9; shift; export SLURM_NNODES=2 SLURM_JOB_NODELIST="n[1-2]"; for i in 0 1; do SLURM_NODEID=$i "$@"; done',
  );
  await script("scontrol", 'test "$3" = "n[1-2]" || exit 9; echo n1; echo n2');
  const told = join(folder, "told");
  const python = await script("python", `if [ "$1" = -c ]; then exit 0; fi; echo "$@" >> ${told}; exit 0`);
  const before = process.env["PATH"];
  process.env["PATH"] = `${bin}:${String(before)}`;
  try {
    const start = async (launcher: "srun" | "accelerate") => {
      const asked = options();
      const place = join(asked.out, "trl");
      // The stand-in for TRL writes no record.
      await failureOf(() => handToTrl(asked, { python, launcher, processes: 16 }));
      const lines = (await readFile(told, "utf8")).trim().split("\n");
      await rm(told);
      return lines.map((line) => line.replaceAll(place, "trl"));
    };
    const launch = "-m accelerate.commands.launch --config_file trl/accelerate.yaml";
    const places = (rank: number) =>
      `--num_machines 2 --machine_rank ${rank} --main_process_port 29500 --main_process_ip n1`;
    expect(await start("accelerate")).toEqual([`${launch} --num_processes 16 trl/train.py`]);
    expect(await start("srun")).toEqual(
      [0, 1].map((rank) => `${launch} ${places(rank)} --num_processes 16 trl/train.py`),
    );
  } finally {
    process.env["PATH"] = before;
  }
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
    expectUserError(
      await failureOf(() => handToTrl(options(), { python: join(folder, "nowhere") })),
      "cannot be run (ENOENT)",
    );
    const without = await script("without", "echo \"ModuleNotFoundError: No module named 'trl'\" >&2; exit 1");
    expectUserError(await failureOf(() => handToTrl(options(), { python: without })), "cannot import trl", "No module named 'trl'", "pip install trl"); // prettier-ignore
  });

  test("and a training that fails is told", async () => {
    const failing = await script("failing", 'if [ "$1" = "-c" ]; then exit 0; fi; exit 3');
    expectUserError(await failureOf(() => handToTrl(options(), { python: failing })), "exit code 3");
  });
});
