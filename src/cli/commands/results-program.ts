/** Defines the grammar of `amuro-eval results …`: what is done with results that are stored. */

import { InvalidArgumentError, Option, type Command } from "commander";
import { COMMAND_GROUPS } from "../help.js";
import { MetricRegistry } from "../../metrics/registry.js";
import type { Console } from "../output/console.js";

/** Forms in which results are exported. */
const EXPORT_FORMATS = ["parquet", "csv", "jsonl", "lm-eval", "every-eval-ever", "hf", "mlflow", "inspect"] as const;

interface Shown {
  readonly json: boolean;
  readonly console: Console;
}

/**
 * @param display adds the switches of how a command talks
 * @param shown what a command was told of them
 */
export function addResultsCommands(
  program: Command,
  display: (command: Command) => Command,
  shown: (command: Command) => Shown,
): void {
  const results = program
    .command("results")
    .description("list, show, export, merge, rescore or tidy what runs stored")
    .helpGroup(COMMAND_GROUPS.stored);
  const verb = (name: string, description: string) => display(results.command(name)).description(description);
  const run = () =>
    new Option("--run <N>", "number of the run, as ls lists it (default: the last one)").argParser(whole);

  verb("ls", "list the runs in folders of results")
    .argument("<dir...>", "folders of results")
    .action(async (folders: string[], _options, command: Command) => {
      const { json, console } = shown(command);
      await (await import("./results-list.js")).listCommand(folders, json, console);
    });
  verb("show", "print the tables of a run again")
    .argument("<dir>", "folder of results")
    .addOption(run())
    .action(async (folder: string, options: { run?: number }, command: Command) => {
      const { json, console } = shown(command);
      await (await import("./results-list.js")).showCommand(folder, options.run, json, console);
    });
  verb("export", "write a run's scores, rows and prompts as files of other programs")
    .argument("<dir>", "folder of results")
    .addOption(
      new Option(
        "--format <NAME>",
        "parquet, csv, jsonl, lm-eval (lm-evaluation-harness), every-eval-ever, hf (.eval_results and a model card's table), mlflow (mlruns) or inspect (logs of inspect_ai)",
      )
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .requiredOption("--out <DIR>", "folder to write to")
    .addOption(run())
    .action(async (folder: string, options: { format: string; out: string; run?: number }, command: Command) => {
      const { json, console } = shown(command);
      await (await import("./results-export.js")).exportCommand(folder, options, json, console);
    });
  verb("merge", "put the results of several folders, such as shards, into a new one")
    .argument("<dir...>", "folders of results")
    .requiredOption("--out <DIR>", "new folder")
    .action(async (folders: string[], options: { out: string }, command: Command) => {
      const { json, console } = shown(command);
      await (await import("./results-merge.js")).mergeCommand(folders, options.out, json, console);
    });
  verb("rescore", "judge stored answers by another metric, without the model")
    .argument("<dir>", "folder of results")
    .requiredOption("--metric <NAME>", new MetricRegistry().names().join(", "))
    .option("--plugin <PATH...>", "TypeScript or JavaScript file, or package, with metrics of your own", [])
    .addOption(run())
    .action(async (folder: string, options: { metric: string; run?: number; plugin: string[] }, command: Command) => {
      const { json, console } = shown(command);
      await (await import("./results-maintain.js")).rescoreCommand(folder, options, json, console);
    });
  verb("gc", "give up what no run refers to, and make the file smaller")
    .argument("<dir>", "folder of results")
    .option("--drop <N...>", "numbers of runs to give up first", collect, [])
    .action(async (folder: string, options: { drop: number[] }, command: Command) => {
      const { json, console } = shown(command);
      await (await import("./results-maintain.js")).gcCommand(folder, options.drop, json, console);
    });
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("expected the number of a run, as results ls lists it");
  return Number(text);
}

function collect(text: string, before: readonly number[]): number[] {
  return [...before, ...text.split(",").map(whole)];
}
