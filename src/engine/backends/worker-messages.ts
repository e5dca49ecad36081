/** Describes what the main thread and the worker that runs the model say to each other. */

import type { Checkpoint } from "../../checkpoints/checkpoint.js";
import type { LoraAdapter } from "../../checkpoints/files/lora.js";
import type { Draw, ScoredSequences, Step, Work } from "./backend.js";
import type { Device } from "./devices.js";
import type { MemoryPlan } from "./memory.js";
import type { Sequence } from "./sequence.js";

/** Holds what a backend is opened with: everything but the text side of a checkpoint. */
export interface BackendOptions {
  readonly checkpoint: Checkpoint;
  readonly device: Device;
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  readonly threads: number;
  readonly memory: MemoryPlan | undefined;
  readonly adapters: readonly LoraAdapter[];
  /** Becomes 1 when the work is no longer wanted: nothing begins after that. */
  readonly cancelled?: Int32Array;
}

interface Asked {
  /** Folder of the adapter that answers; undefined for the checkpoint itself. */
  readonly adapter: string | undefined;
}

export type Call =
  | { readonly method: "open"; readonly options: BackendOptions }
  | (Asked & {
      readonly method: "score";
      readonly sequences: readonly Sequence[];
      readonly known: ReadonlySet<number> | undefined;
    })
  | (Asked & {
      readonly method: "generate";
      readonly contexts: readonly (readonly number[])[];
      readonly maxNewTokens: number;
      readonly known: ReadonlyMap<number, number> | undefined;
      readonly draws: readonly (Draw | undefined)[] | undefined;
    })
  | { readonly method: "close" };

/**
 * Describes what the main thread asks of the worker, and its answer to what the worker asks back after every step of a
 * generation: which rows end.
 */
export type Question =
  | (Call & { readonly id: number })
  | { readonly method: "ended"; readonly id: number; readonly ended: readonly boolean[] };

export type Reply =
  | { readonly id: number; readonly kind: "result"; readonly value: Value }
  | { readonly id: number; readonly kind: "work"; readonly work: Work }
  | { readonly id: number; readonly kind: "step"; readonly steps: readonly Step[] }
  | {
      readonly id: number;
      readonly kind: "error";
      readonly message: string;
      readonly stack: string | undefined;
      /** True for an error whose message is the whole story. */
      readonly user: boolean;
    };

export type Value = ScoredSequences | number[][] | undefined;
