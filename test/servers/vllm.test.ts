/**
 * Tests a real vLLM on a CPU against log-probabilities in float64, and the real program over it: npm run check:vllm.
 */

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { padHeads } from "../../scripts/servers/pad-heads.js";
import { builtinCheckpoint } from "../../src/checkpoints/find/builtin.js";
import { openServer } from "../../src/engine/backends/servers/open-server.js";
import { ServerBackend } from "../../src/engine/backends/servers/server-backend.js";
import type { Results } from "../../src/store/results.js";
import { builtinFolder } from "../support/builtin-folder.js";
import { runCli } from "../support/cli.js";
import { openLlama } from "../support/engines.js";
import { freePort } from "../support/llama-server.js";
import { writeAdapter, writeMerged } from "../support/lora.js";
import { recordedQuestions } from "../support/recorded.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { storedRows } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";

const program = process.env["VLLM"];
/** What vLLM needs to run on a CPU that others use, too. */
const ON_CPU = {
  VLLM_ALLOW_LONG_MAX_MODEL_LEN: "1", VLLM_CPU_KVCACHE_SPACE: "1", VLLM_CPU_OMP_THREADS_BIND: "nobind",
  VLLM_HOST_IP: "127.0.0.1", VLLM_NO_USAGE_STATS: "1", HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1",
}; // prettier-ignore
const { root: tokenizerFolder, subfolder } = builtinCheckpoint();
const root = tempFolder();
const model = join(root, "model");
let server: ChildProcess | undefined;
let url: string;

beforeAll(async () => {
  if (program === undefined) return;
  await padHeads(join(tokenizerFolder, subfolder), tokenizerFolder, model, 96);
  await serve();
});
afterAll(async () => {
  await stop(server);
});

/** Starts the server, which answers when it is ready. */
async function serve(...flags: string[]): Promise<void> {
  const port = await freePort();
  const log = openSync(join(root, "vllm.log"), "a");
  const words = [
    "serve", model, "--port", String(port), "--served-model-name", "builtin", "--distributed-executor-backend", "uni",
    "--dtype", "float32", "--enforce-eager", "--max-model-len", "1024", "--enable-prompt-tokens-details", ...flags,
  ]; // prettier-ignore
  server = spawn(String(program), words, {
    env: { ...process.env, ...ON_CPU, VLLM_ALLOW_RUNTIME_LORA_UPDATING: "True" },
    stdio: ["ignore", log, log],
    detached: true,
  });
  url = `http://127.0.0.1:${port}`;
}

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

  test("gives an adapter that is loaded for the run the answers of merged weights on this machine", async () => {
    await stop(server);
    await serve("--enable-lora", "--max-lora-rank", "8");
    const base = await openLlama(model);
    const adapter = join(root, "adapter");
    const deltas = await writeAdapter(adapter, base, {
      weights: /(?:q|v|o)_proj|down_proj/,
      config: { target_modules: ["q_proj", "v_proj", "o_proj", "down_proj"], base_model_name_or_path: model },
    });
    // Cells are named by their checkpoints, so both are called the same.
    const merged = await writeMerged(join(root, "merged", "adapter"), base, deltas);
    const study = [
      "-t",
      "rte,arc_easy,xsum",
      "--data",
      "builtin",
      "-L",
      "10",
      "--prompts",
      "paper",
      "--no-report",
      "--threads",
      "1",
    ];
    const folders = [];
    for (const [name, ...specs] of [
      ["merged", "--base", `b=${model}`, "--sft", `rte=${merged}`],
      [
        "adapted",
        "--base",
        `b=vllm:${url}`,
        "--sft",
        `rte=lora:${adapter}`,
        "--tokenizer",
        "builtin",
        "--wait-for-server",
        "550",
      ],
    ] as const) {
      const folder = join(root, `${name}-results`);
      const { code, stderr } = await runCli([...specs, ...study, "-o", folder], root);
      process.stdout.write(`${stderr.trim().split("\n").slice(-2).join("\n")}\n`);
      expect(code).toBe(0);
      folders.push(folder);
    }
    const [local, served] = await Promise.all(folders.map(storedRows));
    expect(served?.size).toBe(18);
    const largest = largestDifference(served, local);
    process.stdout.write(`largest difference of an adapter from merged weights: ${largest.toExponential(1)}\n`);
    expect(largest).toBeLessThan(1e-3);
    const left = (await (await fetch(`${url}/v1/models`)).json()) as {
      readonly data: readonly { readonly id: string }[];
    };
    expect(left.data.map(({ id }) => id)).toEqual(["builtin"]);
  });

  test("gives exported requests the answers that it gives over HTTP", async () => {
    await stop(server);
    const study = ["-t", "rte,arc_easy,xsum", "--data", "builtin", "-L", "20", "--prompts", "paper"];
    const asked = join(root, "asked");
    const exported = await runCli(["requests", "export", "-m", `m=${model}`, ...study, "--out", asked], root);
    expect(exported.stderr).not.toContain("error");
    expect(exported.code).toBe(0);
    const python = join(dirname(String(program)), "python");
    const engine = JSON.stringify({
      dtype: "float32",
      enforce_eager: true,
      max_model_len: 1024,
      distributed_executor_backend: "uni",
    });
    execFileSync(python, [join(asked, "run.py"), "--engine", engine], {
      env: { ...process.env, ...ON_CPU },
      stdio: "ignore",
    });
    const folder = join(root, "imported");
    const imported = await runCli(["requests", "import", asked, "-o", folder], root);
    process.stdout.write(`${imported.stderr.trim().split("\n").at(-1) ?? ""}\n`);
    expect(imported.code).toBe(0);
    const [offline, live] = await Promise.all([storedRows(folder), storedRows(join(root, "served"))]);
    expect(offline.size).toBe(9);
    expect([...offline.keys()].filter((cell) => !live.has(cell))).toEqual([]);
    const largest = largestDifference(offline, live);
    process.stdout.write(`largest difference of exported requests from live ones: ${largest.toExponential(1)}\n`);
    expect(largest).toBeLessThan(1e-4);
  });

  test("is started for the checkpoints of a study, tuned ones too", async () => {
    const [file, folder] = [join(root, "study.yaml"), join(root, "studied")];
    const environment = Object.entries(ON_CPU)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ");
    const command = `env ${environment} ${String(program)} serve {model} --port {port} --served-model-name {name} --dtype float32 --enforce-eager --max-model-len 1024 --distributed-executor-backend uni --logprobs-mode raw_logprobs`;
    await writeFile(
      file,
      [
        `checkpoints: [${JSON.stringify(model)}]`,
        "data: builtin",
        "threads: 1",
        "sft: { tasks: [rte], rows: 16, epochs: 1, lr: 1e-3 }",
        "evaluate: { tasks: [rte], prompts: [paper], limit: 5 }",
        "serve: vllm",
        `server-command: ${JSON.stringify(command)}`,
        `output: ${JSON.stringify(folder)}`,
      ].join("\n"),
    );
    const { code, stderr } = await runCli(["study", file], root);
    process.stdout.write(`${stderr.trim().split("\n").slice(-3).join("\n")}\n`);
    expect(code).toBe(0);
    const { checkpoints } = JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as Results;
    expect(checkpoints.map(({ kind }) => kind)).toEqual(["server", "server"]);
  });
});

/** Largest difference of stored log-probabilities; the answers have to be the same. */
function largestDifference(ours: Stored | undefined, theirs: Stored | undefined): number {
  let largest = 0;
  for (const [cell, rows] of ours ?? []) {
    const others = theirs?.get(cell) ?? [];
    expect(rows.map(({ answer }) => answer)).toEqual(others.map(({ answer }) => answer));
    rows.forEach(({ logprobs = [] }, row) => {
      logprobs.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value - (others[row]?.logprobs?.[i] as number)));
      });
    });
  }
  return largest;
}

type Stored = Awaited<ReturnType<typeof storedRows>>;

/** Ends the server with everything that it started. */
async function stop(running: ChildProcess | undefined): Promise<void> {
  if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
  const ended = new Promise((resolve) => running.once("exit", resolve));
  process.kill(-running.pid, "SIGTERM");
  await ended;
}
