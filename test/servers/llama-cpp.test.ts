/** Tests the real llama.cpp server against log-probabilities in float64, and the real program over it. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtinCheckpoint } from "../../src/checkpoints/find/builtin.js";
import type { Results } from "../../src/store/results.js";
import { openServer } from "../../src/engine/backends/servers/open-server.js";
import { ServerBackend } from "../../src/engine/backends/servers/server-backend.js";
import { builtinFolder } from "../support/builtin-folder.js";
import { runCli, startCli } from "../support/cli.js";
import { openLlama } from "../support/engines.js";
import { installLlamaServer, startLlamaServer, writeBuiltinGguf, type RunningServer } from "../support/llama-server.js";
import { recordedQuestions } from "../support/recorded.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { storedRows } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";

const program = installLlamaServer();
const root = tempFolder();
const gguf = join(root, "builtin.gguf");
let server: RunningServer;

beforeAll(async () => {
  if (program === undefined) return;
  await writeBuiltinGguf(gguf);
  server = await startLlamaServer(program, gguf);
});
afterAll(async () => {
  await (server as RunningServer | undefined)?.stop();
});

const STUDY = [
  "-t",
  "rte,arc_easy,xsum,boolq",
  "--data",
  "builtin",
  "-L",
  "5",
  "--prompts",
  "paper",
  "--no-report",
  "--threads",
  "1",
];

describe.skipIf(program === undefined)("a real llama.cpp server", () => {
  test("gives the log-probabilities of a float64 forward pass within 2e-5 a token", async () => {
    const { root: tokenizerFolder, subfolder } = builtinCheckpoint();
    const place = { folder: join(tokenizerFolder, subfolder), tokenizerFolder };
    const opened = await openServer(
      { kind: "llamacpp", urls: [server.url], model: undefined },
      { tell: () => undefined, findTokenizer: () => Promise.resolve(place), waitSeconds: 30 },
    );
    const backend = new ServerBackend(opened.served, opened.window, opened.eosIds, () => Promise.resolve());
    const { sequences } = recordedQuestions(opened.tokenizer);
    const scored = await backend.score(sequences);
    await backend.close();
    const reference = new ReferenceModel(await openLlama(builtinFolder()));
    let place_ = 0;
    for (const { ids, targets } of sequences) {
      const expected = reference.logprobs(ids);
      for (const { position, token } of targets)
        expect(Math.abs((scored.logprobs[place_++] as number) - at(at(expected, position), token))).toBeLessThan(2e-5);
    }
  });

  test("gives a study the same answers as the checkpoint on this machine", async () => {
    const folders = [];
    for (const [name, model] of [
      ["local", "builtin"],
      ["served", `llamacpp:${server.url}`],
    ] as const) {
      const folder = join(root, name);
      const { code, stderr } = await runCli(
        ["-m", `m=${model}`, "--tokenizer", "builtin", ...STUDY, "-o", folder],
        root,
      );
      expect(stderr).not.toContain("failed");
      expect(code).toBe(0);
      folders.push(folder);
    }
    const [local, served] = await Promise.all(folders.map(storedRows));
    expect(served?.size).toBe(12);
    for (const [cell, rows] of served ?? []) {
      const here = local?.get(cell) ?? [];
      expect(rows.map(({ answer }) => answer)).toEqual(here.map(({ answer }) => answer));
      rows.forEach(({ logprobs = [] }, row) => {
        logprobs.forEach((value, i) => {
          expect(Math.abs(value - (here[row]?.logprobs?.[i] as number))).toBeLessThan(1e-3);
        });
      });
    }
  });

  test("that is killed in the middle of a run and started again leaves the results as they would be", async () => {
    const folder = join(root, "killed");
    const running = startCli(
      ["-m", `m=llamacpp:${server.url}`, "--tokenizer", "builtin", ...STUDY, "-o", folder],
      root,
    );
    await running.saw("nats");
    await server.stop("SIGKILL");
    server = await startLlamaServer(program as string, gguf, server.port);
    expect((await running.result).code).toBe(0);
    const [whole, killed] = await Promise.all([join(root, "served"), folder].map(storedRows));
    const answers = (rows: typeof whole) =>
      [...(rows ?? [])].map(([cell, own]) => [cell, own.map(({ answer }) => answer)]);
    expect(answers(killed)).toEqual(answers(whole));
  });

  test("that comes back with another checkpoint ends the run with what was seen", async () => {
    const other = join(root, "other.gguf");
    await writeBuiltinGguf(other, "step3600");
    const folder = join(root, "replaced");
    const running = startCli(
      ["-m", `m=llamacpp:${server.url}`, "--tokenizer", "builtin", ...STUDY, "-o", folder],
      root,
    );
    await running.saw("nats");
    await server.stop("SIGKILL");
    server = await startLlamaServer(program as string, other, server.port, ["--alias", gguf]);
    const { code, stderr } = await running.result;
    expect(code).toBe(1);
    expect(stderr).toContain("came back with another model");
    const { cells } = JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as Results;
    expect(cells.every(({ error }) => error === undefined || error.includes("another model"))).toBe(true);
  });

  test("is started for two checkpoints in turn, and stopped after each", async () => {
    const [early, late] = [join(root, "step300.gguf"), join(root, "step5000.gguf")];
    await Promise.all([writeBuiltinGguf(early, "step300"), writeBuiltinGguf(late)]);
    const folder = join(root, "started");
    const { code, stderr } = await runCli([...MODELS(early, late), ...STUDY, "-o", folder], root);
    expect(stderr).not.toContain("failed");
    expect(code).toBe(0);
    const { checkpoints } = JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as Results;
    expect(checkpoints.map(({ step, server: about }) => [step, about?.model])).toEqual([
      [300, "step300.gguf"],
      [5000, "step5000.gguf"],
    ]);
    expect(new Set(checkpoints.map(({ hashes }) => hashes?.weights)).size).toBe(2);
    expect(serversOf(early, late)).toEqual([]);
    const whole = [...(await storedRows(join(root, "served")))].map(([cell, rows]) => [
      cell.replace(/^m /, ""),
      rows.map(({ answer }) => answer),
    ]);
    const last = [...(await storedRows(folder))].flatMap(([cell, rows]) =>
      cell.includes("step5000") ? [[cell.replace(/^\S+ /, ""), rows.map(({ answer }) => answer)]] : [],
    );
    expect(last).toEqual(whole);
  });

  test("that was started is gone five seconds after the program was killed", async () => {
    const [early, late] = [join(root, "step300.gguf"), join(root, "step5000.gguf")];
    const running = startCli([...MODELS(early, late), ...STUDY, "--fresh", "-o", join(root, "orphan")], root);
    await running.saw("nats");
    expect(serversOf(early, late)).toHaveLength(1);
    running.child.kill("SIGKILL");
    await running.result;
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(serversOf(early, late)).toEqual([]);
  });
});

const MODELS = (...files: string[]) => [
  ...files.flatMap((file) => ["-m", `llamacpp:${file}`]),
  "--server-command", `${String(program)} -m {model} --host 127.0.0.1 --port {port} --alias {name} -fa off -t 1 -c 2048 -np 2`,
  "--server-args", "--cache-type-k f32 --cache-type-v f32", "--tokenizer", "builtin",
]; // prettier-ignore

/** Ids of processes that serve one of the files. */
function serversOf(...files: string[]): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return words[0]?.includes("llama-server") === true && files.some((file) => words.includes(file));
    } catch {
      return false;
    }
  });
}
