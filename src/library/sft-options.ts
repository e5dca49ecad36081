/**
 * Defines the options of a fine-tuning: the library's and the flags of `amuro-eval sft`, their bounds and defaults, and
 * what they mean.
 */

import { existsSync } from "node:fs";
import { WRITTEN_DTYPES, type WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import { UsageError } from "../base/errors.js";
import { defaultSettings, LOSSES, type LossOver, type SftData, type SftOptions, type SftSettings } from "../sft/index.js"; // prettier-ignore
import { compileSchema } from "../base/validation.js";
import { askedColumns } from "../tasks/source.js";
import type { TaskRegistry } from "../tasks/registry.js";
import { checkedOptions, listedOption } from "./checked-options.js";
import { SFT_DEFAULTS, SFT_NUMBERS, type Bounds, type RawSftOptions } from "./raw-sft-options.js";
import { camelCase } from "./run-options.js";
import { dataSource } from "./study-options.js";

const text = { type: "string" };
/** Lists options that hold several values. */
const LISTS: readonly string[] = [
  "trainPrompts",
  "templates",
  "plugin",
  "ignoreConfigKey",
  "fields",
  "labels",
  "choices",
];
const texts = { type: ["string", "array"], items: text };

/** Checks options of the library by name; who trains is a choice of the command line alone. */
const isSft = compileSchema<Record<string, unknown>>({
  type: "object",
  additionalProperties: false,
  properties: {
    ...Object.fromEntries(
      ["model", "revision", "task", "messages", "family", "label", "out", "data"].map((name) => [name, text]),
    ),
    ...Object.fromEntries(LISTS.map((name) => [name, texts])),
    ...Object.fromEntries(Object.entries(SFT_NUMBERS).map(([name, bounds]) => [camelCase(name), numberSchema(bounds)])),
    rows: { anyOf: [{ type: "integer", minimum: 1 }, { enum: ["all"] }] },
    loss: { enum: LOSSES },
    dtype: { enum: WRITTEN_DTYPES },
    offline: { type: "boolean" },
  },
});

function numberSchema({ least, most, whole = false, above = false }: Bounds): object {
  return {
    type: whole ? "integer" : "number",
    [above ? "exclusiveMinimum" : "minimum"]: least,
    ...(most === undefined ? {} : { maximum: most }),
  };
}

/**
 * Returns the options of a fine-tuning with their defaults.
 * @throws UsageError in one line that names each unknown key, with the nearest known one, and each wrong value
 */
export function completedSft(options: object, source: string): RawSftOptions {
  const { rows, ...given } = checkedOptions(isSft, options, source);
  const lists = Object.keys(given).filter((key) => LISTS.includes(key));
  return {
    ...SFT_DEFAULTS,
    ...given,
    ...Object.fromEntries(lists.map((key) => [key, listedOption(given[key], "strings")])),
    ...(rows === undefined ? {} : { rows: `${rows as number}` }),
  };
}

/**
 * Reads the options of a fine-tuning; of a dataset that is named as the task, its rows are read.
 * @throws UsageError when flags are missing or contradict each other
 */
export async function sftOptions(raw: RawSftOptions, registry: TaskRegistry): Promise<SftOptions> {
  const { model, out } = raw;
  if (model === undefined) throw new UsageError("no checkpoint given; use --model FOLDER, --model ORG/NAME or --model builtin"); // prettier-ignore
  if (out === undefined) throw new UsageError("no folder given for the tuned checkpoint; use --out FOLDER");
  if (raw.python !== undefined && raw.engine !== "trl") throw new UsageError("--python goes with --engine trl");
  if (raw.loraAlpha !== undefined && raw.loraRank === undefined) throw new UsageError("--lora-alpha goes with --lora-rank"); // prettier-ignore
  const data = await dataOf(raw, registry);
  return {
    model,
    revision: raw.revision,
    offline: raw.offline === true,
    ignoredConfigKeys: raw.ignoreConfigKey,
    data,
    out,
    settings: settingsOf(raw, defaultSettings(data)),
    threads: raw.threads,
  };
}

async function dataOf(raw: RawSftOptions, registry: TaskRegistry): Promise<SftData> {
  const { task: name, messages } = raw;
  if ((name === undefined) === (messages === undefined)) {
    throw new UsageError("give one thing to learn: --task NAME or --messages FILE");
  }
  if (messages !== undefined) {
    if (!existsSync(messages)) throw new UsageError(`--messages ${messages}: no such file`);
    return { kind: "messages", file: messages };
  }
  const source = dataSource({ data: raw.data, offline: raw.offline === true });
  await registry.open([name as string], { asked: askedColumns(raw), data: source });
  const [task, ...others] = registry.select([name as string]);
  if (task === undefined || others.length > 0) {
    const names = registry.select([name as string]).map((one) => one.name);
    throw new UsageError(`--task ${name}: these are several tasks (${names.join(", ")}); sft learns one`);
  }
  return {
    kind: "task",
    task,
    source,
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
