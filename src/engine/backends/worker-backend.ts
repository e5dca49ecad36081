/** Runs a backend in a worker thread, with the same interface as one in this thread. */

import { Worker } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import type { Backend, Draw, OnStep, OnWork, ScoredSequences } from "./backend.js";
import type { OpenedBackend } from "./open-backend.js";
import type { Sequence } from "./sequence.js";
import type { BackendOptions, Call, Question, Reply } from "./worker-messages.js";

/** Says that the worker ended by itself: what was asked of it has no answer. */
export class WorkerDiedError extends UserError {}
/**
 * Sets the space for short-lived objects of the model's thread: what it makes is short-lived, so a small one is enough.
 */
const YOUNG_MB = 2;

/** Starts a worker and opens a checkpoint in it. */
export async function openWorkerBackend(options: BackendOptions): Promise<OpenedBackend> {
  const link = new WorkerLink();
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  try {
    await link.ask({ method: "open", options: { ...options, cancelled } });
  } catch (error) {
    await link.stop();
    throw error;
  }
  const { checkpoint, adapters } = options;
  const backendOf = (adapter: string | undefined) =>
    new WorkerBackend(checkpoint.window, checkpoint.eosIds, link, cancelled, adapter);
  return { backend: backendOf(undefined), adapted: new Map(adapters.map(({ folder }) => [folder, backendOf(folder)])) };
}

class WorkerBackend implements Backend {
  /** @param adapter folder of the adapter that answers; undefined for the checkpoint itself */
  constructor(
    readonly window: number,
    readonly eosIds: readonly number[],
    private readonly link: WorkerLink,
    private readonly cancelled: Int32Array,
    private readonly adapter: string | undefined,
  ) {}

  score(sequences: readonly Sequence[], onWork?: OnWork, known?: ReadonlySet<number>): Promise<ScoredSequences> {
    return this.link.ask({ method: "score", adapter: this.adapter, sequences, known }, { onWork });
  }

  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known?: ReadonlyMap<number, number>,
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    const call = { method: "generate", adapter: this.adapter, contexts, maxNewTokens, known, draws } as const;
    return this.link.ask(call, { onStep, onWork });
  }

  /** Ends after the run that is going on: a thread that is stopped inside the runtime takes the process with it. */
  async close(): Promise<void> {
    Atomics.store(this.cancelled, 0, 1);
    if (this.adapter !== undefined || this.link.ended !== undefined) return;
    await this.link.ask({ method: "close" });
    await this.link.stop();
  }
}

interface Listeners {
  readonly onWork?: OnWork | undefined;
  readonly onStep?: OnStep;
}

interface Pending extends Listeners {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Numbers questions and matches their answers; a worker that dies fails everything still asked of it. */
class WorkerLink {
  private readonly worker = new Worker(new URL("./worker.js", import.meta.url), {
    // The flags of the calling process are not for a file (--input-type, for one, is refused with one).
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  private readonly pending = new Map<number, Pending>();
  /** Why nothing can be asked any more. */
  ended: Error | undefined;
  private nextId = 0;

  constructor() {
    this.worker.on("message", (reply: Reply) => {
      void this.receive(reply);
    });
    this.worker.on("error", (error: Error) => {
      this.failAll(new WorkerDiedError(`the engine's worker thread died: ${error.message}`));
    });
    this.worker.on("exit", () => {
      this.failAll(new WorkerDiedError("the engine's worker thread ended before it answered"));
    });
  }

  ask<T>(call: Call, listeners: Listeners = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      const id = this.nextId++;
      this.pending.set(id, { resolve, reject, ...listeners });
      this.post({ ...call, id });
    });
  }

  async stop(): Promise<void> {
    this.ended ??= new UserError("the engine was closed");
    await this.worker.terminate();
  }

  private post(question: Question): void {
    this.worker.postMessage(question);
  }

  private async receive(reply: Reply): Promise<void> {
    const { id } = reply;
    const waiting = this.pending.get(id);
    if (waiting === undefined) return;
    try {
      switch (reply.kind) {
        case "work":
          waiting.onWork?.(reply.work);
          return;
        case "step":
          this.post({ method: "ended", id, ended: (await waiting.onStep?.(reply.steps)) ?? [] });
          return;
        case "result":
          this.pending.delete(id);
          waiting.resolve(reply.value as never);
          return;
        case "error": {
          this.pending.delete(id);
          const error = reply.user ? new UserError(reply.message) : new Error(reply.message);
          if (reply.stack !== undefined) error.stack = reply.stack;
          waiting.reject(error);
        }
      }
    } catch (error) {
      this.pending.delete(id);
      waiting.reject(error as Error);
    }
  }

  private failAll(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
