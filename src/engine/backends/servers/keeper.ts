/**
 * Starts processes that end with this one, however it ends: each has a keeper that waits for its end of a pipe to
 * close.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** Sets the milliseconds between asking a process to end and ending it. */
const GRACE = 4000;

/**
 * Holds the keeper's program. It starts a process group, and ends it when nobody holds the other end of its standard
 * input: a pipe is closed by the system also where its owner is killed.
 */
const KEEPER = `
const { spawn } = require("node:child_process");
const [grace, ...command] = process.argv.slice(1);
const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "inherit", "inherit"], detached: true });
const signal = (name) => { try { process.kill(-child.pid, name); } catch {} };
child.on("error", (error) => { console.error(error.message); process.exit(127); });
child.on("exit", (code, name) => { signal("SIGKILL"); process.exit(code ?? (name ? 1 : 0)); });
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => undefined);
process.stdin.on("error", () => undefined).on("close", () => {
  signal("SIGTERM");
  setTimeout(() => signal("SIGKILL"), Number(grace));
}).resume();
`;

export interface KeptProcess {
  /** Settled when the process has ended, with its exit code. */
  readonly ended: Promise<number | null>;
  /** Ends the process and everything it started; settled when they are gone. */
  stop(): Promise<void>;
  /** The last lines of what it wrote. */
  lastLines(count: number): string[];
}

/**
 * Starts a process group that never outlives this process.
 * @param log file that gets everything it writes
 * @param environment added to that of this process
 */
export function keepProcess(
  command: readonly string[],
  log: string,
  environment: Readonly<Record<string, string>> = {},
): KeptProcess {
  const output = openSync(log, "a");
  let keeper: ChildProcess;
  try {
    keeper = spawn(process.execPath, ["-e", KEEPER, String(GRACE), ...command], {
      stdio: ["pipe", output, output],
      env: { ...process.env, ...environment },
      // Ctrl-C in a terminal goes to its foreground group; the keeper hears of the end through the pipe.
      detached: true,
    });
  } finally {
    closeSync(output);
  }
  keeper.stdin?.on("error", () => undefined);
  const ended = new Promise<number | null>((resolve) => {
    keeper.once("exit", resolve);
    keeper.once("error", () => {
      resolve(null);
    });
  });
  return {
    ended,
    stop: async () => {
      keeper.stdin?.end();
      await ended;
    },
    lastLines: (count) => readFileSync(log, "utf8").trim().split("\n").slice(-count),
  };
}
