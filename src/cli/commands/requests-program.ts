/** Defines the grammar of `amuro-eval requests …`: runs whose models cannot be reached from here. */

import { InvalidArgumentError, type Command } from "commander";
import { COMMAND_GROUPS } from "../help.js";
import type { ExportFlags } from "./requests-export.js";
import type { ImportFlags } from "./requests-import.js";

export interface RequestsGrammar {
  /** Adds a command with all flags of a study. */
  readonly study: (program: Command, name: string) => Command;
  readonly display: (command: Command) => Command;
  readonly exportRequests: (flags: Omit<ExportFlags, "json">, command: Command) => Promise<void>;
  readonly importAnswers: (folder: string, flags: Omit<ImportFlags, "json">, command: Command) => Promise<void>;
}

/** Sets the rows of a part: minutes of a GPU for a model of billions of parameters. */
const PART_ROWS = 4000;

export function addRequestsCommands(
  program: Command,
  { study, display, exportRequests, importAnswers }: RequestsGrammar,
): void {
  const requests = program
    .command("requests")
    .helpGroup(COMMAND_GROUPS.stored)
    .description("write what a run asks as files, to be answered by vLLM anywhere, and read the answers");
  study(requests, "export")
    .description("write the requests of a run in parts, with a program that answers them; nothing is scored")
    .requiredOption("--out <DIR>", "new folder")
    .option("--part-rows <N>", "requests of a part", whole, PART_ROWS)
    .action(async (_options, command: Command) => {
      const { out, partRows } = command.opts<{ out: string; partRows: number }>();
      await exportRequests({ out, partRows }, command);
    });
  display(requests.command("import"))
    .description("check the answers to exported requests and store the results of the run")
    .argument("<dir>", "folder that requests export wrote, with answers/ in it")
    .option("-o, --output-dir <DIR>", "folder of the results")
    .option("--no-report", "do not write report.html")
    .action(async (folder: string, _options, command: Command) => {
      const { outputDir, report } = command.opts<{ outputDir?: string; report: boolean }>();
      await importAnswers(folder, { outputDir, report }, command);
    });
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("expected a whole number of at least 1");
  return Number(text);
}
