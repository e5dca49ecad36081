/**
 * Provides the real command line as a child process, in a world of its own: no network, no token, no files of the
 * machine's.
 */

import { fork, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "dist", "cli", "main.js");

export interface CliResult {
  /** Exit code; null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves as soon as standard error holds the text. */
  readonly saw: (text: string) => Promise<void>;
  readonly result: Promise<CliResult>;
}

/** Circumstances of a process. */
export interface Circumstances {
  /** No file can grow beyond so many KiB, as on a disk that fills up. */
  readonly largestFile?: number;
  /** Where standard output goes instead of into the result. */
  readonly stdoutTo?: string;
  /** Whose process it is. */
  readonly uid?: number;
}

/**
 * Starts amuro-eval as `npm run build` left it.
 * @param cwd also home and hub cache of the process
 * @param env added to an environment that has PATH and little else
 */
export function startCli(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  { largestFile, stdoutTo, uid }: Circumstances = {},
): RunningCli {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: npm run build`);
  // Whose signal is ignored, a write beyond the limit fails as on a full disk.
  const limit = largestFile === undefined ? "" : `trap "" XFSZ; ulimit -f ${largestFile}; `;
  const script = `${limit}exec "$@"${stdoutTo === undefined ? "" : ` > ${stdoutTo}`}`;
  const plain = limit === "" && stdoutTo === undefined;
  const command = [process.execPath, MAIN, ...args];
  const [file, ...rest] = (plain ? command : ["bash", "-c", script, "bash", ...command]) as [string, ...string[]];
  const child = spawn(file, rest, {
    ...(uid === undefined ? {} : { uid }),
    cwd,
    env: worldOf(cwd, env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const one of waiting) if (stderr.includes(one.text)) one.resolve();
  });
  const saw = (text: string) =>
    new Promise<void>((resolve) => {
      if (stderr.includes(text)) resolve();
      else waiting.push({ text, resolve });
    });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const one of waiting) one.resolve();
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, saw, result };
}

function worldOf(cwd: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: cwd, HF_HOME: cwd, HF_HUB_OFFLINE: "1", NO_COLOR: "1", ...env };
}

/**
 * Starts one process for all command lines of a test file, which runs them one after the other: half of the work of a
 * small command is to load the program. Signals, limits and the exit itself need a process of their own, see runCli.
 */
export function cliHost(): (args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv) => Promise<CliResult> {
  let host: ChildProcess | undefined;
  let calls = 0;
  afterAll(async () => {
    if (host === undefined) return;
    host.kill();
    if (host.exitCode === null) await once(host, "exit");
  });
  return (args, cwd, env = {}) => {
    host ??= fork(join(import.meta.dirname, "cli-host.mjs"), { env: worldOf(cwd, {}) }).setMaxListeners(100);
    const child = host;
    const id = calls++;
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) => {
        reject(new Error(`the process of the command lines ended with ${String(code)}`));
      };
      const onMessage = (answer: CliResult & { readonly id: number }) => {
        if (answer.id !== id) return;
        child.off("exit", onExit).off("message", onMessage);
        const { code, signal, stdout, stderr } = answer;
        resolve({ code, signal, stdout, stderr });
      };
      child.on("exit", onExit).on("message", onMessage);
      child.send({ id, args, cwd, env: worldOf(cwd, env) });
    });
  };
}

/** Runs amuro-eval to its end, see startCli. */
export function runCli(
  args: readonly string[],
  cwd: string,
  env?: NodeJS.ProcessEnv,
  circumstances?: Circumstances,
): Promise<CliResult> {
  return startCli(args, cwd, env, circumstances).result;
}

/**
 * Returns a user other than the owner of the files, for whom the program can be started; undefined where there is none.
 */
export function otherUser(): number | undefined {
  const nobody = 65_534;
  if (process.getuid?.() !== 0) return undefined;
  return spawnSync("test", ["-r", MAIN], { uid: nobody }).status === 0 ? nobody : undefined;
}
