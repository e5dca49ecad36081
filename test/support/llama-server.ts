/** Provides a real llama.cpp server on the last built-in checkpoint. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { writeGguf } from "../../scripts/servers/write-gguf.js";
import { builtinCheckpoint } from "../../src/checkpoints/find/builtin.js";

const ROOT = join(import.meta.dirname, "../..");

/** Path of the server, installed where it is not yet; undefined where it cannot be had. */
export function installLlamaServer(): string | undefined {
  const installed = spawnSync("bash", [join(ROOT, "scripts/servers/install-llama-cpp.sh")], { encoding: "utf8" });
  if (installed.status === 0) return installed.stdout.trim();
  process.stderr.write(`no llama.cpp server: ${installed.stderr}\n`);
  return undefined;
}

/** Writes a built-in checkpoint as a GGUF file. */
export function writeBuiltinGguf(path: string, revision?: string): Promise<void> {
  const { root, subfolder } = builtinCheckpoint(revision);
  return writeGguf(join(root, subfolder), root, path);
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** @param flags beside model, address and those that make log-probabilities exact */
export async function startLlamaServer(
  program: string,
  gguf: string,
  port?: number,
  flags: readonly string[] = [],
): Promise<RunningServer> {
  const at = port ?? (await freePort());
  const exact = ["-fa", "off", "--cache-type-k", "f32", "--cache-type-v", "f32", "-t", "1", "-c", "4096", "-np", "4"];
  const child = spawn(program, ["-m", gguf, "--host", "127.0.0.1", "--port", String(at), ...exact, ...flags], {
    stdio: "ignore",
  });
  const exited = new Promise<void>((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
  return {
    url: `http://127.0.0.1:${at}`,
    port: at,
    child,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await exited;
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
