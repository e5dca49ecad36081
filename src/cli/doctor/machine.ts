/** Looks at the machine: Node, ONNX Runtime, threads, memory, disks. */

import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../base/errors.js";
import { groupLimit } from "../../base/machine-memory.js";
import { counted, sized } from "../../base/wording.js";
import { availableDevices, openRuntime, WASM_NOTE, type Device } from "../../engine/backends/devices.js";
import { versions } from "../../engine/versions.js";
import { finding, type Finding } from "./finding.js";

const OLDEST_NODE = 20;
/** Sets the free bytes below which the smallest useful checkpoints do not fit. */
const LITTLE_DISK = 2e9;
const LITTLE_MEMORY = 1e9;

export async function machineFindings(): Promise<Finding[]> {
  const { node = "", platform = "", "amuro-eval": own = "" } = versions();
  const isOld = Number(node.split(".")[0]) < OLDEST_NODE;
  return [
    finding("amuro-eval", own),
    finding("node", `${node} on ${platform}`, isOld ? `Node ${OLDEST_NODE} or newer is needed` : undefined, true),
    ...(await runtimeFindings(availableDevices())),
    finding("threads", counted(availableParallelism(), "thread")),
    memoryFinding(),
  ];
}

async function runtimeFindings(devices: readonly Device[]): Promise<Finding[]> {
  const known = versions();
  const failures: string[] = [];
  const loaded: Device[] = [];
  for (const device of ["cpu", "wasm"] as const) {
    if (!devices.includes(device)) continue;
    try {
      await openRuntime(device);
      loaded.push(device);
    } catch (error) {
      failures.push(`${device} does not start (${messageOf(error)})`);
    }
  }
  const of = { cpu: "onnxruntime-node", wasm: "onnxruntime-web" } as const;
  const found = loaded.map((device) => `${of[device as "cpu" | "wasm"]} ${known[of[device as "cpu" | "wasm"]] ?? ""}`);
  const problem =
    failures.length > 0
      ? `${failures.join("; ")}; npm install onnxruntime-node again`
      : loaded.includes("cpu")
        ? undefined
        : WASM_NOTE;
  return [
    finding("onnxruntime", found.join(", ") || "none", problem, loaded.length === 0 || failures.length > 0),
    finding("devices", devices.join(", ") || "none"),
  ];
}

function memoryFinding(): Finding {
  const limit = groupLimit();
  const group = limit === undefined ? "" : `, of which this process's control group may take ${sized(limit)}`;
  const isLittle = (limit ?? totalmem()) < LITTLE_MEMORY;
  return finding(
    "memory",
    `${sized(totalmem())}, ${sized(freemem())} free${group}`,
    isLittle ? "models of more than some 100 million parameters will not fit; ask for more memory" : undefined,
  );
}

/**
 * Says how much room there is for a folder that may not be there yet, and whether it can be written.
 * @param remedy what to do where it cannot
 */
export function diskFinding(name: string, folder: string, remedy: string): Finding {
  let there = resolve(folder);
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  if (!statSync(there).isDirectory()) return finding(name, folder, `${there} is no folder; ${remedy}`, true);
  try {
    accessSync(there, constants.W_OK);
  } catch {
    return finding(name, folder, `cannot be written; ${remedy}`, true);
  }
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const problem = free < LITTLE_DISK ? `little room; ${remedy}` : undefined;
  return finding(name, `${folder}, ${sized(free)} free`, problem, free === 0);
}
