/**
 * Tests the engine in its thread. A worker runs compiled files, so this is about dist/, which `npm test` builds
 * first.
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { openEngine } from "../../../src/engine/open.js";
import type { GenerateRequest, Progress, ScoreRequest, ScoreResult } from "../../../src/engine/types.js";
import { openLlama } from "../../support/engines.js";
import { writeAdapter, writeMerged } from "../../support/lora.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const compiled = pathToFileURL(join(import.meta.dirname, "../../../dist/engine/open.js")).href;
const { openWorkerEngine } = (await import(compiled)) as typeof import("../../../src/engine/open.js");

const folder = tempFolder();
const options = { folder, device: "cpu", threads: 1 } as const;
const SCORING: ScoreRequest[] = Array.from({ length: 9 }, (_, i) => ({
  segments: ["shot ".repeat(i), `Question ${i}:`],
  continuations: [" yes", " no", " certainly not"],
  mode: "sequence",
}));
const GENERATING: GenerateRequest[] = SCORING.map(({ segments }) => ({ segments, maxNewTokens: 6, stop: ["e"] }));
const TOO_LONG: ScoreRequest = { segments: ["row"], continuations: ["z".repeat(500)], mode: "sequence" };

beforeAll(() => writeTinyCheckpoint(folder, { seed: 71 }));

describe("an engine in a worker thread", () => {
  test("gives what an engine in this thread gives, with the same progress", async () => {
    const [worker, here] = [await openWorkerEngine(options), await openEngine(options)];
    expect(worker.window).toBe(here.window);
    const [seen, expected]: [Progress[], Progress[]] = [[], []];
    expect(await worker.score(SCORING, (progress) => seen.push(progress))).toEqual(
      await here.score(SCORING, (progress) => expected.push(progress)),
    );
    const counts = (all: readonly Progress[]) => all.map(({ done, total, tokens }) => ({ done, total, tokens }));
    expect(counts(seen)).toEqual(counts(expected));
    expect(seen.at(-1)?.done).toBe(SCORING.length);
    expect(await worker.generate(GENERATING)).toEqual(await here.generate(GENERATING));
    expect(await worker.encode(SCORING)).toEqual(await here.encode(SCORING));
    await worker.close();
    await here.close();
  });

  test("answers questions asked at once, each with its own results", async () => {
    const worker = await openWorkerEngine(options);
    const together = await Promise.all(SCORING.map((request) => worker.score([request])));
    const alone = [];
    for (const request of SCORING) alone.push(await worker.score([request]));
    expect(together).toEqual(alone);
    await worker.close();
  });

  test("answers for adapters as engines on merged weights do, asked at once", async () => {
    const base = await openLlama(folder);
    const [first, second, merged] = ["first", "second", "merged"].map((name) => join(tempFolder(), name)) as [
      string,
      string,
      string,
    ];
    await writeAdapter(first, base, { weights: /_proj\.weight$/ });
    const deltas = await writeAdapter(second, base, { weights: /mlp\..*\.weight$/, seed: 2 });
    const adapters = [first, second];
    const worker = await openWorkerEngine({ ...options, adapters });
    const here = await openEngine({ ...options, adapters });
    const [plain, whole] = [
      await openEngine(options),
      await openEngine({ ...options, folder: await writeMerged(merged, base, deltas) }),
    ];
    const asked = await Promise.all(
      [worker, ...adapters.map((path) => worker.adapted(path))].map((one) => one.score(SCORING)),
    );
    expect(asked[0]).toEqual(await plain.score(SCORING));
    expect(asked[1]).toEqual(await here.adapted(first).score(SCORING));
    expect(asked[2]).toEqual(await here.adapted(second).score(SCORING));
    const tokens = (results: readonly ScoreResult[] = []) =>
      results.flatMap(({ continuations }) => continuations.flatMap(({ tokenLogprobs }) => tokenLogprobs));
    const expected = tokens(await whole.score(SCORING));
    tokens(asked[2]).forEach((logprob, i) => {
      expect(Math.abs(logprob - (expected[i] ?? NaN))).toBeLessThan(1e-4);
    });
    expect(tokens(asked[1])).not.toEqual(tokens(asked[0]));
    expect(await worker.adapted(second).generate(GENERATING)).toEqual(await whole.generate(GENERATING));
    expect(await worker.adapted(second).encode(SCORING)).toEqual(await plain.encode(SCORING));
    await Promise.all([worker, here, plain, whole].map((engine) => engine.close()));
  });

  test("leaves this thread free while it works", async () => {
    const worker = await openWorkerEngine(options);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await worker.score(Array.from({ length: 40 }, () => SCORING).flat());
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    await worker.close();
  });

  test("hands an error over as what it is, and goes on", async () => {
    const worker = await openWorkerEngine(options);
    await expect(worker.score([TOO_LONG])).rejects.toMatchObject({
      name: "UserError",
      exitCode: 1,
      message: expect.stringContaining("does not fit the model's window of 128 tokens") as string,
    });
    expect(await worker.score(SCORING.slice(0, 1))).toHaveLength(1);
    await worker.close();
  });

  test("refuses questions after it was closed, and may be closed twice", async () => {
    const worker = await openWorkerEngine(options);
    await worker.close();
    await expect(worker.score(SCORING)).rejects.toMatchObject({ name: "UserError" });
    await worker.close();
  });

  test("rejects a folder that cannot be opened", async () => {
    const missing = join(folder, "nowhere");
    await expect(openWorkerEngine({ ...options, folder: missing })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(missing) as string,
    });
  });
});

/** Runs a script of its own process; a thread that is left keeps that process alive, and the time limit ends it. */
async function run(body: string): Promise<string> {
  const script = `const { openWorkerEngine } = await import(${JSON.stringify(compiled)});
    const options = ${JSON.stringify(options)};
    ${body}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 20_000,
  });
  return stdout.trim();
}

describe("the thread", () => {
  test("the worker thread ends with close", async () => {
    const body = `const engine = await openWorkerEngine(options);
      const [result] = await engine.score([{ segments: ["a"], continuations: [" b"], mode: "sequence" }]);
      await engine.close();
      console.log(result.contextTokens);`;
    expect(await run(body)).toBe("2");
  });

  test("does not outlive a folder that cannot be opened", async () => {
    const body = `await openWorkerEngine({ ...options, folder: "/nowhere/at/all" }).catch((e) => console.log(e.message));`;
    expect(await run(body)).toContain("/nowhere/at/all");
  });
});
