/** Where a model can run, and the ONNX Runtime build that runs it there. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import type { WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import { didYouMean, UsageError } from "../errors.js";

/** cpu: onnxruntime-node, native code. wasm: onnxruntime-web, the same graphs in WebAssembly, several times slower. */
export const DEVICES = ["cpu", "wasm"] as const;
export type Device = (typeof DEVICES)[number];

/** The npm package behind each device. onnxruntime-node is an optional dependency: its install script may fail. */
const PACKAGES: Record<Device, string> = { cpu: "onnxruntime-node", wasm: "onnxruntime-web" };

/** What is said when the fast device is missing. */
export const WASM_NOTE =
  "onnxruntime-node is not installed, so the model runs in WebAssembly, several times slower; " +
  "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node installs it";

/** Devices whose package is installed. */
export function availableDevices(): Device[] {
  const require = createRequire(import.meta.url);
  return DEVICES.filter((device) => {
    try {
      require.resolve(PACKAGES[device]);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The device of a name; "auto" is the fastest one there is.
 * @throws UsageError naming the devices that are there
 */
export function parseDevice(name: string, available: readonly Device[] = availableDevices()): Device {
  const device = name === "auto" ? available[0] : available.find((one) => one === name);
  if (device === undefined)
    throw new UsageError(`device "${name}" is not available here${didYouMean(name, available)}`);
  return device;
}

/** ONNX Runtime on a device. */
export interface Runtime {
  readonly Tensor: typeof Tensor;
  /**
   * Opens a graph whose weights lie in the checkpoint's files.
   * @param threads intra-op threads; 0 lets ONNX Runtime choose
   */
  readonly createSession: (
    graph: Uint8Array,
    checkpoint: WeightsCheckpoint,
    threads: number,
  ) => Promise<InferenceSession>;
}

export async function openRuntime(device: Device): Promise<Runtime> {
  return device === "cpu" ? nativeRuntime() : wasmRuntime();
}

/** Maps the weight files; what ONNX Runtime rearranges for speed it keeps in memory of its own. */
async function nativeRuntime(): Promise<Runtime> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  return {
    Tensor,
    createSession: (graph, { weightsFolder }, threads) =>
      InferenceSession.create(graph, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // A plan of memory would be made and kept for every shape of input, and no two batches have the same.
        enableMemPattern: false,
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        extra: { session: { model_external_initializers_file_folder_path: weightsFolder } },
      }),
  };
}

/** WebAssembly cannot map files: the weights are read into memory. */
async function wasmRuntime(): Promise<Runtime> {
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  return {
    Tensor,
    createSession: async (graph, { weightFiles }, threads) => {
      if (threads > 0) env.wasm.numThreads = threads;
      const externalData = await Promise.all(
        weightFiles.map(async (file) => ({ path: basename(file), data: await readFile(file) })),
      );
      return InferenceSession.create(graph, { executionProviders: ["wasm"], logSeverityLevel: 3, externalData });
    },
  };
}
