/** `--sft lora:FOLDER` as a user runs it, on the built-in checkpoint. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { WeightsCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import type { Results } from "../../../src/store/results.js";
import { builtinFolder } from "../../support/builtin-folder.js";
import { runCli } from "../../support/cli.js";
import { openLlama } from "../../support/engines.js";
import { writeAdapter, writeMerged, type Deltas } from "../../support/lora.js";
import { storedRows } from "../../support/stored-run.js";
import { tempFolder } from "../../support/temp-folder.js";

const folder = tempFolder();
const SAMPLE = ["--data", "sample", "-t", "rte", "--prompts", "paper", "-L", "4"];
let base: WeightsCheckpoint;
let deltas: Deltas;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  base = await openLlama(builtinFolder());
  deltas = await writeAdapter(join(folder, "one"), base, { weights: /(q|v)_proj\.weight$/ });
  await writeAdapter(join(folder, "two"), base, { weights: /_proj\.weight$/, seed: 2, rank: 8 });
  // Node itself says when a thread is started; the program knows nothing of it.
  const script = join(folder, "count-threads.mjs");
  writeFileSync(
    script,
    `import { subscribe } from "node:diagnostics_channel";
     import { appendFileSync } from "node:fs";
     subscribe("worker_threads", () => appendFileSync("threads", "1"));`,
  );
  env = { NODE_OPTIONS: `--import=${pathToFileURL(script).href}` };
});

const resultsOf = (name: string) => JSON.parse(readFileSync(join(folder, name, "results.json"), "utf8")) as Results;
describe("a base and two adapters", () => {
  test("run in one engine, the base as alone and an adapter as merged weights", async () => {
    await writeMerged(join(folder, "merged"), base, deltas);
    const pair = ["--base", "builtin", "--sft"];
    const { code, stderr } = await runCli(
      [...pair, "mnli=lora:./one", "--sft", "lora:two", ...SAMPLE, "-o", "out"],
      folder,
      env,
    );
    expect([code, stderr.trim().split("\n").length]).toEqual([0, 10]);
    expect(readFileSync(join(folder, "threads"), "utf8")).toBe("1");
    const whole = await runCli([...pair, "mnli=./merged", ...SAMPLE, "-o", "whole"], folder, env);
    expect(whole.code).toBe(0);
    expect(readFileSync(join(folder, "threads"), "utf8")).toBe("111");

    const { checkpoints, cells, comparisons } = resultsOf("out");
    const [before] = checkpoints;
    expect(before?.hashes).toEqual(resultsOf("whole").checkpoints[0]?.hashes);
    expect(checkpoints.slice(1)).toMatchObject(
      [["one", "lora:./one", "mnli"] as const, ["two", "lora:two", null] as const].map(([name, spec, sft_task]) => ({
        ...before,
        name,
        spec,
        sft_task,
        stage: "sft",
        base: "builtin",
        hashes: {
          tokenizer: before?.hashes?.tokenizer,
          weights: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          config: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
      })),
    );
    expect(new Set(checkpoints.map(({ hashes }) => hashes?.weights)).size).toBe(3);
    expect(cells).toHaveLength(9);
    expect(comparisons.map(({ base: of, sft }) => [of, sft])).toEqual([
      ["builtin", "one"],
      ["builtin", "two"],
    ]);
    const [out, separate] = [await storedRows(join(folder, "out")), await storedRows(join(folder, "whole"))];
    const rowsOf = (rows: typeof out, checkpoint: string, prompt: string) =>
      rows.get(`${checkpoint} rte ${prompt}`) ?? [];
    for (const prompt of ["default", "instruct", "io"]) {
      expect(rowsOf(out, "builtin", prompt)).toEqual(rowsOf(separate, "builtin", prompt));
      const merged = rowsOf(separate, "merged", prompt);
      rowsOf(out, "one", prompt).forEach(({ logprobs }, i) => {
        const expected = merged[i]?.logprobs ?? [];
        expect(logprobs).toHaveLength(expected.length);
        logprobs?.forEach((value, j) => {
          expect(Math.abs(value - (expected[j] ?? NaN))).toBeLessThan(1e-4);
        });
        expect(logprobs).not.toEqual(rowsOf(out, "builtin", prompt)[i]?.logprobs);
      });
    }
  });

  test("--dry-run counts all three", async () => {
    const args = ["--base", "builtin", "--sft", "lora:one", "--sft", "lora:two", ...SAMPLE, "--dry-run", "--json"];
    const { code, stdout } = await runCli([...args, "--quiet"], folder);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cells: 9,
      work: [{ checkpoint: "builtin" }, { checkpoint: "one" }, { checkpoint: "two" }],
    });
  });
});

describe("is refused in one line", () => {
  test.each([
    ["without a base", ["-m", "lora:one"], 2, "--model lora:one: a LoRA adapter runs on its base; give --base CHECKPOINT --sft lora:one"],
    ["that is not there", ["--base", "builtin", "--sft", "lora:gone"], 2, "lora:gone: no such folder, and not a hub id (ORG/NAME or ORG/NAME@revision); did you mean \"one\"?; a LoRA adapter is what PEFT's save_pretrained wrote"],
    ["that is no adapter", ["--base", "builtin", "--sft", "lora:merged"], 1, `${join(folder, "merged")}: no adapter_config.json; PEFT's save_pretrained writes the folder of a LoRA adapter`],
  ])("an adapter %s", async (_, args, code, message) => {
    const result = await runCli([...args, ...SAMPLE, "--quiet"], folder);
    expect(result).toMatchObject({ code, stdout: "", stderr: `amuro-eval: ${message}\n` });
  });
}); // prettier-ignore
