/** Starts servers for a checkpoint, with the flags that exact scoring needs, and stops them after it. */

import { shellWord } from "../../../base/wording.js";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../base/errors.js";
import { hashValue } from "../../../base/hash.js";
import { readJson } from "../../../checkpoints/files/folder.js";
import { ADAPTER_CONFIG } from "../../../checkpoints/files/adapter-folder.js";
import { readLoraConfig } from "../../../checkpoints/files/lora-config.js";
import type { ModelToServe } from "../../../checkpoints/find/server-spec.js";
import { serverHandle, type ServerHandle } from "./handle.js";
import { keepProcess, type KeptProcess } from "./keeper.js";
import { openServer, type OpenedServer, type ServerOptions } from "./open-server.js";
import { adapterName } from "./served-adapter.js";

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
  /** Folders of adapters that the servers are started with. */
  const adapted = new Set<string>();
  const begin = async () => {
    const own = new AbortController();
    const { signal } = own;
    ending = own;
    const gpus = taken.length === 0 ? [undefined] : taken;
    const adapters = new Map<string, string>();
    for (const folder of adapted) adapters.set(folder, await adapterName(folder));
    const words = await adapterWords(adapters);
    const logs = mkdtempSync(join(tmpdir(), "amuro-eval-server-"));
    const places = await Promise.all(
      gpus.map(async (gpu, i) => ({ gpu, port: await freePort(), log: join(logs, `${i}.log`) })),
    );
    signal.throwIfAborted();
    running = places.map(({ gpu, port, log }) => {
      const seen = gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu.replaceAll("+", ",") };
      return keepProcess(commandOf(kind, files, port, start, words), log, seen);
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
    const open = async (model: string | undefined) => {
      const opened = await openServer(
        { kind, urls, model },
        {
          ...options,
          signal,
          waitSeconds: options.waitSeconds ?? START_SECONDS,
          servesAdapters: adapters.size > 0 || /(?:^|\s)--enable-lora(?:\s|$)/.test(start.args ?? ""),
          flags: start.args === undefined ? {} : { args: start.args },
        },
      );
      options.tell(opened.line);
      return opened;
    };
    const base = await open(undefined);
    answers = true;
    const opened = new Map<string, OpenedServer>();
    for (const [folder, name] of adapters) opened.set(folder, await open(name));
    tidy = logs;
    const close = () => {
      for (const one of [base, ...opened.values()]) one.close();
    };
    return { ...base, adapters: opened, close };
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
  const adapt = (folder: string) => {
    adapted.add(folder);
  };
  const started = { gpus: all, take, adapt: kind === "vllm" ? adapt : undefined };
  return { ...serverHandle(key, begin, end), started };
}

/** Lists the ranks that vLLM takes as the largest. */
const RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

/**
 * Returns the words that have vLLM serve adapters.
 * @param adapters their names by folder
 */
async function adapterWords(adapters: ReadonlyMap<string, string>): Promise<string[]> {
  if (adapters.size === 0) return [];
  let largest = 1;
  for (const folder of adapters.keys()) {
    const json = (await readJson(folder, [ADAPTER_CONFIG], ADAPTER_CONFIG)) ?? {};
    largest = Math.max(largest, readLoraConfig(json, join(folder, ADAPTER_CONFIG)).largestRank);
  }
  const rank = RANKS.find((one) => one >= largest) ?? largest;
  const modules = [...adapters].map(([path, name]) => JSON.stringify({ name, path }));
  return ["--enable-lora", "--max-lora-rank", String(rank), "--lora-modules", ...modules];
}

/** Says how a server ended, with the line of its log that says most. */
function deathOf(process: KeptProcess, code: number | null, server: string, answers: boolean): string {
  const last = process.lastLines(40).reverse();
  const line = last.find((text) => /error|exception|not found|no such|cannot/i.test(text)) ?? last[0] ?? "";
  const said = line === "" ? ", without a word" : `: ${line.slice(0, 300)}`;
  return `${server} ended with exit code ${String(code)}${answers ? "" : " before it answered"}${said}`;
}

/**
 * Returns the command that serves a checkpoint at a port of this machine.
 * @param adapters words that have it serve adapters, too
 */
export function commandOf(
  kind: ModelToServe["kind"],
  { model, tokenizerFolder, name }: ServedFiles,
  port: number,
  { args = "", command, python }: StartOptions,
  adapters: readonly string[] = [],
): string[] {
  const more = [...wordsOf(args), ...adapters];
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
