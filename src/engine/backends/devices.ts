/** Lists where a model can run, and opens the ONNX Runtime build that runs it there. */

import type { InferenceSession } from "onnxruntime-web";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { didYouMean, messageOf, UsageError, UserError } from "../../base/errors.js";
import { mappableWeights } from "../../checkpoints/files/mappable-weights.js";
import type { TensorLocation } from "../../checkpoints/files/tensors.js";
import { weightsRoot } from "../../checkpoints/graph/weights.js";
import type { Runtime } from "./runtime.js";
import { withoutTelemetry } from "./telemetry.js";

/**
 * Limits the threads that may be asked for: ONNX Runtime starts as many as it is told, even where that ends the
 * machine.
 */
export const MOST_THREADS = 512;

/**
 * Lists the devices. cpu: onnxruntime-node, native code. wasm: onnxruntime-web, the same graphs in WebAssembly, several
 * times slower. The others are execution providers of onnxruntime-node with the same graphs; of them only webgpu has
 * run, on Vulkan in software.
 */
export const DEVICES = ["cpu", "wasm", "webgpu", "cuda", "dml", "coreml"] as const;
export type Device = (typeof DEVICES)[number];

/**
 * Names the npm package of each device that needs no more. onnxruntime-node is optional: its install script may fail.
 */
const PACKAGES = { cpu: "onnxruntime-node", wasm: "onnxruntime-web" } as const;

/** Says that the fast device is missing. */
export const WASM_NOTE =
  "onnxruntime-node is not installed, so the model runs in WebAssembly, several times slower; " +
  "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node installs it";

/** Lists the devices whose package is installed, the fastest of those that need no graphics card first. */
export function availableDevices(): Device[] {
  return [...(Object.keys(PACKAGES) as (keyof typeof PACKAGES)[]).filter(isInstalled), ...acceleratedDevices()];
}

function isInstalled(device: keyof typeof PACKAGES): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGES[device]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lists the execution providers that the installed onnxruntime-node has for this platform; whether there is a card
 * shows later.
 */
function acceleratedDevices(): Device[] {
  if (!isInstalled("cpu")) return [];
  const require = createRequire(import.meta.url);
  const { listSupportedBackends } = require("onnxruntime-node") as {
    listSupportedBackends: () => readonly { readonly name: string; readonly bundled: boolean }[];
  };
  const binaries = join(
    dirname(require.resolve("onnxruntime-node")),
    `../bin/napi-v6/${process.platform}/${process.arch}`,
  );
  const providers = listSupportedBackends().filter(
    ({ name, bundled }) => bundled || existsSync(join(binaries, `libonnxruntime_providers_${name}.so`)),
  );
  return DEVICES.filter((device) => device !== "cpu" && providers.some(({ name }) => name === device));
}

/**
 * Returns the device of a name; "auto" is the fastest one there is.
 * @throws UsageError naming the devices that are there
 */
export function parseDevice(name: string, available: readonly Device[] = availableDevices()): Device {
  const device = name === "auto" ? available[0] : available.find((one) => one === name);
  if (device === undefined)
    throw new UsageError(`device "${name}" is not available here${didYouMean(name, available)}`);
  return device;
}

export async function openRuntime(device: Device): Promise<Runtime> {
  return device === "wasm" ? wasmRuntime() : nativeRuntime(device);
}

/** Maps the weight files; what ONNX Runtime rearranges for speed it keeps in memory of its own. */
async function nativeRuntime(device: Exclude<Device, "wasm">): Promise<Runtime> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  // A graph of no bytes is refused, but only once the library has started.
  await withoutTelemetry(() => InferenceSession.create(new Uint8Array()).catch(() => undefined));
  return {
    Tensor,
    takesEmpty: device === "cpu",
    createSession: async (graphOf, checkpoint, threads) => {
      const { tensors, release } = await mappableWeights(checkpoint);
      const options = {
        executionProviders: [device],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // A plan of memory would be made and kept for every shape of input, and no two batches have the same.
        enableMemPattern: false,
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        extra: { session: { model_external_initializers_file_folder_path: rootOf(tensors) } },
      } satisfies InferenceSession.SessionOptions;
      try {
        return await InferenceSession.create(graphOf(tensors), options);
      } catch (error) {
        if (device === "cpu") throw error;
        const others = availableDevices().filter((one) => one !== device);
        throw new UserError(
          `the device ${device} cannot be used here (${messageOf(error)}); there are: ${others.join(", ")}`,
        );
      } finally {
        // What is mapped stays readable.
        await release();
      }
    },
  };
}

/** Opens the runtime in WebAssembly, which cannot map files: the weights are read into memory. */
async function wasmRuntime(): Promise<Runtime> {
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  return {
    Tensor,
    takesEmpty: true,
    createSession: async (graphOf, checkpoint, threads) => {
      if (threads > 0) env.wasm.numThreads = threads;
      const { tensors, release } = await mappableWeights(checkpoint);
      try {
        const root = rootOf(tensors);
        const files = [...new Set([...tensors.values()].map(({ file }) => file))];
        const externalData = await Promise.all(
          files.map(async (file) => ({ path: file.slice(root.length), data: await readFile(file) })),
        );
        return await InferenceSession.create(graphOf(tensors), {
          executionProviders: ["wasm"],
          logSeverityLevel: 3,
          externalData,
        });
      } finally {
        await release();
      }
    },
  };
}

/** @throws UserError where no folder holds all of the files, as on two drives of Windows */
function rootOf(tensors: ReadonlyMap<string, TensorLocation>): string {
  const root = weightsRoot(tensors);
  if (root !== "") return root;
  const files = [...new Set([...tensors.values()].map(({ file }) => file))];
  throw new UserError(`the weights lie on different drives (${files.join(", ")}); put them on one`);
}
