/** Defines the grammar of the command line. What the commands do is handed in, so that parsing can be tested alone. */

import { Command, type CommanderError } from "commander";
import { didYouMean, UsageError } from "../base/errors.js";
import { VERSION } from "../base/package-info.js";
import type { NamesGiven } from "../checkpoints/find/name-reading.js";
import {
  addPairFlag, collectLists, display, displayOptions, dryRunOptions, mergedOptions, numberParser, optionOf, quiet, studyCommand,
  type DisplayOptions, type DryRunOptions,
} from "./flags/command-flags.js"; // prettier-ignore
import { DISPLAY_FLAGS } from "./flags/flags.js";
import type { PathOptions } from "../library/options-of-path.js";
import { camelCase, FLAGS, type RawOptions } from "../library/run-options.js";
import type { AnalyzeFlags } from "./commands/analyze.js";
import type { StudyAnswers } from "./commands/init.js";
import type { PlanFlags } from "./commands/plan.js";
import type { InspectView } from "./commands/inspect.js";
import type { Additions } from "./commands/ls.js";
import type { LeaderboardFlags } from "./commands/leaderboard.js";
import { completionScript, SHELLS } from "./completion.js";
import { addHelp, COMMAND_GROUPS as GROUPS } from "./help.js";
import { addReportVerbs } from "./commands/report-verbs.js";
import type { ReportFlags } from "./commands/report.js";
import type { RawSftOptions } from "../library/raw-sft-options.js";
import type { ImportCommandFlags } from "./commands/import.js";
import { addImportFlags, importOptionsOf, pathOptionsOf } from "./flags/import-flags.js";
import { addPlanFlags, wantedOf } from "./flags/plan-flags.js";
import { addSftFlags } from "./flags/sft-flags.js";
import { processConsole } from "./output/console.js";
import type { ExportFlags } from "./commands/requests-export.js";
import type { ImportFlags } from "./commands/requests-import.js";
import { addRequestsCommands } from "./commands/requests-program.js";
import { addResultsCommands } from "./commands/results-program.js";

/** Holds what each verb does. */
export interface Commands {
  readonly run: (
    options: RawOptions,
    display: DisplayOptions & DryRunOptions & { readonly report: boolean },
  ) => Promise<void>;
  readonly ls: (what: string, additions: Additions, display: DisplayOptions) => Promise<void>;
  readonly checkpoints: (place: string, how: NamesGiven & { readonly offline: boolean }, display: DisplayOptions) => Promise<void>; // prettier-ignore
  readonly inspect: (task: string, view: InspectView, options: RawOptions, display: DisplayOptions) => Promise<void>;
  readonly validate: (options: RawOptions, display: DisplayOptions) => Promise<void>;
  readonly validatePack: (pack: string, options: RawOptions, display: DisplayOptions) => Promise<void>;
  readonly report: (results: string, flags: Omit<ReportFlags, "json">, display: DisplayOptions) => Promise<void>;
  readonly leaderboard: (
    sources: readonly string[],
    flags: Omit<LeaderboardFlags, "json">,
    display: DisplayOptions,
  ) => Promise<void>;
  readonly leaderboardValidate: (files: readonly string[], display: DisplayOptions) => Promise<void>;
  readonly page: (out: string, display: DisplayOptions) => Promise<void>;
  readonly study: (file: string, display: DisplayOptions & DryRunOptions) => Promise<void>;
  readonly init: (file: string, answers: StudyAnswers, display: DisplayOptions) => Promise<void>;
  readonly demo: (folder: string, display: DisplayOptions) => Promise<void>;
  readonly doctor: (folder: string, display: DisplayOptions) => Promise<void>;
  readonly sft: (options: RawSftOptions, display: DisplayOptions) => Promise<void>;
  readonly analyze: (paths: readonly string[], flags: AnalyzeFlags, display: DisplayOptions) => Promise<void>;
  readonly compare: (
    paths: readonly string[],
    options: PathOptions & { html?: string },
    display: DisplayOptions,
  ) => Promise<void>;
  readonly import: (kind: string, paths: readonly string[], flags: Omit<ImportCommandFlags, "json">, display: DisplayOptions) => Promise<void>; // prettier-ignore
  readonly plan: (sources: readonly string[], flags: Omit<PlanFlags, "json">, display: DisplayOptions) => Promise<void>;
  readonly paper: (folder: string, table: string | undefined, display: DisplayOptions) => Promise<void>;
  readonly requestsExport: (
    flags: Omit<ExportFlags, "json">,
    options: RawOptions,
    display: DisplayOptions,
  ) => Promise<void>;
  readonly requestsImport: (folder: string, flags: Omit<ImportFlags, "json">, display: DisplayOptions) => Promise<void>;
  readonly completion: (script: (tasks: readonly string[]) => string, display: DisplayOptions) => Promise<void>;
  readonly newTask: (name: string, options: { dir: string }, display: DisplayOptions) => Promise<void>;
  readonly newTemplate: (
    family: string,
    id: string,
    options: { readonly dir: string; readonly plugin: readonly string[] },
    display: DisplayOptions,
  ) => Promise<void>;
}

export function createProgram(commands: Commands): Command {
  const program = new Command("amuro-eval")
    .description("How much do a checkpoint's scores depend on the prompt, before and after fine-tuning?")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print this help");
  quiet(program);

  const run = studyCommand(program, "run", { isDefault: true })
    .description("score every checkpoint on every task under every prompt (the default command)")
    .helpGroup(GROUPS.main)
    .option(...DISPLAY_FLAGS.dryRun)
    .option(...DISPLAY_FLAGS.exact)
    .option("--no-report", "do not write report.html")
    .allowExcessArguments(true);
  run.action(async (_options, command: Command) => {
    // As the default command, run is also where a mistyped verb ends up.
    const [word] = command.args;
    if (word !== undefined) {
      const verbs = program.commands.map((verb) => verb.name());
      throw new UsageError(`"${word}" is neither a command nor a flag${didYouMean(word, verbs)}`);
    }
    await commands.run(mergedOptions(command), {
      ...displayOptions(command),
      ...dryRunOptions(command),
      report: command.opts()["report"] !== false,
    });
  });

  const ls = display(program.command("ls").argument("<what>", "tasks, families, metrics, prompts or axes")).description(
    "list tasks, families, metrics, prompts, or how many levels each axis of the prompts has for each task",
  );
  ls.helpGroup(GROUPS.before);
  ls.addOption(optionOf("plugin"))
    .addOption(optionOf("templates"))
    .action(async (what: string, _options, command: Command) => {
      const { plugin, templates } = command.opts<{ plugin: string[]; templates: string[] }>();
      await commands.ls(what, { plugins: plugin, templates }, displayOptions(command));
    });

  const checkpoints = display(program.command("checkpoints").argument("<place>", "hub id or folder")).description(
    "list the training steps among a hub repository's revisions or a folder's subfolders",
  );
  for (const name of ["offline", "steps-file", "stage-order"]) checkpoints.addOption(optionOf(name));
  checkpoints.helpGroup(GROUPS.before);
  checkpoints.action(async (place: string, _options, command: Command) => {
    const { offline, ...names } = command.opts<NamesGiven & { readonly offline?: boolean }>();
    const { stepsFile, stageOrder } = names;
    await commands.checkpoints(place, { stepsFile, stageOrder, offline: offline === true }, displayOptions(command));
  });

  const inspect = studyCommand(program, "inspect")
    .description("print the rendered prompts of a few rows with their tokens, without scoring")
    .argument("<task>", "task name")
    .option("--all", "print every prompt beside the first, and all of its text")
    .option("--rows <N>", "rows to show", numberParser({ name: "rows", minimum: 1, integer: true }), 1)
    .option("--html <FILE>", "write a page that shows every token instead");
  inspect.helpGroup(GROUPS.before);
  inspect.action(async (task: string, _options, command: Command) => {
    const { rows, html, all = false } = command.opts<{ rows: number; html?: string; all?: boolean }>();
    await commands.inspect(task, { rows, html, all }, mergedOptions(command), displayOptions(command));
  });

  const validate = studyCommand(program, "validate")
    .description("check configuration, plugins, rows, prompts and checkpoints without scoring, or a pack of templates")
    .argument("[pack]", "folder or package with templates; only these are checked");
  validate.helpGroup(GROUPS.before);
  validate.action(async (pack: string | undefined, _options, command: Command) => {
    const options = mergedOptions(command);
    if (pack === undefined) await commands.validate(options, displayOptions(command));
    else await commands.validatePack(pack, options, displayOptions(command));
  });

  const init = display(program.command("init"))
    .description("write a study file, from three questions or these flags, and say what the study takes")
    .helpGroup(GROUPS.before)
    .argument("[file]", "file to write", "study.yaml")
    .option("--checkpoints <SPECS>", "checkpoints before SFT, as --model takes them", collectLists)
    .option("--sft-tasks <NAMES>", "tasks to fine-tune on, one at a time", collectLists)
    .option("--task <NAMES>", "tasks to evaluate before and after", collectLists);
  init.action(async (file: string, _options, command: Command) => {
    const { checkpoints, sftTasks, task: tasks } = command.opts<StudyAnswers & { task?: readonly string[] }>();
    await commands.init(file, { checkpoints, sftTasks, tasks }, displayOptions(command));
  });

  const study = display(program.command("study").argument("<file>", "study file, as amuro-eval init writes one"))
    .description("fine-tune every checkpoint on every task and evaluate all of them before and after, as a file says")
    .helpGroup(GROUPS.main)
    .allowExcessArguments(false)
    .option(...DISPLAY_FLAGS.dryRun)
    .option(...DISPLAY_FLAGS.exact);
  study.action(async (file: string, _options, command: Command) => {
    await commands.study(file, { ...displayOptions(command), ...dryRunOptions(command) });
  });

  const demo = display(program.command("demo"))
    .description("a small study of the built-in checkpoints, from fine-tuning to the report, within ten minutes")
    .option("-o, --output-dir <DIR>", "folder of the study", "amuro-demo");
  demo.helpGroup(GROUPS.tune);
  demo.action(async (_options, command: Command) => {
    await commands.demo(command.opts<{ outputDir: string }>().outputDir, displayOptions(command));
  });

  const doctor = display(program.command("doctor"))
    .description("what a run finds on this machine (runtime, memory, disks, hub, proxy, token) and what is wrong; exit code 1 where something would stop it")
    .option("-o, --output-dir <DIR>", "folder that results would go to", "amuro-results"); // prettier-ignore
  doctor.helpGroup(GROUPS.before);
  doctor.action(async (_options, command: Command) => {
    await commands.doctor(command.opts<{ outputDir: string }>().outputDir, displayOptions(command));
  });

  const sft = display(program.command("sft").allowExcessArguments(false)).description(
    "fine-tune a checkpoint on a task's train split or on conversations",
  );
  addSftFlags(sft);
  sft.helpGroup(GROUPS.tune);
  sft.action(async (_options, command: Command) => {
    await commands.sft(command.opts<RawSftOptions>(), displayOptions(command));
  });

  const analyze = display(
    program.command("analyze").argument("<results...>", "folders of results, tables, or files of other programs"),
  )
    .description("prompt sensitivity and its change after fine-tuning, from stored results or a table; no model is run")
    .option("--out <FILE>", "write the analysis as JSON");
  addPairFlag(analyze).option(
    "--seed <N>",
    "seed of everything drawn at random",
    numberParser({ name: "seed", integer: true }),
    42,
  );
  analyze.helpGroup(GROUPS.main);
  addImportFlags(analyze);
  analyze.action(async (paths: string[], _options, command: Command) => {
    const { out, seed, pair = [] } = command.opts<{ out?: string; seed: number; pair?: string[] }>();
    const shown = displayOptions(command);
    const options = importOptionsOf(command);
    await commands.analyze(paths, { out, seed, json: shown.json, pairs: pair, import: options }, shown);
  });

  const compare = display(
    program.command("compare").argument("<results...>", "two or more folders of results, or files of other programs"),
  ).description(
    "pair results of any origin by row: which prompts, rows, axes and scores differ; PATH=VALUE says a flag of one of them alone",
  );
  addImportFlags(compare.option("--html <FILE>", "write both side by side as a page instead"), true).helpGroup(
    GROUPS.stored,
  );
  compare.action(async (paths: string[], { html }: { html?: string }, command: Command) => {
    const options = { ...pathOptionsOf(command), ...(html === undefined ? {} : { html }) };
    await commands.compare(paths, options, displayOptions(command));
  });

  const imports = display(
    program.command("import").argument("<kind>", "what made the files").argument("<paths...>", "files or folders"),
  )
    .description("take results of other programs into a folder of results, which every command reads")
    .requiredOption("--out <DIR>", "folder of results, new or with runs in it");
  addImportFlags(imports).helpGroup(GROUPS.stored);
  imports.action(async (kind: string, paths: string[], options: { out: string }, command: Command) => {
    await commands.import(
      kind,
      paths,
      { out: options.out, options: importOptionsOf(command) },
      displayOptions(command),
    );
  });

  const plan = studyCommand(program, "plan").argument("[results...]", "results of a pilot, or tables of row scores");
  addPlanFlags(plan);
  plan.helpGroup(GROUPS.before);
  plan.action(async (sources: string[], _options, command: Command) => {
    const { pilot, ...wanted } = command.opts<PlanFlags["wanted"] & { pilot?: boolean }>();
    const given = FLAGS.find(({ name }) => command.getOptionValueSource(camelCase(name)) === "cli");
    if (pilot !== true && given !== undefined) {
      throw new UsageError(`--${given.name} is of a pilot that is run here; add --pilot, or leave it out`);
    }
    const flags = { wanted: wantedOf(wanted), pilot: pilot === true ? mergedOptions(command) : undefined };
    await commands.plan(sources, flags, displayOptions(command));
  });

  const paper = display(program.command("paper").argument("<folder>", "folder of the two released CSV files"))
    .description(
      "the published tables and claims of Sun & Dredze 2024, from the result files that its authors released",
    )
    .option("--table <FILE>", "write the cells as a CSV file that analyze reads");
  paper.helpGroup(GROUPS.stored);
  paper.action(async (folder: string, _options, command: Command) => {
    await commands.paper(folder, command.opts<{ table?: string }>().table, displayOptions(command));
  });

  addResultsCommands(program, display, (command) => {
    const shown = displayOptions(command);
    return { json: shown.json, console: processConsole(shown) };
  });

  addRequestsCommands(program, {
    study: studyCommand,
    display,
    exportRequests: (flags, command) => commands.requestsExport(flags, mergedOptions(command), displayOptions(command)),
    importAnswers: (folder, flags, command) => commands.requestsImport(folder, flags, displayOptions(command)),
  });
  const newTemplate = display(program.command("new-template"))
    .description("write a template to begin with: DIR/FAMILY/ID.hbs")
    .argument("<family>", "family of prompts")
    .argument("<id>", "name of the template")
    .option("--dir <DIR>", "folder of the pack", "templates")
    .addOption(optionOf("plugin"));
  newTemplate.helpGroup(GROUPS.write);
  newTemplate.action((family: string, id: string, options: { dir: string; plugin: string[] }, command: Command) =>
    commands.newTemplate(family, id, options, displayOptions(command)),
  );
  const newTask = display(program.command("new-task"))
    .description("write a task to begin with: a plugin DIR/NAME.ts, its rows and a test")
    .argument("<name>", "name of the task")
    .option("--dir <DIR>", "folder of the files", ".");
  newTask.helpGroup(GROUPS.write);
  newTask.action((name: string, options: { dir: string }, command: Command) =>
    commands.newTask(name, options, displayOptions(command)),
  );
  addReportVerbs((name) => display(program.command(name)), {
    report: (results, flags, command) => commands.report(results, flags, displayOptions(command)),
    leaderboard: (sources, flags, command) => commands.leaderboard(sources, flags, displayOptions(command)),
    leaderboardValidate: (files, command) => commands.leaderboardValidate(files, displayOptions(command)),
    page: (out, command) => commands.page(out, displayOptions(command)),
  });
  const completion = display(program.command("completion").argument("[shell]", SHELLS.join(", ")))
    .description("print a script that completes commands, flags and names of tasks in a shell")
    .helpGroup(GROUPS.write);
  completion.action(async (shell: string | undefined, _options, command: Command) => {
    await commands.completion((tasks) => completionScript(program, shell, tasks), displayOptions(command));
  });
  addHelp(program);
  pointToHelp(program, program.name());
  return program;
}

/** Makes every command point to its own help where it is given what it does not take. */
function pointToHelp(command: Command, path: string): void {
  command.exitOverride((error) => {
    throw usageErrorOf(error, path) ?? error;
  });
  for (const verb of command.commands) pointToHelp(verb, `${path} ${verb.name()}`);
}

/** Returns a parse error of commander as one line, or undefined when help or the version was printed. */
function usageErrorOf({ code, message }: CommanderError, path: string): UsageError | undefined {
  if (["commander.helpDisplayed", "commander.version", "commander.help"].includes(code)) return undefined;
  const line = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return new UsageError(`${line} (${path} --help lists the flags)`);
}
