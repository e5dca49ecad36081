#!/usr/bin/env node
/** Parses the command line, runs a command, and turns errors into one line and an exit code. */

import { CommanderError } from "commander";
import { messageOf, UserError } from "../base/errors.js";
import { processConsole } from "./output/console.js";
import { canonicalArgv } from "./flags/flags.js";
import { createProgram, usageErrorOf } from "./program.js";

/**
 * Makes Ctrl-C end the run in an orderly way from this call on; before, nothing is lost and it just ends the process.
 */
function interruptible(): AbortSignal {
  const interrupt = new AbortController();
  process.on("SIGINT", () => {
    // A second Ctrl-C does not wait for anything: the signal itself ends the process, as it does without a handler.
    if (interrupt.signal.aborted) {
      process.removeAllListeners("SIGINT");
      process.kill(process.pid, "SIGINT");
    }
    interrupt.abort();
  });
  return interrupt.signal;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that closes early (`| head`) is not an error.
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`amuro-eval: cannot write to the standard output: ${messageOf(error)}\n`);
  process.exit(1);
});

// Colours are chosen when their library is first imported, which commands do.
if (process.argv.includes("--plain")) process.env["NO_COLOR"] = "1";

const program = createProgram({
  run: async (options, display) =>
    (await import("./commands/run.js")).runCommand(options, display, processConsole(display), interruptible),
  ls: async (what, additions, display) =>
    (await import("./commands/ls.js")).lsCommand(what, additions, display.json, processConsole(display)),
  checkpoints: async (place, how, display) =>
    (await import("./commands/checkpoints.js")).checkpointsCommand(place, how, display.json, processConsole(display)),
  inspect: async (task, view, options, display) =>
    (await import("./commands/inspect.js")).inspectCommand(task, view, options, display.json, processConsole(display)),
  validate: async (options, display) =>
    (await import("./commands/validate.js")).validateCommand(options, display.json, processConsole(display)),
  validatePack: async (pack, options, display) =>
    (await import("./commands/validate-pack.js")).validatePackCommand(
      pack,
      options,
      display.json,
      processConsole(display),
    ),
  leaderboard: async (sources, flags, display) =>
    (await import("./commands/leaderboard.js")).leaderboardCommand(
      sources,
      { ...flags, json: display.json },
      processConsole(display),
    ),
  report: async (results, flags, display) =>
    (await import("./commands/report.js")).reportCommand(
      results,
      { ...flags, json: display.json },
      processConsole(display),
    ),
  study: async (file, display) =>
    (await import("./commands/study.js")).studyCommand(file, display, processConsole(display), interruptible),
  init: async (file, answers, display) =>
    (await import("./commands/init.js")).initCommand(file, answers, processConsole(display)),
  demo: async (folder, display) =>
    (await import("./commands/demo.js")).demoCommand(folder, display.json, processConsole(display), interruptible),
  doctor: async (folder, display) =>
    (await import("./commands/doctor.js")).doctorCommand(folder, display.json, processConsole(display)),
  sft: async (options, display) =>
    (await import("./commands/sft.js")).sftCommand(options, display.json, processConsole(display), interruptible),
  analyze: async (paths, flags, display) =>
    (await import("./commands/analyze.js")).analyzeCommand(paths, flags, processConsole(display)),
  compare: async (paths, options, display) =>
    (await import("./commands/compare.js")).compareCommand(paths, options, display.json, processConsole(display)),
  import: async (kind, paths, flags, display) =>
    (await import("./commands/import.js")).importCommand(
      kind,
      paths,
      { ...flags, json: display.json },
      processConsole(display),
    ),
  plan: async (sources, flags, display) =>
    (await import("./commands/plan.js")).planCommand(
      sources,
      { ...flags, json: display.json },
      processConsole(display),
      interruptible,
    ),
  paper: async (folder, table, display) => {
    (await import("./commands/paper.js")).paperCommand(folder, { table, json: display.json }, processConsole(display));
  },
  requestsExport: async (flags, options, display) =>
    (await import("./commands/requests-export.js")).requestsExportCommand(
      options,
      { ...flags, json: display.json },
      processConsole(display),
    ),
  requestsImport: async (folder, flags, display) =>
    (await import("./commands/requests-import.js")).requestsImportCommand(
      folder,
      { ...flags, json: display.json },
      processConsole(display),
      interruptible,
    ),
  newTemplate: async (family, id, options, display) =>
    (await import("./commands/new-template.js")).newTemplateCommand(family, id, options, processConsole(display)),
});

try {
  await program.parseAsync(canonicalArgv(process.argv.slice(2)), { from: "user" });
} catch (error) {
  const failure = error instanceof CommanderError ? usageErrorOf(error) : error;
  if (failure !== undefined) {
    process.stderr.write(`amuro-eval: ${messageOf(failure)}\n`);
    if (failure instanceof UserError && failure.detail !== undefined) process.stderr.write(`\n${failure.detail}\n`);
    const unexpected = !(failure instanceof UserError);
    if (process.argv.includes("--debug") && failure instanceof Error) process.stderr.write(`${failure.stack ?? ""}\n`);
    else if (unexpected)
      process.stderr.write("this is a defect of amuro-eval; run again with --debug for the stack trace\n");
    process.exitCode = failure instanceof UserError ? failure.exitCode : 1;
  }
}
// The worker thread of an interrupted run may still be in the middle of a batch.
if (process.exitCode === 130) process.exit();
