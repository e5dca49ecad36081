/** The flags of `amuro-eval sft`, and what they mean. */

import { existsSync } from "node:fs";
import { MOST_THREADS } from "../../engine/backends/devices.js";
import { Option, type Command } from "commander";
import { WRITTEN_DTYPES, type WrittenDtype } from "../../checkpoints/files/write-safetensors.js";
import { UsageError } from "../../base/errors.js";
import { defaultSettings, LOSSES, type LossOver, type SftData, type SftOptions, type SftSettings } from "../../sft/index.js"; // prettier-ignore
import type { TaskRegistry } from "../../tasks/registry.js";
import { splitLists } from "./config-file.js";
import { dataSource } from "./study-options.js";

/** Who trains: this program, or Hugging Face TRL. */
export const SFT_ENGINES = ["node", "trl"] as const;

export interface RawSftOptions {
  readonly model?: string;
  readonly revision?: string;
  readonly task?: string;
  readonly messages?: string;
  readonly out?: string;
  readonly trainPrompts: readonly string[];
  readonly templates: readonly string[];
  readonly plugin: readonly string[];
  readonly epochs?: number;
  readonly rows?: string;
  readonly lr?: number;
  readonly batchSize?: number;
  readonly warmup?: number;
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly maxLength?: number;
  readonly loss: string;
  readonly seed: number;
  readonly dtype: string;
  readonly saveEvery?: number;
  readonly evalEvery?: number;
  readonly data: string;
  readonly offline?: boolean;
  readonly threads: number;
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly engine: string;
  readonly python?: string;
}

/** Bounds of a number. */
interface Bounds {
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
  /** The least itself is too small. */
  readonly above?: boolean;
}

/** Adds the flags to a command. */
export function addSftFlags(command: Command): void {
  const number = (flag: string, bounds: Bounds, help: string, fallback?: number) => {
    const option = new Option(`--${flag} <N>`, help).argParser(numberIn(flag, bounds));
    command.addOption(fallback === undefined ? option : option.default(fallback));
  };
  const list = (flag: string, value: string, help: string, fallback: readonly string[]) => {
    const parse = (text: string, before: readonly string[]) => [
      ...(before === fallback ? [] : before),
      ...splitLists([text]),
    ];
    command.addOption(
      new Option(`--${flag} <${value}>`, help).argParser(parse).default(fallback, fallback.join(",") || "none"),
    );
  };
  const count = { least: 1, whole: true };
  command
    .option("-m, --model <SPEC>", "checkpoint to tune: a folder, a hub id (ORG/NAME or ORG/NAME@REVISION) or builtin")
    .option("--revision <REV>", "branch, tag or commit of a hub id")
    .option("-t, --task <NAME>", "task whose train split is learned")
    .option("--messages <FILE>", 'conversations to learn instead: JSON Lines of {"messages": [{"role", "content"}, …]}')
    .option("-o, --out <DIR>", "folder of the tuned checkpoint; the same command goes on there after it was stopped");
  list("train-prompts", "NAMES", "prompts that rows are asked in, named as in run's --prompts; each row in one of them", ["default"]); // prettier-ignore
  list("templates", "PACK", "template pack: a folder or package with .hbs files; repeatable", []);
  list("plugin", "MODULE", "task plugin: a .ts or .js file or a package; repeatable", []);
  number("epochs", { least: 0, above: true }, "passes over the data (default: 3; 5 for --messages)");
  command.option("--rows <N>", "rows to train on, drawn by the seed, or all (default: 6000; all of --messages)");
  number("lr", { least: 0, above: true }, "largest learning rate (default: 2e-6; 2e-7 for summarization)");
  number("batch-size", count, "examples of a step (default: 8)");
  number("warmup", { least: 0, most: 1 }, "share of the steps in which the learning rate rises (default: 0.03)");
  number("weight-decay", { least: 0 }, "decoupled weight decay of AdamW (default: 0)");
  number("clip", { least: 0 }, "gradients are clipped to this global norm; 0 leaves them as they are (default: 1)");
  number("max-length", { least: 2, whole: true }, "most tokens of an example; the beginning of a longer one is cut off (default: the model's window, at most 2048)"); // prettier-ignore
  command.addOption(
    new Option("--loss <OVER>", "tokens that the loss is over: the answer's, or all").choices(LOSSES).default("answer"),
  );
  number("seed", { least: 0, whole: true }, "seed of rows, their order and an adapter's first weights", 42);
  command.addOption(
    new Option("--dtype <TYPE>", "type of the written weights; they are trained in f32")
      .choices(WRITTEN_DTYPES)
      .default("f32"),
  );
  number("save-every", count, "keep a checkpoint-N every N steps (default: the last one only)");
  number("eval-every", { least: 0, whole: true }, "measure the loss of held-out rows every N steps; 0 holds none out (default: every epoch)"); // prettier-ignore
  command
    .option(
      "--data <SOURCE>",
      "rows: hub, sample, builtin or a folder with TASK.jsonl, .csv or .parquet and TASK.train.*",
      "hub",
    )
    .option("--offline", "use only what is in the hub's cache; nothing is requested");
  number(
    "threads",
    { least: 0, most: MOST_THREADS, whole: true },
    "threads of the model; 0 lets ONNX Runtime choose",
    0,
  );
  number("lora-rank", count, "train a LoRA adapter of this rank instead of all weights; it is written in PEFT's format"); // prettier-ignore
  number("lora-alpha", { least: 0, above: true }, "the adapter is multiplied by this / rank (default: twice the rank)");
  command
    .addOption(
      new Option("--engine <NAME>", "node trains here; trl writes data and settings for Hugging Face TRL")
        .choices(SFT_ENGINES)
        .default("node"),
    )
    .option("--python <PATH>", "with --engine trl: a Python with trl, which then trains");
}

function numberIn(flag: string, { least, most, whole = false, above = false }: Bounds): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const fits =
      text.trim() !== "" &&
      Number.isFinite(value) &&
      (above ? value > least : value >= least) &&
      value <= (most ?? Infinity) &&
      (!whole || Number.isInteger(value));
    if (fits) return value;
    const kind = whole ? "a whole number" : "a number";
    const range = most === undefined ? `${above ? "above" : "of at least"} ${least}` : `from ${least} to ${most}`;
    throw new UsageError(`--${flag} ${text}: expected ${kind} ${range}`);
  };
}

/** @throws UsageError when flags are missing or contradict each other */
export function sftOptions(raw: RawSftOptions, registry: TaskRegistry): SftOptions {
  const { model, out } = raw;
  if (model === undefined) throw new UsageError("no checkpoint given; use --model FOLDER, --model ORG/NAME or --model builtin"); // prettier-ignore
  if (out === undefined) throw new UsageError("no folder given for the tuned checkpoint; use --out FOLDER");
  if (raw.python !== undefined && raw.engine !== "trl") throw new UsageError("--python goes with --engine trl");
  if (raw.loraAlpha !== undefined && raw.loraRank === undefined) throw new UsageError("--lora-alpha goes with --lora-rank"); // prettier-ignore
  const data = dataOf(raw, registry);
  return {
    model,
    revision: raw.revision,
    offline: raw.offline === true,
    data,
    out,
    settings: settingsOf(raw, defaultSettings(data)),
    threads: raw.threads,
  };
}

function dataOf(raw: RawSftOptions, registry: TaskRegistry): SftData {
  const { task: name, messages } = raw;
  if ((name === undefined) === (messages === undefined)) {
    throw new UsageError("give one thing to learn: --task NAME or --messages FILE");
  }
  if (messages !== undefined) {
    if (!existsSync(messages)) throw new UsageError(`--messages ${messages}: no such file`);
    return { kind: "messages", file: messages };
  }
  const [task, ...others] = registry.select([name as string]);
  if (task === undefined || others.length > 0) {
    const names = registry.select([name as string]).map((one) => one.name);
    throw new UsageError(`--task ${name}: these are several tasks (${names.join(", ")}); sft learns one`);
  }
  return {
    kind: "task",
    task,
    source: dataSource({ data: raw.data, offline: raw.offline === true }),
    prompts: raw.trainPrompts,
    templates: raw.templates,
  };
}

function settingsOf(raw: RawSftOptions, defaults: SftSettings): SftSettings {
  const { rows, clip, loraRank } = raw;
  const isCount = /^[1-9]\d{0,14}$/.test(rows ?? "1");
  if (!isCount && rows !== "all") throw new UsageError(`--rows ${rows}: expected a whole number of at least 1, or all`);
  return {
    epochs: raw.epochs ?? defaults.epochs,
    rows: rows === undefined ? defaults.rows : rows === "all" ? Infinity : Number(rows),
    learningRate: raw.lr ?? defaults.learningRate,
    batchSize: raw.batchSize ?? defaults.batchSize,
    warmup: raw.warmup ?? defaults.warmup,
    weightDecay: raw.weightDecay ?? defaults.weightDecay,
    clip: clip === undefined ? defaults.clip : clip === 0 ? Infinity : clip,
    maxLength: raw.maxLength,
    loss: raw.loss as LossOver,
    seed: raw.seed,
    dtype: raw.dtype as WrittenDtype,
    saveEvery: raw.saveEvery,
    evalEvery: raw.evalEvery,
    lora: loraRank === undefined ? undefined : { rank: loraRank, alpha: raw.loraAlpha ?? 2 * loraRank },
  };
}
