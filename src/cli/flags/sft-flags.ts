/** Defines the flags of `amuro-eval sft`. */

import { Option, type Command } from "commander";
import { WRITTEN_DTYPES } from "../../checkpoints/files/write-safetensors.js";
import { UsageError } from "../../base/errors.js";
import { LOSSES } from "../../sft/data/example.js";
import { splitLists } from "../../library/checked-options.js";
import { SFT_ENGINES } from "../../sft/trl/launch.js";
import { SFT_DEFAULTS, SFT_NUMBERS, type Bounds } from "../../library/raw-sft-options.js";

/** Adds the flags to a command. */
export function addSftFlags(command: Command): void {
  const number = (flag: keyof typeof SFT_NUMBERS, help: string, fallback?: number) => {
    const option = new Option(`--${flag} <N>`, help).argParser(numberIn(flag, SFT_NUMBERS[flag]));
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
  command
    .option("-m, --model <SPEC>", "checkpoint to tune: a folder, a hub id (ORG/NAME or ORG/NAME@REVISION) or builtin")
    .option("--revision <REV>", "branch, tag or commit of a hub id")
    .option(
      "-t, --task <NAME>",
      "task whose train split is learned; lm-eval:PATH; a dataset hub:ORG/DATASET[:CONFIG]@REV or file:PATH with --family, --fields and --label",
    )
    .option("--family <NAME>", "family that asks the rows of a dataset")
    .option("--label <COLUMN>", "column of the right answer of a dataset")
    .option("--messages <FILE>", 'conversations to learn instead: JSON Lines of {"messages": [{"role", "content"}, …]}')
    .option("-o, --out <DIR>", "folder of the tuned checkpoint; the same command goes on there after it was stopped");
  list("train-prompts", "NAMES", "prompts that rows are asked in, named as in run's --prompts; each row in one of them", SFT_DEFAULTS.trainPrompts); // prettier-ignore
  list("fields", "FIELD=COLUMN", "columns of a dataset that fill the fields of its family, where they have other names", SFT_DEFAULTS.fields); // prettier-ignore
  list("labels", "NAMES", "names of a dataset's labels in the order of their values, or VALUE=NAME each", SFT_DEFAULTS.labels); // prettier-ignore
  list("choices", "COLUMNS", "column of a dataset with the list of choices, or a column for each choice", SFT_DEFAULTS.choices); // prettier-ignore
  list("templates", "PACK", "template pack: a folder or package with .hbs files; repeatable", SFT_DEFAULTS.templates);
  list("ignore-config-key", "KEY", "key of config.json that is passed over where the checkpoint is refused for it; repeatable", SFT_DEFAULTS.ignoreConfigKey); // prettier-ignore
  list("plugin", "MODULE", "task plugin: a .ts or .js file or a package; repeatable", SFT_DEFAULTS.plugin);
  number("epochs", "passes over the data (default: 3; 5 for --messages)");
  command.option("--rows <N>", "rows to train on, drawn by the seed, or all (default: 6000; all of --messages)");
  number("lr", "largest learning rate (default: 2e-6; 2e-7 for summarization)");
  number("batch-size", "examples of a step (default: 8)");
  number("warmup", "share of the steps in which the learning rate rises (default: 0.03)");
  number("weight-decay", "decoupled weight decay of AdamW (default: 0)");
  number("clip", "gradients are clipped to this global norm; 0 leaves them as they are (default: 1)");
  number("max-length", "most tokens of an example; the beginning of a longer one is cut off (default: the model's window, at most 2048)"); // prettier-ignore
  command.addOption(
    new Option("--loss <OVER>", "tokens that the loss is over: the answer's, or all")
      .choices(LOSSES)
      .default(SFT_DEFAULTS.loss),
  );
  number("seed", "seed of rows, their order and an adapter's first weights", SFT_DEFAULTS.seed);
  command.addOption(
    new Option("--dtype <TYPE>", "type of the written weights; they are trained in f32")
      .choices(WRITTEN_DTYPES)
      .default(SFT_DEFAULTS.dtype),
  );
  number("save-every", "keep a checkpoint-N every N steps (default: the last one only)");
  number("eval-every", "measure the loss of held-out rows every N steps; 0 holds none out (default: every epoch)"); // prettier-ignore
  command
    .option(
      "--data <SOURCE>",
      "rows: hub, sample, builtin or a folder with TASK.jsonl, .csv or .parquet and TASK.train.*",
      SFT_DEFAULTS.data,
    )
    .option("--offline", "use only what is in the hub's cache; nothing is requested");
  number("threads", "threads of the model; 0 lets ONNX Runtime choose", SFT_DEFAULTS.threads);
  number("lora-rank", "train a LoRA adapter of this rank instead of all weights; it is written in PEFT's format"); // prettier-ignore
  number("lora-alpha", "the adapter is multiplied by this / rank (default: twice the rank)");
  command
    .addOption(
      new Option("--engine <NAME>", "node trains here; trl writes data and settings for Hugging Face TRL")
        .choices(SFT_ENGINES)
        .default(SFT_DEFAULTS.engine),
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
