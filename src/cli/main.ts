#!/usr/bin/env node
/** Entry point: parses the command line, runs a command, turns errors into one line and an exit code. */

import { CommanderError } from "commander";
import { messageOf, UserError } from "../base/errors.js";
import { analyzeCommand } from "./commands/analyze.js";
import { checkpointsCommand } from "./commands/checkpoints.js";
import { processConsole } from "./output/console.js";
import { canonicalArgv } from "./flags/flags.js";
import { inspectCommand } from "./commands/inspect.js";
import { leaderboardCommand } from "./commands/leaderboard.js";
import { lsCommand } from "./commands/ls.js";
import { newTemplateCommand } from "./commands/new-template.js";
import { demoCommand } from "./commands/demo.js";
import { doctorCommand } from "./commands/doctor.js";
import { createProgram, usageErrorOf } from "./program.js";
import { reportCommand } from "./commands/report.js";
import { paperCommand } from "./commands/paper.js";
import { requestsExportCommand } from "./commands/requests-export.js";
import { requestsImportCommand } from "./commands/requests-import.js";
import { planCommand } from "./commands/plan.js";
import { runCommand } from "./commands/run.js";
import { studyCommand } from "./commands/study.js";
import { studyInitCommand } from "./commands/study-init.js";
import { sftCommand } from "./commands/sft.js";
import { validatePackCommand } from "./commands/validate-pack.js";
import { validateCommand } from "./commands/validate.js";

/** From this call on Ctrl-C ends the run in an orderly way; before, nothing is lost and it just ends the process. */
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

const program = createProgram({
  run: (options, display) => runCommand(options, display, processConsole(display.quiet), interruptible),
  ls: (what, additions, display) => lsCommand(what, additions, display.json, processConsole(display.quiet)),
  checkpoints: (place, how, display) => checkpointsCommand(place, how, display.json, processConsole(display.quiet)),
  inspect: (task, view, options, display) =>
    inspectCommand(task, view, options, display.json, processConsole(display.quiet)),
  validate: (options, display) => validateCommand(options, display.json, processConsole(display.quiet)),
  validatePack: (pack, options, display) =>
    validatePackCommand(pack, options, display.json, processConsole(display.quiet)),
  leaderboard: (sources, flags, display) =>
    leaderboardCommand(sources, { ...flags, json: display.json }, processConsole(display.quiet)),
  report: (results, flags, display) =>
    reportCommand(results, { ...flags, json: display.json }, processConsole(display.quiet)),
  study: (file, display) => studyCommand(file, display, processConsole(display.quiet), interruptible),
  studyInit: (file, display) => {
    studyInitCommand(file, processConsole(display.quiet));
  },
  demo: (folder, display) => demoCommand(folder, display.json, processConsole(display.quiet), interruptible),
  doctor: (folder, display) => doctorCommand(folder, display.json, processConsole(display.quiet)),
  sft: (options, display) => sftCommand(options, display.json, processConsole(display.quiet), interruptible),
  analyze: (paths, flags, display) => analyzeCommand(paths, flags, processConsole(display.quiet)),
  plan: (sources, flags, display) =>
    planCommand(sources, { ...flags, json: display.json }, processConsole(display.quiet), interruptible),
  paper: (folder, table, display) => {
    paperCommand(folder, { table, json: display.json }, processConsole(display.quiet));
  },
  requestsExport: (flags, options, display) =>
    requestsExportCommand(options, { ...flags, json: display.json }, processConsole(display.quiet)),
  requestsImport: (folder, flags, display) =>
    requestsImportCommand(folder, { ...flags, json: display.json }, processConsole(display.quiet), interruptible),
  newTemplate: (family, id, options, display) => newTemplateCommand(family, id, options, processConsole(display.quiet)),
});

try {
  await program.parseAsync(canonicalArgv(process.argv.slice(2)), { from: "user" });
} catch (error) {
  const failure = error instanceof CommanderError ? usageErrorOf(error) : error;
  if (failure !== undefined) {
    process.stderr.write(`amuro-eval: ${messageOf(failure)}\n`);
    const unexpected = !(failure instanceof UserError);
    if (process.argv.includes("--debug") && failure instanceof Error) process.stderr.write(`${failure.stack ?? ""}\n`);
    else if (unexpected)
      process.stderr.write("this is a defect of amuro-eval; run again with --debug for the stack trace\n");
    process.exitCode = failure instanceof UserError ? failure.exitCode : 1;
  }
}
// The worker thread of an interrupted run may still be in the middle of a batch.
if (process.exitCode === 130) process.exit();
