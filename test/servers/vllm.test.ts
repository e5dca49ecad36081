/**
 * Tests a real vLLM on a CPU against log-probabilities in float64, and the real program over it: npm run check:vllm.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { padHeads } from "../../scripts/servers/pad-heads.js";
import { builtinCheckpoint } from "../../src/checkpoints/find/builtin.js";
import { openServer } from "../../src/engine/backends/servers/open-server.js";
import { ServerBackend } from "../../src/engine/backends/servers/server-backend.js";
import { builtinFolder } from "../support/builtin-folder.js";
import { runCli } from "../support/cli.js";
import { openLlama } from "../support/engines.js";
import { freePort } from "../support/llama-server.js";
import { recordedQuestions } from "../support/recorded.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { storedRows } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";

const program = process.env["VLLM"];
const { root: tokenizerFolder, subfolder } = builtinCheckpoint();
const root = tempFolder();
const model = join(root, "model");
let server: ChildProcess | undefined;
let url: string;

beforeAll(async () => {
  if (program === undefined) return;
  await padHeads(join(tokenizerFolder, subfolder), tokenizerFolder, model, 96);
  const port = await freePort();
  const log = openSync(join(root, "vllm.log"), "w");
  const flags = ["--dtype", "float32", "--enforce-eager", "--max-model-len", "1024", "--enable-prompt-tokens-details"];
  server = spawn(program, ["serve", model, "--port", String(port), "--served-model-name", "builtin", "--distributed-executor-backend", "uni", ...flags], {
    env: {
      ...process.env, VLLM_ALLOW_LONG_MAX_MODEL_LEN: "1", VLLM_CPU_KVCACHE_SPACE: "1", VLLM_CPU_OMP_THREADS_BIND: "nobind",
      VLLM_HOST_IP: "127.0.0.1", VLLM_NO_USAGE_STATS: "1", HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1",
    },
    stdio: ["ignore", log, log],
    detached: true,
  }); // prettier-ignore
  url = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  if (server?.pid !== undefined) process.kill(-server.pid, "SIGTERM");
});

describe.skipIf(program === undefined)("a real vLLM server", () => {
  test("gives the log-probabilities of a float64 forward pass within 5e-5 a token", async () => {
    const place = { folder: join(tokenizerFolder, subfolder), tokenizerFolder };
    const opened = await openServer(
      { kind: "vllm", urls: [url], model: undefined },
      {
        tell: (line) => process.stdout.write(`${line}\n`),
        findTokenizer: () => Promise.resolve(place),
        waitSeconds: 550,
      },
    );
    const backend = new ServerBackend(opened.served, opened.window, opened.eosIds, () => Promise.resolve());
    const { sequences } = recordedQuestions(opened.tokenizer);
    const scored = await backend.score(sequences);
    await backend.close();
    const reference = new ReferenceModel(await openLlama(builtinFolder()));
    const differences = sequences.flatMap(({ ids, targets }) => {
      const expected = reference.logprobs(ids);
      return targets.map(({ position, token }) => at(at(expected, position), token));
    });
    const largest = Math.max(...differences.map((value, i) => Math.abs(value - (scored.logprobs[i] as number))));
    process.stdout.write(
      `largest difference of ${differences.length} tokens from float64: ${largest.toExponential(1)}\n`,
    );
    expect(largest).toBeLessThan(5e-5);
  });

  test("gives all tasks under the paper's prompts the same answers as the checkpoint on this machine", async () => {
    const study = ["-t", "all", "--data", "builtin", "-L", "20", "--prompts", "paper", "--no-report", "--threads", "1"];
    const folders = [];
    for (const [name, spec] of [
      ["local", "builtin"],
      ["served", `vllm:${url}`],
    ] as const) {
      const folder = join(root, name);
      const { code, stderr } = await runCli(
        ["-m", `m=${spec}`, "--tokenizer", "builtin", ...study, "-o", folder],
        root,
      );
      process.stdout.write(`${stderr.trim().split("\n").at(-1) ?? ""}\n`);
      expect(code).toBe(0);
      folders.push(folder);
    }
    const [local, served] = await Promise.all(folders.map(storedRows));
    expect(served?.size).toBe(54);
    for (const [cell, rows] of served ?? [])
      expect(rows.map(({ answer }) => answer)).toEqual(local?.get(cell)?.map(({ answer }) => answer));
  });
});
