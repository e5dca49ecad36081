/** Defines the verbs of the command line that show stored results. */

import type { Command } from "commander";
import { COMMAND_GROUPS } from "../help.js";
import { collectLists } from "../flags/command-flags.js";
import { addImportFlags, importOptionsOf } from "../flags/import-flags.js";
import type { LeaderboardFlags } from "./leaderboard.js";
import type { ReportFlags } from "./report.js";

/** Holds what these verbs do; handed in, so that parsing can be tested alone. */
export interface ReportCommands {
  readonly report: (results: string, flags: Omit<ReportFlags, "json">, command: Command) => Promise<void>;
  readonly leaderboard: (
    sources: readonly string[],
    flags: Omit<LeaderboardFlags, "json">,
    command: Command,
  ) => Promise<void>;
  readonly leaderboardValidate: (files: readonly string[], command: Command) => Promise<void>;
  readonly page: (out: string, command: Command) => Promise<void>;
}

const FORMAT_HELP = "html, md, tex, json, csv, svg, png; several at once or repeated";

export function addReportVerbs(verb: (name: string) => Command, commands: ReportCommands): void {
  addImportFlags(verb("report"))
    .helpGroup(COMMAND_GROUPS.main)
    .description("show stored results as one page, or as tables and figures for papers")
    .argument("<results>", "folder that a run wrote, or files of another program")
    .option("--format <LIST>", FORMAT_HELP, collectLists)
    .option("-o, --out <PATH>", "file, or folder for several; beside the results when left out")
    .option("--folder", "the page as a folder with every row in it, as Parquet, not a sample of them inside the page")
    .action(async (results: string, _options, command: Command) => {
      const { format = ["html"], out, folder = false } = command.opts<{ format?: string[]; out?: string; folder?: boolean }>(); // prettier-ignore
      await commands.report(results, { formats: format, out, folder, import: importOptionsOf(command) }, command);
    });
  const leaderboard = addImportFlags(verb("leaderboard"));
  leaderboard
    .helpGroup(COMMAND_GROUPS.main)
    .description("make a static site that ranks the checkpoints of many runs")
    .argument("[results...]", "folders that runs wrote, files of other programs, leaderboard.json files of others")
    .option("-o, --out <DIR>", "folder of the site", "leaderboard")
    .action(async (sources: string[], _options, command: Command) => {
      const { out } = command.opts<{ out: string }>();
      await commands.leaderboard(sources, { out, import: importOptionsOf(command) }, command);
    });
  leaderboard
    .command("validate")
    .description("check leaderboard.json files of others before they are taken")
    .argument("<files...>", "leaderboard.json files")
    .action(async (files: string[]) => {
      await commands.leaderboardValidate(files, leaderboard);
    });
  verb("page")
    .helpGroup(COMMAND_GROUPS.main)
    .description("write the page that runs a checkpoint in a browser, a static site")
    .option("-o, --out <DIR>", "folder of the page", "page")
    .action(async (_options, command: Command) => {
      await commands.page(command.opts<{ out: string }>().out, command);
    });
}
