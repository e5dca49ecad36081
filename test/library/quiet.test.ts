/** Used as a library, the package leaves the process alone: no output, no listeners, no exit code, no environment. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { PACKAGE } from "../support/doc-programs.js";
import { tempFolder } from "../support/temp-folder.js";

const STEPS = {
  evaluate: `evaluate({ ...study, model: "builtin" })`,
  "evaluate, stopped": `evaluate({ ...study, model: "builtin", outputDir: "stopped", signal: AbortSignal.abort() })`,
  "evaluate, in vain": `evaluate({ ...study, model: "broken", outputDir: "failed" })`,
  "evaluate, asked wrongly": `evaluate({ modle: "builtin" })`,
  openResults: `openResults("out").then(async (results) => {
    for await (const row of results.rows()) void row;
    await results.query("SELECT * FROM rows");
    await results.query("COPY rows TO 'rows.csv'").catch(() => undefined);
    await results.close();
  })`,
  analyze: `analyze("out")`,
  renderReport: `renderReport("out")`,
  "renderReport of figures": `renderReport("out", { format: "png" })`,
  openEngine: `openEngine("builtin").then(async (engine) => {
    await engine.generate([{ segments: ["The fox"], maxNewTokens: 2, stop: [] }]);
    await engine.close();
  })`,
  sft: `sft({ model: "builtin", task: "mnli_matched", data: "builtin", rows: 8, epochs: 1, evalEvery: 0, out: "tuned" })`,
  "sft, asked wrongly": `sft({ model: "builtin", out: "tuned" })`,
};

const program = `
  import { writeFileSync } from "node:fs";
  import { constants } from "node:os";
  import { analyze, evaluate, openEngine, openResults, renderReport, sft } from "amuro-eval";
  const study = { data: "sample", task: "rte", prompts: "default", limit: 2, numFewshot: 0, outputDir: "out" };
  const HEARD = [...Object.keys(constants.signals), "uncaughtException", "unhandledRejection", "beforeExit"];
  const state = () => ({
    listeners: HEARD.map((name) => [name, process.listenerCount(name)]),
    exitCode: process.exitCode ?? null,
    env: { ...process.env },
    cwd: process.cwd(),
    title: process.title,
  });
  const steps = { ${Object.entries(STEPS)
    .map(([name, call]) => `${JSON.stringify(name)}: () => ${call}`)
    .join(",\n")} };
  const seen = [];
  for (const [name, step] of Object.entries(steps)) {
    const ended = await step().then(() => "done", (error) => error.name + ": " + error.message);
    seen.push({ name, ended, state: state() });
  }
  writeFileSync("seen.json", JSON.stringify(seen));
`;

interface Seen {
  readonly name: string;
  readonly ended: string;
  readonly state: { readonly listeners: readonly (readonly [string, number])[] };
}

describe("each function of the library", () => {
  const folder = tempFolder();
  const home = tempFolder();
  const env = { PATH: process.env["PATH"], HOME: home, HF_HOME: home, HF_HUB_OFFLINE: "1" };
  let child: ReturnType<typeof spawnSync>;
  let seen: Seen[];
  beforeAll(() => {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(PACKAGE, join(folder, "node_modules", "amuro-eval"));
    mkdirSync(join(folder, "broken"));
    writeFileSync(join(folder, "broken", "config.json"), "{}");
    writeFileSync(join(folder, "program.mjs"), program);
    child = spawnSync(process.execPath, ["program.mjs"], { cwd: folder, env, encoding: "utf8" });
    seen = JSON.parse(readFileSync(join(folder, "seen.json"), "utf8")) as Seen[];
  });

  test("does what it is called for, or throws an error of one line", () => {
    expect(Object.fromEntries(seen.map(({ name, ended }) => [name, ended]))).toEqual({
      evaluate: "done",
      "evaluate, stopped": "InterruptedError: interrupted before anything was scored",
      "evaluate, in vain": expect.stringMatching(/^UserError: [^\n]*broken[^\n]*$/) as string,
      "evaluate, asked wrongly": 'UsageError: evaluate: unknown key "modle"; did you mean "model"?',
      openResults: "done",
      analyze: "done",
      renderReport: "done",
      "renderReport of figures": "done",
      openEngine: "done",
      sft: "done",
      "sft, asked wrongly": "UsageError: give one thing to learn: --task NAME or --messages FILE",
    });
  });

  test("prints nothing, and lets the process end by itself", () => {
    expect([child.stdout, child.stderr, child.status, child.signal]).toEqual(["", "", 0, null]);
  });

  test("adds no listener, sets no exit code, and leaves folder and environment as they were", () => {
    for (const { name, state } of seen) {
      const listeners = state.listeners.map(([event]) => [event, 0]);
      const expected = { listeners, exitCode: null, env, cwd: folder, title: process.title };
      expect({ name, ...state }).toEqual({ name, ...expected, title: expect.any(String) as string });
    }
  });

  test("writes nothing but what it was asked for", () => {
    const files = readdirSync(folder).sort();
    expect(files).toEqual(["broken", "node_modules", "out", "program.mjs", "seen.json", "tuned"]);
    expect(readdirSync(home)).toEqual([]);
  });
});
