/** Tests that a worker that dies is started once more; then its cell fails with the cause, and the others go on. */

import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../src/engine/backends/backend.js";
import type { Plan } from "../../src/study/plan.js";
import { smallStudy } from "../support/small-study.js";
import { countScores, runInFolder, storedRows, withoutTimes } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const worker = vi.hoisted(() => ({
  opened: 0,
  /** Told of every call; true kills the worker, before or after the call's work. */
  dies: undefined as ((sequences: number) => "before" | "after" | undefined) | undefined,
}));

// The same backend in this thread, in a shell that can die as a thread does: it answers nothing from then on.
vi.mock("../../src/engine/backends/worker-backend.js", async (original) => {
  const { openBackend } = await import("../../src/engine/backends/open-backend.js");
  const { WorkerDiedError, ...others } = await original<typeof import("../../src/engine/backends/worker-backend.js")>();
  const openWorkerBackend = async (options: Parameters<typeof openBackend>[0]) => {
    worker.opened++;
    const { backend } = await openBackend(options);
    let dead = false;
    let queue: Promise<unknown> = Promise.resolve();
    const mortal: Backend = {
      window: backend.window,
      eosIds: backend.eosIds,
      score: (sequences, onWork, known) => {
        const answer = queue.then(async () => {
          const death = dead ? "before" : worker.dies?.(sequences.length);
          const result = death === "before" ? undefined : await backend.score(sequences, onWork, known);
          dead ||= death !== undefined;
          if (dead || result === undefined) throw new WorkerDiedError("the engine's worker thread died: out of memory");
          return result;
        });
        queue = answer.catch(() => undefined);
        return answer;
      },
      generate: (...call) => backend.generate(...call),
      close: () => backend.close(),
    };
    return { backend: mortal, adapted: new Map() };
  };
  return { ...others, WorkerDiedError, openWorkerBackend };
});

const root = tempFolder();
let plan: Plan;
let expected: Awaited<ReturnType<typeof runInFolder>>;
beforeAll(async () => {
  const spec = await writeTinyCheckpoint(join(root, "tiny"), { seed: 1 });
  plan = await smallStudy([{ name: "tiny", spec }], { tasks: ["rte", "arc_easy"] });
  expected = await runInFolder(join(root, "whole"), plan);
}, 60_000);
beforeEach(() => {
  worker.opened = 0;
});

/** Three rows of arc_easy with four choices each; those of rte have two or three labels. */
const isArc = (sequences: number) => sequences === 12;

describe("a worker that dies", () => {
  test.each(["before", "after"] as const)(
    "once, %s it has done its work: the run is what it would have been",
    async (when) => {
      let calls = 0;
      worker.dies = () => (++calls === 2 ? when : undefined);
      const path = join(root, `once-${when}`);
      const { results } = await runInFolder(path, plan);
      expect(worker.opened).toBe(2);
      expect(withoutTimes(results)).toEqual(withoutTimes(expected.results));
      expect(await storedRows(path)).toEqual(await storedRows(join(root, "whole")));
      expect(await countScores(path)).toBe(12);
    },
  );

  test("with every cell of a task: these fail with the cause, the others go on", async () => {
    worker.dies = (sequences) => (isArc(sequences) ? "before" : undefined);
    const path = join(root, "poison");
    const { results, computed } = await runInFolder(path, plan);
    expect(computed).toHaveLength(4);
    expect(results.status).toBe("failed");
    for (const cell of results.cells) {
      if (cell.task === "arc_easy") expect(cell.error).toBe("the engine's worker thread died: out of memory");
      else
        expect(cell).toEqual(
          expected.results.cells.find(({ task, prompt }) => task === "rte" && prompt === cell.prompt),
        );
    }
    // Issued again when the cause is gone, only these are tried.
    worker.dies = undefined;
    const again = await runInFolder(path, plan);
    expect(again.computed.map((name) => name.split(" ")[1])).toEqual(["arc_easy", "arc_easy"]);
    expect(withoutTimes(again.results)).toEqual(withoutTimes(expected.results));
  });
});
