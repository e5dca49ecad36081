/** Tests a whole study on the built-in checkpoints: planned, run, killed and gone on with. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Analysis } from "../../../src/analysis/document/document.js";
import { hashFile } from "../../../src/base/hash.js";
import type { Results } from "../../../src/store/results.js";
import { cliHost, startCli } from "../../support/cli.js";
import { tempFolder } from "../../support/temp-folder.js";

const runCli = cliHost();
const folder = tempFolder();
const study = (output: string, more = "") =>
  `checkpoints: [builtin@step30, builtin@step300]
data: builtin
sft: { tasks: [rte, socialiqa], rows: 16, epochs: 2, lr: 1e-3, eval-every: 0, by: { rte: { rows: 24, prompts: [default, io] } } }
evaluate: { tasks: [rte, sciq], prompts: [default, io], limit: 4, num-fewshot: 1 }
output: ${output}
threads: 1
${more}`;
const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
};
const run = (...args: string[]) => runCli(["study", ...args], folder);
const resultsOf = (name: string) => JSON.parse(readFileSync(join(folder, name, "results.json"), "utf8")) as Results;

/** Hashes of the tuned weights by folder. */
async function tunedOf(name: string): Promise<Record<string, string>> {
  const root = join(folder, name, "sft");
  const folders = readdirSync(root).flatMap((task) => readdirSync(join(root, task)).map((one) => join(task, one)));
  return Object.fromEntries(
    await Promise.all(folders.map(async (one) => [one, await hashFile(join(root, one, "model.safetensors"))] as const)),
  );
}

/** Everything that must not depend on how often the study was stopped. */
const lasting = ({ cells, summaries, comparisons, tasks, checkpoints }: Results) => ({
  cells, summaries, comparisons, tasks,
  checkpoints: checkpoints.map((checkpoint) => ({ ...checkpoint, spec: undefined })),
}); // prettier-ignore

beforeAll(async () => {
  write("whole.yaml", study("whole"));
  const { code, stderr } = await run("whole.yaml");
  expect(stderr).toContain("[4/4] fine-tuning: builtin@step300+rte\n");
  expect(code).toBe(0);
}, 300_000);

describe("amuro-eval study", () => {
  test("tunes every checkpoint on every task, and evaluates all before and after", async () => {
    const { checkpoints, cells, comparisons, tasks, command, status } = resultsOf("whole");
    expect(status).toBe("complete");
    const bases = ["builtin@step30", "builtin@step300"];
    expect(checkpoints.map(({ name, stage, sft_task, base }) => [name, stage, sft_task, base])).toEqual([
      ...bases.map((name) => [name, "base", null, null]),
      ...bases.flatMap((name) => ["socialiqa", "rte"].map((task) => [`${name}+${task}`, "sft", task, name])),
    ]);
    expect(checkpoints.map(({ step }) => step)).toEqual([30, 300, 30, 30, 300, 300]);
    expect(cells).toHaveLength(6 * 2 * 2);
    expect(comparisons).toHaveLength(4 * 2);
    expect(tasks.map(({ prompts }) => prompts.map(({ id, seen }) => [id, seen]))).toEqual([
      [["default", true], ["io", true]],
      [["default", true], ["io", true]],
    ]); // prettier-ignore
    expect(command).toMatchObject({ study: { data: "builtin" } });
    const tuned = Object.values(await tunedOf("whole"));
    expect(new Set(tuned).size).toBe(4);
  });

  test("run again does nothing again", async () => {
    const before = lasting(resultsOf("whole"));
    const { code, stderr } = await run("whole.yaml");
    expect(code).toBe(0);
    expect(stderr).not.toContain("fine-tuning:");
    expect(stderr).toContain("24 cells (24 reused)");
    expect(lasting(resultsOf("whole"))).toEqual(before);
  });

  test("killed in training and in evaluation goes on to the same weights and results", async () => {
    write("killed.yaml", study("killed"));
    for (const text of ["[2/4] fine-tuning: ", "[3/24] "]) {
      const running = startCli(["study", "killed.yaml"], folder);
      await running.saw(text);
      running.child.kill("SIGKILL");
      expect((await running.result).signal).toBe("SIGKILL");
    }
    expect((await run("killed.yaml")).code).toBe(0);
    expect(await tunedOf("killed")).toEqual(await tunedOf("whole"));
    expect(lasting(resultsOf("killed"))).toEqual(lasting(resultsOf("whole")));
  }, 300_000);

  test("--dry-run tells what there is to do, and does nothing", async () => {
    write("planned.yaml", study("planned"));
    const { code, stdout } = await run("planned.yaml", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 checkpoints x 2 SFT tasks = 4 fine-tunings$/m);
    expect(stdout).toMatch(/^ {2}rte: 24 rows, 6 steps, [\d,]+ tokens over all epochs$/m);
    expect(stdout).toMatch(/^6 checkpoints before and after x 2 tasks x their prompts = 24 cells$/m);
    expect(stdout).toMatch(/^disk: [\d.]+ MB for tuned checkpoints, and [\d.]+ MB while one is trained$/m);
    expect(stdout).toMatch(
      /^estimated time: (about .*|less than 1 s) of training and (about .*|less than 1 s) of evaluation/m,
    );
    expect(existsSync(join(folder, "planned"))).toBe(false);
    const json = JSON.parse((await run("whole.yaml", "--dry-run", "--json")).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ cells: 24, tokens: { training: 0 }, disk_bytes: { tuned: 0, state: 0 } });
    expect(json["trainings"]).toMatchObject(Array.from({ length: 4 }, () => ({ done: true })));
  });

  test("init writes a file that can be run, once", async () => {
    const init = (...words: string[]) => runCli(["init", ...words], folder);
    const first = await init("study.yaml", "--checkpoints", "builtin", "--sft-tasks", "rte", "--tasks", "rte,paws");
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("wrote study.yaml") as string });
    expect(first.stdout).toMatch(/^1 checkpoint x 1 SFT task = 1 fine-tuning$/m);
    expect(first.stdout).toMatch(/^estimated time: about /m);
    expect(await init()).toMatchObject({
      code: 1,
      stderr: "amuro-eval: study.yaml is there already; choose another name\n",
    });
    expect(await init("other.yaml", "--tasks", "rtee")).toMatchObject({ code: 2 });
    expect(existsSync(join(folder, "other.yaml"))).toBe(false);
    const remote = await init("remote.yaml", "--checkpoints", "org/none@step*", "--tasks", "rte");
    expect(remote).toMatchObject({ code: 0, stderr: expect.stringContaining("is not known yet") as string });
  });

  test("seeds are fine-tunings of their own, and replicates in the analysis", async () => {
    const content = `checkpoints: [builtin@step300]
data: builtin
sft: { tasks: [rte], rows: 16, batch-size: 4, epochs: 1, lr: 1e-3, eval-every: 0, seeds: [1, 2] }
evaluate: { tasks: [rte], prompts: [default, io], limit: 8, num-fewshot: 0 }
output: seeds
threads: 1
`;
    write("seeds.yaml", content);
    expect((await run("seeds.yaml")).code).toBe(0);
    const { checkpoints } = resultsOf("seeds");
    expect(checkpoints.map(({ name, training_seed }) => [name, training_seed])).toEqual([
      ["builtin@step300", undefined],
      ["builtin@step300+rte-seed1", "1"],
      ["builtin@step300+rte-seed2", "2"],
    ]);
    expect(new Set(Object.values(await tunedOf("seeds"))).size).toBe(2);
    const { stdout } = await runCli(["analyze", "seeds", "--json"], folder);
    const { replicates } = JSON.parse(stdout) as Analysis;
    expect(replicates).toEqual([expect.objectContaining({ arm: "builtin@step300+rte", task: "rte" })]);
    expect(replicates[0]?.seeds.map(({ seed, sft }) => [seed, sft])).toEqual([
      ["1", "builtin@step300+rte-seed1"],
      ["2", "builtin@step300+rte-seed2"],
    ]);
  });

  test.each([
    ["one seed beside several", study("x").replace("epochs: 2", "seed: 3, seeds: [1, 2]"), "sft.seed beside sft.seeds; leave one of them out"],
    ["a seed twice", study("x").replace("epochs: 2", "seeds: [1, 1]"), "sft.seeds: 1 is named twice"],
    ["unknown key", study("x", "chekpoints: 1"), 'bad.yaml: unknown key "chekpoints"; did you mean "checkpoints"?'],
    ["unknown SFT task", study("x").replace("[rte, socialiqa]", "[rtee, socialiqa]"), 'unknown task "rtee"; did you mean "rte"?'],
    ["unknown evaluated task", study("x").replace("[rte, sciq]", "[rte, scq]"), 'unknown task "scq"; did you mean "sciq"?'],
    ["settings of another task", study("x").replace("by: { rte:", "by: { rtee:"), 'sft.by: "rtee" is not among the tasks trained on; did you mean "rte"?'],
    ["a checkpoint that is not there", study("x").replace("step30,", "step31,"), 'builtin has no revision "step31"; did you mean "step30"?'],
    ["a checkpoint twice", study("x").replace("step300]", "step30]"), 'checkpoints: "builtin@step30" is named twice'],
    ["data that are not there", study("x").replace("data: builtin", "data: biultin"), "--data biultin: no such folder; give hub, sample, builtin or a folder"],
    ["another device", study("x", "device: cqu"), 'device "cqu"'],
    ["a size that is none", study("x", "memory: much"), "--memory much: expected a size such as 900MB or 4GB"],
    ["half a row", study("x").replace("limit: 4", "limit: 4.5"), "evaluate.limit is 4.5; give a number of rows or a fraction between 0 and 1"],
  ])("a study with %s is refused with one line", async (_, content, message) => {
    write("bad.yaml", content);
    const { code, stdout, stderr } = await run("bad.yaml");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(existsSync(join(folder, "x"))).toBe(false);
  }); // prettier-ignore
});
