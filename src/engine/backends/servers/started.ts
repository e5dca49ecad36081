/** Starts servers for a checkpoint, with the flags that exact scoring needs, and stops them after it. */

import { shellWord } from "../../../base/wording.js";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../base/errors.js";
import { hashValue } from "../../../base/hash.js";
import type { ModelToServe } from "../../../checkpoints/find/server-spec.js";
import { serverHandle, type ServerHandle } from "./handle.js";
import { keepProcess, type KeptProcess } from "./keeper.js";
import { openServer, type ServerOptions } from "./open-server.js";

/** Sets the seconds that a started server may take until it answers: weights are read and kernels are compiled. */
const START_SECONDS = 1800;

/** Says how servers are started. */
export interface StartOptions {
  /** Words added to the command. */
  readonly args?: string | undefined;
  /** A command of the shell in place of the usual one, with {model}, {tokenizer}, {port} and {name} in it. */
  readonly command?: string | undefined;
  /** Python, or the folder of an environment that has one, for vLLM and SGLang. */
  readonly python?: string | undefined;
  /**
   * One server for each entry, which sees these GPUs: "0" or, for tensor parallelism, "0+1". Undefined for one server.
   */
  readonly gpus?: readonly string[] | undefined;
}

export interface ServedFiles {
  /** Folder of the weights, or a GGUF file. */
  readonly model: string;
  readonly tokenizerFolder: string;
  /** What the server calls the model. */
  readonly name: string;
}

/** Returns a handle whose servers run while it is open. */
export function startedServer(
  { kind }: ModelToServe,
  files: ServedFiles,
  start: StartOptions,
  options: ServerOptions,
): ServerHandle {
  let running: KeptProcess[] = [];
  let ending = new AbortController();
  /** Folder of their logs, which stays where one did not start. */
  let tidy: string | undefined;
  const all = start.gpus ?? [];
  let taken = all;
  const begin = async () => {
    const own = new AbortController();
    const { signal } = own;
    ending = own;
    const gpus = taken.length === 0 ? [undefined] : taken;
    const logs = mkdtempSync(join(tmpdir(), "amuro-eval-server-"));
    const places = await Promise.all(
      gpus.map(async (gpu, i) => ({ gpu, port: await freePort(), log: join(logs, `${i}.log`) })),
    );
    signal.throwIfAborted();
    running = places.map(({ gpu, port, log }) => {
      const seen = gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu.replaceAll("+", ",") };
      return keepProcess(commandOf(kind, files, port, start), log, seen);
    });
    const where = all.length > 1 ? ` on ${taken.length === 1 ? "GPU" : "GPUs"} ${taken.join(", ")}` : "";
    options.tell(`starting ${kind} for ${files.name}${where}; it writes to ${logs}`);
    let answers = false;
    const deaths = running.map(async (process) => {
      const code = await process.ended;
      if (signal.aborted) return undefined;
      const death = deathOf(process, code, `the ${kind} server of ${files.name}`, answers);
      const error = new UserError(`${death}; ${logs} has the rest`);
      if (!answers) own.abort(error);
      return error;
    });
    // Of several that answer the others go on.
    void Promise.all(deaths).then(([error]) => {
      if (signal.aborted) return;
      tidy = undefined;
      own.abort(error);
    });
    const urls = places.map(({ port }) => `http://127.0.0.1:${port}`);
    const opened = await openServer(
      { kind, urls, model: undefined },
      {
        ...options,
        signal,
        waitSeconds: options.waitSeconds ?? START_SECONDS,
        flags: start.args === undefined ? {} : { args: start.args },
      },
    );
    answers = true;
    options.tell(opened.line);
    tidy = logs;
    return opened;
  };
  const end = async () => {
    ending.abort(new UserError("the engine was closed"));
    const stopping = running;
    const logs = tidy;
    [running, tidy] = [[], undefined];
    await Promise.all(stopping.map((process) => process.stop()));
    if (logs !== undefined) await rm(logs, { recursive: true, force: true });
  };
  const key = hashValue({ kind, ...files, ...start });
  const take = (gpus: readonly string[]) => {
    taken = gpus;
  };
  return { ...serverHandle(key, begin, end), started: { gpus: all, take } };
}

/** Says how a server ended, with the line of its log that says most. */
function deathOf(process: KeptProcess, code: number | null, server: string, answers: boolean): string {
  const last = process.lastLines(40).reverse();
  const line = last.find((text) => /error|exception|not found|no such|cannot/i.test(text)) ?? last[0] ?? "";
  const said = line === "" ? ", without a word" : `: ${line.slice(0, 300)}`;
  return `${server} ended with exit code ${String(code)}${answers ? "" : " before it answered"}${said}`;
}

/** Returns the command that serves a checkpoint at a port of this machine. */
export function commandOf(
  kind: ModelToServe["kind"],
  { model, tokenizerFolder, name }: ServedFiles,
  port: number,
  { args = "", command, python }: StartOptions,
): string[] {
  const more = wordsOf(args);
  if (command !== undefined) {
    const values: Readonly<Record<string, string>> = { model, tokenizer: tokenizerFolder, port: String(port), name };
    const filled = command.replace(/\{(\w+)\}/g, (whole, key: string) =>
      values[key] === undefined ? whole : shellWord(values[key]),
    );
    return ["sh", "-c", `exec ${[filled, ...more.map(shellWord)].join(" ")}`];
  }
  const address = ["--host", "127.0.0.1", "--port", String(port)];
  switch (kind) {
    case "vllm": {
      const serve = python === undefined ? ["vllm"] : [pythonOf(python), "-m", "vllm.entrypoints.cli.main"];
      const flags = ["--served-model-name", name, "--tokenizer", tokenizerFolder, "--logprobs-mode", "raw_logprobs"];
      return [
        ...serve,
        "serve",
        model,
        ...address,
        ...flags,
        "--generation-config",
        "vllm",
        "--enable-prompt-tokens-details",
        ...more,
      ];
    }
    case "sglang": {
      const flags = ["--served-model-name", name, "--tokenizer-path", tokenizerFolder];
      return [
        pythonOf(python ?? "python3"),
        "-m",
        "sglang.launch_server",
        "--model-path",
        model,
        ...address,
        ...flags,
        ...more,
      ];
    }
    case "llamacpp": {
      const exact = ["-fa", "off", "--cache-type-k", "f32", "--cache-type-v", "f32"];
      return ["llama-server", "-m", model, ...address, "--alias", name, ...exact, ...more];
    }
  }
}

/** Splits a text into words as a shell does: spaces part them, quotes keep them together. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}

function pythonOf(place: string): string {
  const inside = join(place, "bin", "python");
  return existsSync(inside) ? inside : place;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
