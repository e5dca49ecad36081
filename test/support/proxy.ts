/** Provides an HTTP proxy in a process of its own, which alone knows where some names are. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface ProxyProcess {
  readonly address: string;
  /** What was asked of it so far: method and address of each request. */
  readonly seen: readonly string[];
  close(): void;
}

/**
 * @param places HOST:PORT by the name that stands for it
 * @param user user:password that the proxy wants
 */
export async function startProxy(places: Readonly<Record<string, string>>, user = ""): Promise<ProxyProcess> {
  const pairs = Object.entries(places).map(([name, place]) => `${name}=${place}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, "proxy-process.mjs"), ...pairs], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PROXY_USER: user },
  });
  const seen: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    createInterface(child.stdout).on("line", (line) => {
      if (line.startsWith("http")) resolve(line);
      else seen.push(line);
    });
  });
  return { address, seen, close: () => void child.kill() };
}
