/**
 * Tests the program over a server with faults, killed where it cannot tidy up: what is stored at the end is what
 * it should be.
 */

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../../src/base/random.js";
import { builtinFolder } from "../support/builtin-folder.js";
import { runCli, startCli } from "../support/cli.js";
import { ModelServer, type Fault, type ModelServerOptions } from "../support/model-server.js";
import { countScores, storedRows } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";

const root = tempFolder();
let server: ModelServer;

beforeAll(async () => {
  server = await ModelServer.start({ folder: builtinFolder(), kind: "vllm" });
});
afterAll(() => server.stop());

const FAULTS: Fault[] = [
  "reset",
  "half",
  { status: 429, headers: { "retry-after": "0" } },
  { status: 503, headers: { "retry-after": "0" } },
  () => ({ error: "none" }),
];

const command = (folder: string) => [
  ...["-m", `m=vllm:${server.url}`, "--tokenizer", "builtin", "-t", "rte,arc_easy", "--data", "builtin", "-L", "12"],
  ...["--prompts", "io,default", "--num-fewshot", "1", "--server-requests", "64", "--no-report", "-o", folder],
];

test("64 requests in flight to a server that fails one of twenty in five ways, killed twice: nothing is lost or doubled", async () => {
  const whole = join(root, "whole");
  expect((await runCli(command(whole), root)).code).toBe(0);
  const random = randomStream("five ways");
  /** Requests until something happens. */
  let left = Infinity;
  let reached: () => void = () => undefined;
  const fault: ModelServerOptions["fault"] = ({ path }) => {
    if (path !== "/v1/completions") return undefined;
    if (--left === 0) reached();
    return random() > 0.05 ? undefined : FAULTS[Math.floor(random() * FAULTS.length)];
  };
  server.options = { ...server.options, fault };
  const path = join(root, "killed");
  const stored: number[] = [];
  for (const count of [20, 15]) {
    const { child, saw, result } = startCli(command(path), root);
    // The server is examined; from now on requests are about rows.
    await saw("probabilities add up to");
    const asked = new Promise<void>((resolve) => {
      [left, reached] = [count, resolve];
    });
    await Promise.race([asked, result]);
    child.kill("SIGKILL");
    expect((await result).signal).toBe("SIGKILL");
    stored.push(await countScores(path));
  }
  const all = await countScores(whole);
  expect(Math.max(...stored)).toBeLessThan(all);
  expect((await runCli(command(path), root)).code).toBe(0);
  expect(await countScores(path)).toBe(all);
  expect(await storedRows(path)).toEqual(await storedRows(whole));
}, 300_000);
