/** Opens what runs token ids, in this thread. */

import { machineMemory } from "../../base/machine-memory.js";
import { isMainThread } from "node:worker_threads";
import type { Checkpoint } from "../../checkpoints/checkpoint.js";
import { UserError } from "../../base/errors.js";
import type { Backend } from "./backend.js";
import { openRuntime } from "./devices.js";
import { garbageCollector } from "./garbage.js";
import { planMemory } from "./memory.js";
import { OrtBackend } from "./ort-backend.js";
import type { BackendOptions } from "./worker-messages.js";

/** Limits the bytes of keys, values and outputs that are no longer used: beyond it they are looked for. */
const MOST_GARBAGE = 4 * 2 ** 20;

export interface OpenedBackend {
  readonly backend: Backend;
  /** By the adapter's folder. */
  readonly adapted: ReadonlyMap<string, Backend>;
}

export async function openBackend(options: BackendOptions): Promise<OpenedBackend> {
  const { checkpoint, device, threads, adapters, cancelled } = options;
  const tidy = isMainThread ? undefined : garbageCollector(MOST_GARBAGE);
  const proceed = () => {
    tidy?.();
    if (cancelled !== undefined && Atomics.load(cancelled, 0) === 1) throw new UserError("the engine was closed");
  };
  if (checkpoint.kind === "onnx")
    return { backend: await openExport(checkpoint, options, proceed), adapted: new Map() };
  const memory = options.memory ?? planMemory(checkpoint, undefined, machineMemory());
  const backend = new OrtBackend(await openRuntime(device), checkpoint, threads, memory, adapters, proceed);
  return { backend, adapted: new Map(adapters.map((adapter) => [adapter.folder, backend.adapted(adapter)])) };
}

/** Opens a folder with an onnx/ export by transformers.js, loaded for it alone; it needs onnxruntime-node. */
async function openExport(
  checkpoint: Extract<Checkpoint, { kind: "onnx" }>,
  { device, threads }: BackendOptions,
  proceed: () => void,
): Promise<Backend> {
  if (device !== "cpu")
    throw new UserError(`${checkpoint.folder}: an onnx/ export runs on the device cpu, not on ${device}`);
  const { TransformersBackend } = await import("./transformers-backend.js");
  return TransformersBackend.open(checkpoint, threads, proceed);
}
