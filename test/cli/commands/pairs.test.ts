/** Whole runs before and after fine-tuning, from a local hub and from folders; LoRA adapters from the hub. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RawOptions } from "../../../src/library/run-options.js";
import { createProgram } from "../../../src/cli/program.js";
import { studyOptions } from "../../../src/library/study-options.js";
import type { Results } from "../../../src/store/results.js";
import { planStudy } from "../../../src/study/make-plan.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { standInCommands } from "../../support/commands.js";
import { cliHost } from "../../support/cli.js";
import { openLlama } from "../../support/engines.js";
import { sha256Of, startHub, type FakeRepo, type HubServer } from "../../support/hub-server.js";
import { writeAdapter } from "../../support/lora.js";
import { storedRows } from "../../support/stored-run.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";
import { trainingRun } from "../../support/training-run.js";

const runCli = cliHost();
const SAMPLE = ["--data", "sample", "-t", "rte", "--prompts", "default", "-L", "3", "--num-fewshot", "0"];
const local = tempFolder();
let hub: HubServer;

function filesOf(folder: string, prefix = ""): Record<string, Buffer> {
  return Object.fromEntries(readdirSync(folder).map((name) => [prefix + name, readFileSync(join(folder, name))]));
}

beforeAll(async () => {
  for (const [i, step] of [1000, 2000, 3000].entries()) {
    await writeTinyCheckpoint(join(local, "run", `step${step}`), { seed: i + 1 });
    if (step === 1000) continue;
    await writeTinyCheckpoint(join(local, "tuned", `step${step}`), { seed: i + 11 });
    const base = await openLlama(join(local, "run", `step${step}`));
    await writeAdapter(join(local, "adapters", `step${step}`), base, { weights: /q_proj\.weight$/, seed: i });
  }
  const adapter = (branches: string[], files: Record<string, Buffer>): FakeRepo => {
    const id = "org/adapters";
    const commit = sha256Of(`${id} ${String(branches[0])}`).slice(0, 40);
    return { type: "model", id, commit, branches, files, large: ["adapter_model.safetensors"] };
  };
  hub = await startHub([
    ...(await trainingRun("org/run", 4)),
    ...(await trainingRun("org/run-mnli", 2)),
    adapter(["step2000"], filesOf(join(local, "adapters", "step2000"))),
    adapter(["step3000"], filesOf(join(local, "adapters", "step3000"))),
    adapter(["main"], filesOf(join(local, "adapters", "step2000"), "mnli/")),
  ]);
});
afterAll(() => hub.close());

const online = () => ({ HF_HUB_OFFLINE: "", HF_ENDPOINT: hub.endpoint });
const resultsOf = (folder: string) => JSON.parse(readFileSync(join(folder, "out", "results.json"), "utf8")) as Results;
/** Returns the rows of the cell at a place. */
const rowsOf = async (folder: string, cell: number) => [...(await storedRows(join(folder, "out"))).values()][cell];
const pairsOf = ({ comparisons }: Results) => comparisons.map(({ base, sft }) => `${base} > ${sft}`);

describe("a run and its fine-tuned checkpoints", () => {
  test("are paired by step; what nothing was tuned from is left out, and said to be", async () => {
    const folder = tempFolder();
    const args = ["--base", "org/run@step*", "--sft", "mnli=org/run-mnli@step*", ...SAMPLE, "-o", "out"];
    const { code, stderr } = await runCli([...args, "--keep-checkpoints", "1"], folder, online());
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("org/run@step*: 2 of 4 left out, as no --sft was tuned from them\n"),
    ]);
    const results = resultsOf(folder);
    expect(pairsOf(results)).toEqual([
      "run@step1000-tokens4B > run-mnli@step1000-tokens4B",
      "run@step2000-tokens8B > run-mnli@step2000-tokens8B",
    ]);
    expect(results.checkpoints.map(({ step, stage, sft_task }) => [step, stage, sft_task])).toEqual([
      [1000, "base", null],
      [2000, "base", null],
      [1000, "sft", "mnli"],
      [2000, "sft", "mnli"],
    ]);
  });

  test("may be folders, several to one run, and adapters; --steps picks of all", async () => {
    const folder = tempFolder();
    const pair = ["--base", join(local, "run"), "--sft", `mnli=${join(local, "tuned", "step*")}`];
    const args = [...pair, "--sft", `rte=lora:${join(local, "adapters")}`, "--steps", "2000,3000", ...SAMPLE];
    const { code, stderr } = await runCli([...args, "-o", "out"], folder);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("left out")]);
    expect(pairsOf(resultsOf(folder))).toEqual([
      "step2000 > tuned/step2000",
      "step3000 > tuned/step3000",
      "step2000 > adapters/step2000",
      "step3000 > adapters/step3000",
    ]);
  });

  test("one base may serve a run of fine-tuned ones", async () => {
    const folder = tempFolder();
    const args = ["--base", "org/run", "--sft", "org/run-mnli@step*", ...SAMPLE, "-o", "out"];
    expect((await runCli(args, folder, online())).code).toBe(0);
    expect(pairsOf(resultsOf(folder))).toEqual([
      "org/run > run-mnli@step1000-tokens4B",
      "org/run > run-mnli@step2000-tokens8B",
    ]);
  });
});

describe("LoRA adapters from the hub", () => {
  const args = (sft: string) => ["--base", "org/run@step*", "--sft", sft, ...SAMPLE, "-o", "out"];

  test("run on the base of their step, as those of a folder do; a second run downloads nothing", async () => {
    const folder = tempFolder();
    const sweep = [...args("lora:org/adapters@step*"), "--keep-checkpoints", "0"];
    const { code, stderr } = await runCli(sweep, folder, online());
    expect([code, stderr]).toEqual([0, expect.stringContaining("org/adapters@step2000: adapter_model.safetensors")]);
    const { checkpoints } = resultsOf(folder);
    expect(checkpoints).toMatchObject([
      { name: "run@step2000-tokens8B", stage: "base" },
      { name: "run@step3000-tokens12B", stage: "base" },
      { name: "adapters@step2000", revision: sha256Of("org/adapters step2000").slice(0, 40), step: 2000 },
      { name: "adapters@step3000", base: "run@step3000-tokens12B", spec: "lora:org/adapters@step3000" },
    ]);
    // Both were trained by the same recipe, so the adapter fits the folder's base as well.
    const other = tempFolder();
    const same = ["--base", join(local, "run", "step2000"), "--sft", `lora:${join(local, "adapters", "step2000")}`];
    expect((await runCli([...same, ...SAMPLE, "-o", "out"], other)).code).toBe(0);
    expect(await rowsOf(folder, 1)).toEqual(await rowsOf(other, 1));
    expect(readdirSync(join(folder, "hub", "models--org--adapters", "blobs"))).toEqual([]);

    const before = hub.seen.length;
    const again = await runCli(sweep, folder, online());
    expect([again.code, again.stderr]).toEqual([0, expect.stringMatching(/^4 cells \(4 reused\)/m)]);
    expect(hub.seen.slice(before).filter(({ url }) => url.includes("/resolve/"))).toEqual([]);
  });

  test("may lie in a subfolder; --dry-run counts them", async () => {
    const one = ["--base", "org/run", "--sft", "lora:org/adapters@main:mnli", ...SAMPLE, "-o", "out"];
    const dry = await runCli([...one, "--dry-run", "--json", "--quiet"], tempFolder(), online());
    expect(JSON.parse(dry.stdout)).toMatchObject({
      cells: 2,
      work: [{}, { checkpoint: "lora:org/adapters@main:mnli" }],
    });
    const folder = tempFolder();
    expect((await runCli(one, folder, online())).code).toBe(0);
    expect(resultsOf(folder).checkpoints[1]).toMatchObject({ spec: "lora:org/adapters@main:mnli", stage: "sft" });
  });
});

describe("what does not fit is one line:", () => {
  beforeAll(() => {
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_HUB_OFFLINE", "");
    vi.stubEnv("HF_HUB_CACHE", tempFolder());
  });
  afterAll(() => vi.unstubAllEnvs());

  const plan = async (args: readonly string[]) => {
    let raw: RawOptions | undefined;
    const program = createProgram(
      standInCommands((verb, [options]) => {
        if (verb !== "run") return Promise.reject(new Error(verb));
        raw = options as RawOptions;
        return Promise.resolve();
      }),
    );
    await program.parseAsync([...args, ...SAMPLE], { from: "user" });
    return planStudy(studyOptions(raw as RawOptions), builtinRegistry());
  };

  test.each([
    [["--base", "org/run@step*", "--sft", "mnli=builtin"], "--sft builtin: --base org/run@step* is 4 checkpoints, and the name does not say from which step it was tuned; give one --base for it"],
    [["--base", "org/run@step[34]*", "--sft", "org/run-mnli@step*"], "--sft org/run-mnli@step1000-tokens4B: --base org/run@step[34]* is 2 checkpoints, none of step 1000; nearest: 3000, 4000"],
    [["--base", "org/run", "--sft", "lora:org/adapters"], 'org/adapters@main has no adapter_config.json; did you mean "lora:org/adapters@main:mnli"?'],
    [["--base", "org/run", "--sft", "lora:org/adapters:mnil"], 'org/adapters@main has no adapter_config.json in its folder "mnil"; did you mean "mnli"?'],
    [["--base", "org/run", "--sft", "lora:org/run-mnli"], "org/run-mnli@main has no adapter_config.json; it is no LoRA adapter"],
    [["--base", "org/run", "--sft", "lora:org/gone"], /^model "org\/gone" is not on /],
    [["--base", "org/run", "--sft", "lora:org/adapters@step2001"], /^model "org\/adapters" has no revision "step2001"; did you mean "step2000"\?/],
    [["--base", "org/run", "--sft", "lora:builtin"], "lora:builtin: no such folder, and not a hub id (ORG/NAME or ORG/NAME@revision); a LoRA adapter is what PEFT's save_pretrained wrote"],
    [["--base", "org/run", "--sft", `lora:${join(local, "adaptors")}`], /: no such folder, and not a hub id \(ORG\/NAME or ORG\/NAME@revision\); did you mean "adapters"\?; a LoRA adapter is /],
    [["--base", "org/run", "--sft", "org/adapters", "--steps", "7"], "--steps 7: org/run has no such step; nearest: 1000, 2000, 3000"],
    [["--base", "org/run@step1000-tokens4B", "--sft", "lora:org/adapters", "--steps", "7"], "--steps 7: org/adapters has no such step; nearest: 2000, 3000"],
  ])("%j", async (args, message) => {
    await expect(plan(args)).rejects.toThrow(message);
  });
}); // prettier-ignore
