#!/usr/bin/env node
/** Runs the command line of this process. */

import { messageOf } from "../base/errors.js";
import { runWords } from "./run-words.js";

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

process.exitCode = await runWords(process.argv.slice(2), interruptible);
// The worker thread of an interrupted run may still be in the middle of a batch.
if (process.exitCode === 130) process.exit();
