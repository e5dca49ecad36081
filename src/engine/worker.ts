/** The engine's thread: session.run blocks, so it must not run where the progress bar and Ctrl-C are. */

import { parentPort } from "node:worker_threads";
import { messageOf, UserError } from "../errors.js";
import { openEngine } from "./open.js";
import type { Engine } from "./types.js";
import type { Question, Reply } from "./worker-messages.js";

let engine: Engine | undefined;

async function answer(question: Question): Promise<unknown> {
  if (question.method === "open") {
    engine = await openEngine(question.options);
    return { window: engine.window };
  }
  if (engine === undefined) throw new Error("the engine was asked before it was opened");
  if (question.method === "close") return engine.close();
  const answerer = question.adapter === undefined ? engine : engine.adapted(question.adapter);
  const onProgress = (progress: Reply & { kind: "progress" }) => parentPort?.postMessage(progress);
  switch (question.method) {
    case "score":
      return answerer.score(question.requests, (progress) =>
        onProgress({ id: question.id, kind: "progress", progress }),
      );
    case "generate":
      return answerer.generate(question.requests, (progress) =>
        onProgress({ id: question.id, kind: "progress", progress }),
      );
    case "encode":
      return answerer.encode(question.requests);
  }
}

parentPort?.on("message", (question: Question) => {
  answer(question).then(
    (value) => parentPort?.postMessage({ id: question.id, kind: "result", value } satisfies Reply),
    (error: unknown) =>
      parentPort?.postMessage({
        id: question.id,
        kind: "error",
        message: messageOf(error),
        stack: error instanceof Error ? error.stack : undefined,
        user: error instanceof UserError,
      } satisfies Reply),
  );
});
