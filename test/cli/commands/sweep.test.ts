/**
 * Sweeps over the revisions of a training run on a local hub: killed, gone on with, and never more on disk than asked.
 */

import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isResults, type Results } from "../../../src/store/results.js";
import { sized } from "../../../src/base/wording.js";
import { cliHost, runCli, startCli } from "../../support/cli.js";
import { startHub, type HubServer } from "../../support/hub-server.js";
import { countScores, storedRows } from "../../support/stored-run.js";
import { tempFolder } from "../../support/temp-folder.js";
import { stepNames, trainingRun } from "../../support/training-run.js";

const runHere = cliHost();
const STEPS = 8;
const CELLS = 2 * STEPS;
const ROWS = 20;
const NAMES = stepNames(STEPS).map((name) => `run@${name}`);
const SWEEP = [
  "-m",
  "org/run@step*",
  "--data",
  "sample",
  "-t",
  "rte",
  "--prompts",
  "default,io",
  "-L",
  String(ROWS),
  "-o",
  "out",
];

let hub: HubServer;
let weightBytes: number;
let smallBytes: number;
beforeAll(async () => {
  const run = await trainingRun("org/run", STEPS);
  const { "model.safetensors": weights, ...small } = run[0]?.files ?? {};
  weightBytes = Buffer.byteLength(weights ?? "");
  smallBytes = Object.values(small).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  const closed = await trainingRun("org/closed", 2, { gatedFor: "hf_right" });
  hub = await startHub([...run, ...closed]);
});
afterAll(() => hub.close());

const online = (more: NodeJS.ProcessEnv = {}) => ({ HF_HUB_OFFLINE: "", HF_ENDPOINT: hub.endpoint, ...more });
const offline = () => ({ HF_HUB_OFFLINE: "1", HF_ENDPOINT: hub.endpoint });

function storedResults(folder: string): Results {
  const json: unknown = JSON.parse(readFileSync(join(folder, "out", "results.json"), "utf8"));
  if (!isResults(json)) throw new Error(JSON.stringify(isResults.errors));
  return json;
}
const withoutTimes = (results: Results) => ({ ...results, times: undefined });

function blobBytes(cache: string): number {
  const folder = join(cache, "hub", "models--org--run", "blobs");
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0; // not there yet, or a file went while we looked
  }
}

/** Looks at the cache all the time. @returns stops looking and tells the largest size seen, in bytes */
function watchBlobs(cache: string): () => number {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, blobBytes(cache))), 2);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** Requests for the weights of each commit since a point in the server's log. */
function weightRequests(since: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { at, url } of hub.seen.slice(since)) {
    if (at !== "hub" || !url.endsWith("/model.safetensors")) continue;
    counts.set(url, (counts.get(url) ?? 0) + 1);
  }
  return counts;
}

describe("a sweep over many revisions", () => {
  const whole = tempFolder();
  let expected: Results;
  beforeAll(async () => {
    const { code, stderr } = await runCli(SWEEP, whole, online());
    expect([code, stderr]).toEqual([0, expect.stringContaining(`org/run@step*: ${STEPS} checkpoints, `)]);
    expected = storedResults(whole);
  });

  test("is in the order of training, and each checkpoint says where it stands", () => {
    expect(expected.status).toBe("complete");
    expect(expected.checkpoints.map(({ name }) => name)).toEqual(NAMES);
    expect(expected.checkpoints[1]).toMatchObject({
      spec: "org/run@step2000-tokens8B",
      step: 2000,
      tokens: 8e9,
      training_stage: null,
      revision: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
    expect(new Set(expected.checkpoints.map(({ hashes }) => hashes?.weights)).size).toBe(STEPS);
    expect(expected.cells).toHaveLength(CELLS);
  });

  test("that is killed twice goes on, downloads nothing twice and keeps two checkpoints", async () => {
    const folder = tempFolder();
    const since = hub.seen.length;
    const peak = watchBlobs(folder);
    const args = [...SWEEP, "--keep-checkpoints", "2"];
    const kill = async (signal: NodeJS.Signals, seen: string) => {
      const { child, saw, result } = startCli(args, folder, online());
      await saw(seen);
      child.kill(signal);
      return result;
    };
    const first = await kill("SIGINT", "[5/");
    expect(first.code).toBe(130);
    const interrupted = storedResults(folder);
    expect(interrupted.status).toBe("interrupted");
    expect(interrupted.cells.length).toBeLessThan(CELLS);
    expect(interrupted.checkpoints.at(-1)).toMatchObject({
      name: NAMES.at(-1),
      kind: null,
      hashes: null,
      step: 1000 * STEPS,
    });

    const second = await kill("SIGKILL", "[11/");
    expect(second.signal).toBe("SIGKILL");
    const reused = Number(/(\d+) cells of an earlier run reused/.exec(second.stderr)?.[1]);
    expect(reused).toBe(interrupted.cells.length);

    const third = await runCli(args, folder, online());
    expect(third.code).toBe(0);
    expect(third.stderr).toMatch(new RegExp(`^${CELLS} cells \\(\\d+ reused\\), ${CELLS * ROWS} row scores in `, "m"));
    expect(withoutTimes(storedResults(folder))).toEqual(withoutTimes(expected));
    expect(await storedRows(join(folder, "out"))).toEqual(await storedRows(join(whole, "out")));
    expect(await countScores(join(folder, "out"))).toBe(CELLS * ROWS);

    const requests = weightRequests(since);
    expect(requests.size).toBe(STEPS);
    // A kill may fall into a download, which is then continued.
    expect([...requests.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(STEPS + 2);
    const highest = peak();
    expect(highest).toBeGreaterThan(weightBytes);
    expect(highest).toBeLessThanOrEqual(2 * weightBytes + 2 * smallBytes);
    expect(blobBytes(folder)).toBeLessThanOrEqual(2 * weightBytes + 2 * smallBytes);

    // Once more, without the hub: everything is reused, of the evicted checkpoints too.
    const before = hub.seen.length;
    const last = await runCli(args, folder, offline());
    expect([last.code, hub.seen.length]).toEqual([0, before]);
    expect(last.stderr).toContain(`[${CELLS}/${CELLS}] ${CELLS} cells of an earlier run reused\n`);
    expect(withoutTimes(storedResults(folder))).toEqual(withoutTimes(expected));
  }, 240_000);

  test("goes on after a checkpoint that could not be downloaded, and tries it again", async () => {
    const folder = tempFolder();
    const args = [...SWEEP, "--steps", "1000,2000,3000"];
    const commit = expected.checkpoints[1]?.revision ?? "";
    hub.refuse(`/resolve/${commit}/model.safetensors`);
    const { code, stderr } = await runHere(args, folder, online());
    expect(code).toBe(1);
    expect(stderr).toMatch(/amuro-eval: 2 of 6 cells failed; the first: run@step2000-tokens8B rte\/default: [^\n]+\n$/);
    expect(storedResults(folder).checkpoints.map(({ kind }) => kind)).toEqual(["weights", null, "weights"]);
    hub.refuse(undefined);
    const again = await runHere(args, folder, online());
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/^6 cells \(4 reused\)/m);
    expect(storedResults(folder).cells).toEqual(expected.cells.slice(0, 6));
  });

  test("works offline from the cache", async () => {
    const folder = tempFolder();
    const before = hub.seen.length;
    const args = [...SWEEP, "--steps", `1000,${1000 * STEPS}`];
    const { code } = await runHere(args, folder, { ...offline(), HF_HOME: whole });
    expect([code, hub.seen.length]).toEqual([0, before]);
    const { checkpoints, cells } = storedResults(folder);
    expect(checkpoints).toEqual([expected.checkpoints[0], expected.checkpoints.at(-1)]);
    expect(cells).toEqual([...expected.cells.slice(0, 2), ...expected.cells.slice(-2)]);
  });

  test("--dry-run: one checkpoint is measured, the others are known from their lists", async () => {
    const folder = tempFolder();
    const since = hub.seen.length;
    const args = [...SWEEP, "--dry-run", "--keep-checkpoints", "2"];
    const { code, stdout } = await runHere(args, folder, online());
    expect(code).toBe(0);
    expect(weightRequests(since).size).toBe(1);
    expect(stdout).toMatch(/^run@step1000-tokens4B: [\d,]+ tokens to read/m);
    expect(stdout).toContain(
      `\n  and ${STEPS - 1} checkpoints of the same repository or configuration, taken to be like it\n`,
    );
    const [all, some] = [STEPS, 2].map((n) => sized(n * weightBytes + smallBytes));
    expect(stdout).toContain(
      `\nto download: ${STEPS} checkpoints, ${String(all)}; of them on disk at most ${String(some)}\n`,
    );
  });

  test("validate asks for lists only", async () => {
    const since = hub.seen.length;
    const { code, stdout } = await runHere(["validate", ...SWEEP, "--steps", "4000"], tempFolder(), online());
    expect(code).toBe(0);
    expect(weightRequests(since).size).toBe(0);
    expect(stdout).toMatch(/^ok {2}checkpoint run@step4000-tokens16B: on the hub, [\d.]+ kB to download$/m);
  });

  test("--keep-checkpoints 0 leaves the cache as it was", async () => {
    const folder = tempFolder();
    const one = ["-m", "org/run@step5000-tokens20B", ...SWEEP.slice(2)];
    expect((await runHere(one, folder, online())).code).toBe(0);
    const before = blobBytes(folder);
    const args = [...SWEEP.slice(0, -1), "other", "--steps", "4000,5000,6000", "--keep-checkpoints", "0"];
    const { code } = await runHere(args, folder, online());
    expect([code, blobBytes(folder)]).toEqual([0, before]);
    expect((await runHere([...one.slice(0, -1), "third"], folder, offline())).code).toBe(0);
  });
});

describe("what cannot be had is one line:", () => {
  const refused = async (args: readonly string[], env = online()) => {
    const folder = tempFolder();
    const { code, stderr } = await runHere([...args, ...SWEEP.slice(2), "--quiet"], folder, env);
    return [code, stderr];
  };

  test("a closed repository without a token, and with one", async () => {
    const closed = ["-m", "org/closed@step*"];
    const page = `${hub.endpoint}/org/closed`;
    expect(await refused(closed)).toEqual([
      1,
      `amuro-eval: model "org/closed" needs a token: accept the terms at ${page} and set HF_TOKEN\n`,
    ]);
    expect(await refused(closed, online({ HF_TOKEN: "hf_wrong" }))).toEqual([
      1,
      expect.stringContaining('model "org/closed" is closed to this token'),
    ]);
    const folder = tempFolder();
    expect((await runHere([...closed, ...SWEEP.slice(2)], folder, online({ HF_TOKEN: "hf_right" }))).code).toBe(0);
    expect(storedResults(folder).checkpoints.map(({ step }) => step)).toEqual([1000, 2000]);
  });

  test.each([
    [["-m", "org/run@step1001-tokens4B"], 1, 'has no revision "step1001-tokens4B"; did you mean "step1000-tokens4B"?'],
    [["-m", "org/run@stepp*"], 2, 'org/run@stepp*: nothing in model "org/run" matches "stepp*"; '],
    [["-m", "org/run", "--steps", "1000,6001"], 2, "--steps 6001: org/run has no such step; nearest: 5000, 6000, 7000"],
    [["-m", "org/nothing"], 1, 'model "org/nothing" is not on '],
    [["-m", "builtin", "--steps", "1000"], 2, "--steps 1000: builtin has no such step; nearest: 300, 600, 1200"],
    [
      ["--base", "org/run@step*", "--sft", "builtin"],
      2,
      `--base org/run@step* is ${STEPS} checkpoints, and the name does not`,
    ],
    [["-m", "org/run", "--steps", "1k"], 2, "--steps 1k: expected a whole number of at least 0"],
  ])("%j", async (args, code, message) => {
    const [found, stderr] = await refused(args);
    expect(stderr).toContain(message);
    expect(String(stderr).trim().split("\n")).toHaveLength(1);
    expect(found).toBe(code);
  });
});

describe("checkpoints", () => {
  test("lists a repository's training steps, and offline those of the cache", async () => {
    const folder = tempFolder();
    const { code, stdout } = await runHere(["checkpoints", "org/run"], folder, online());
    expect(code).toBe(0);
    expect(stdout).toMatch(/│ +1000 │ +4B │ +│ +│ step1000-tokens4B +│ [0-9a-f]{12} │/);
    expect(stdout.trim().split("\n").at(-1)).toBe(`${STEPS} training steps, 1 other revision: main`);
    const refused = await runHere(["checkpoints", "org/run"], folder, offline());
    expect(refused.stderr).toMatch(/^amuro-eval: offline, and a revision of model "org\/run" is not in /);
    const one = ["-m", "org/run@step3000-tokens12B", ...SWEEP.slice(2)];
    expect((await runHere(one, folder, online())).code).toBe(0);
    const cached = await runHere(["checkpoints", "org/run", "--json"], folder, offline());
    expect(JSON.parse(cached.stdout)).toMatchObject({
      steps: [{ step: 3000, tokens: 12e9, training_stage: null, revision: "step3000-tokens12B" }],
      others: [],
    });
  });

  test("lists the training steps of a folder", async () => {
    const folder = tempFolder();
    for (const name of ["checkpoint-500", "checkpoint-20", "logs"])
      mkdirSync(join(folder, "run", name), { recursive: true });
    const { stdout } = await runHere(["checkpoints", "run", "--json"], folder);
    expect(JSON.parse(stdout)).toMatchObject({
      steps: [
        { step: 20, tokens: null, revision: "checkpoint-20", commit: null },
        { step: 500, revision: "checkpoint-500" },
      ],
      others: ["logs"],
    });
    const table = await runHere(["checkpoints", "run"], folder);
    expect(table.stdout.trim().split("\n").at(-1)).toBe("2 training steps, 1 other folder: logs");
  });
});
