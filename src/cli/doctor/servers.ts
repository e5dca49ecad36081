/** Looks for what servers of models need: keys in the environment, and commands that start one. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { SERVER_KEYS } from "../../engine/backends/servers/keys.js";
import { finding, type Finding } from "./finding.js";

/** Lists the commands that start a server of each kind. */
const COMMANDS = { vllm: "vllm", sglang: "python3", llamacpp: "llama-server" } as const;

export function serverFindings(env: NodeJS.ProcessEnv): Finding[] {
  const keys = [...new Set(Object.values(SERVER_KEYS).flat())].filter((name) => (env[name] ?? "").trim() !== "");
  const started = Object.entries(COMMANDS).flatMap(([kind, command]) => {
    const path = onPath(command, env);
    return path === undefined ? [] : [`${path} (${kind}:)`];
  });
  return [
    finding("server keys", keys.length === 0 ? "none" : keys.join(", ")),
    finding("server commands", started.length === 0 ? "none" : started.join(", ")),
  ];
}

function onPath(command: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, command)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
} // prettier-ignore
