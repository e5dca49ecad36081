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
  const runtime = await openRuntime(device);
  const sharing = adapters.filter(({ merged }) => merged === undefined);
  const base = new OrtBackend(runtime, checkpoint, threads, memory, sharing, proceed);
  const adapted = new Map<string, Backend>(sharing.map((adapter) => [adapter.folder, base.adapted(adapter)]));
  const apart: Backend[] = [];
  for (const { folder, merged } of adapters) {
    if (merged === undefined) continue;
    const backend = new OrtBackend(runtime, { ...checkpoint, ...merged }, threads, memory, [], proceed);
    apart.push(backend);
    adapted.set(folder, backend);
  }
  return { backend: closingAll(base, apart), adapted };
}

/** Returns the first backend, whose end is that of the others too. */
function closingAll(first: Backend, others: readonly Backend[]): Backend {
  if (others.length === 0) return first;
  return {
    window: first.window,
    eosIds: first.eosIds,
    score: (...args) => first.score(...args),
    generate: (...args) => first.generate(...args),
    close: async () => {
      for (const backend of [...others, first]) await backend.close();
    },
  };
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
