/**
 * Runs the model in a thread of its own: session.run blocks, so it must not run where the text is prepared and Ctrl-C
 * is heard.
 */

import { parentPort } from "node:worker_threads";
import { messageOf, UserError } from "../../base/errors.js";
import type { Backend, Step } from "./backend.js";
import { openBackend, type OpenedBackend } from "./open-backend.js";
import type { Question, Reply, Value } from "./worker-messages.js";

let opened: OpenedBackend | undefined;
/** Waits for what the main thread says of the rows of a step. */
const waiting = new Map<number, (ended: readonly boolean[]) => void>();

function send(reply: Reply): void {
  parentPort?.postMessage(reply);
}

async function answer(question: Exclude<Question, { method: "ended" }>): Promise<Value> {
  const { id } = question;
  if (question.method === "open") {
    opened = await openBackend(question.options);
    return undefined;
  }
  if (opened === undefined) throw new Error("the worker was asked before a checkpoint was opened");
  if (question.method === "close") {
    await opened.backend.close();
    return undefined;
  }
  const { adapter } = question;
  const backend = adapter === undefined ? opened.backend : (opened.adapted.get(adapter) as Backend);
  const onWork = (work: Parameters<NonNullable<Parameters<Backend["score"]>[1]>>[0]) => {
    send({ id, kind: "work", work });
  };
  if (question.method === "score") return backend.score(question.sequences, onWork, question.known);
  const onStep = (steps: readonly Step[]) =>
    new Promise<readonly boolean[]>((resolve) => {
      waiting.set(id, resolve);
      send({ id, kind: "step", steps });
    });
  const { contexts, maxNewTokens, known, draws } = question;
  return backend.generate(contexts, maxNewTokens, onStep, onWork, known, draws);
}

/** Answers one question after the other: the next may already be here, prepared while the model runs. */
let queue = Promise.resolve();

parentPort?.on("message", (question: Question) => {
  const { id } = question;
  if (question.method === "ended") {
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve?.(question.ended);
    return;
  }
  queue = queue.then(async () => {
    try {
      send({ id, kind: "result", value: await answer(question) });
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      send({ id, kind: "error", message: messageOf(error), stack, user: error instanceof UserError });
    }
  });
});
