/** An engine in a worker thread, with the same interface as one in this thread. */

import { Worker } from "node:worker_threads";
import { UserError } from "../errors.js";
import type { EngineOptions } from "./open.js";
import type {
  Answerer, Encoded, Engine, GenerateRequest, GenerateResult, Progress, ScoreRequest, ScoreResult,
} from "./types.js"; // prettier-ignore
import type { Call, Question, Reply } from "./worker-messages.js";

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Starts a worker and opens a checkpoint in it. */
export async function openWorkerEngine(options: EngineOptions): Promise<Engine> {
  const link = new WorkerLink();
  try {
    const { window } = await link.ask<{ window: number }>({ method: "open", options });
    return new WorkerEngine(window, link);
  } catch (error) {
    await link.stop();
    throw error;
  }
}

class WorkerAnswerer implements Answerer {
  /** @param adapter folder of the adapter that answers; undefined for the checkpoint itself */
  constructor(
    readonly window: number,
    protected readonly link: WorkerLink,
    private readonly adapter: string | undefined,
  ) {}

  score(requests: readonly ScoreRequest[], onProgress?: (progress: Progress) => void): Promise<ScoreResult[]> {
    return this.link.ask({ method: "score", adapter: this.adapter, requests }, onProgress);
  }

  generate(requests: readonly GenerateRequest[], onProgress?: (progress: Progress) => void): Promise<GenerateResult[]> {
    return this.link.ask({ method: "generate", adapter: this.adapter, requests }, onProgress);
  }

  encode(requests: readonly ScoreRequest[]): Promise<Encoded[]> {
    return this.link.ask({ method: "encode", adapter: this.adapter, requests });
  }
}

class WorkerEngine extends WorkerAnswerer implements Engine {
  constructor(window: number, link: WorkerLink) {
    super(window, link, undefined);
  }

  adapted(folder: string): Answerer {
    return new WorkerAnswerer(this.window, this.link, folder);
  }

  async close(): Promise<void> {
    if (this.link.ended !== undefined) return;
    await this.link.ask({ method: "close" });
    await this.link.stop();
  }
}

/** Numbered questions and their answers; a worker that dies fails everything still asked of it. */
class WorkerLink {
  private readonly worker = new Worker(new URL("./worker.js", import.meta.url), {
    // The flags of the calling process are not for a file (--input-type, for one, is refused with one).
    execArgv: [],
  });
  private readonly pending = new Map<number, Pending>();
  /** Why nothing can be asked any more. */
  ended: Error | undefined;
  private nextId = 0;

  constructor() {
    this.worker.on("message", (reply: Reply) => {
      this.receive(reply);
    });
    this.worker.on("error", (error: Error) => {
      this.failAll(new UserError(`the engine's worker thread died: ${error.message}`));
    });
    this.worker.on("exit", () => {
      this.failAll(new UserError("the engine's worker thread ended before it answered"));
    });
  }

  ask<T>(call: Call, onProgress?: (progress: Progress) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      const id = this.nextId++;
      this.pending.set(id, { resolve: resolve, reject, onProgress });
      this.worker.postMessage({ ...call, id } satisfies Question);
    });
  }

  async stop(): Promise<void> {
    this.ended ??= new UserError("the engine was closed");
    await this.worker.terminate();
  }

  private receive(reply: Reply): void {
    const waiting = this.pending.get(reply.id);
    if (waiting === undefined) return;
    if (reply.kind === "progress") {
      waiting.onProgress?.(reply.progress);
      return;
    }
    this.pending.delete(reply.id);
    if (reply.kind === "result") {
      waiting.resolve(reply.value as never);
      return;
    }
    const error = reply.user ? new UserError(reply.message) : new Error(reply.message);
    if (reply.stack !== undefined) error.stack = reply.stack;
    waiting.reject(error);
  }

  private failAll(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
