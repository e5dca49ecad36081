/** Log-likelihoods of lm-evaluation-harness (test/golden/lm-eval), on real rows and a real checkpoint in ../shared. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEngine } from "../../src/engine/open.js";
import type { Engine } from "../../src/engine/types.js";
import { sha256 } from "../../src/base/hash.js";
import { cellRequests } from "../../src/study/requests.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import golden from "../golden/lm-eval/loglikelihoods.json" with { type: "json" };
import { variantsOfFamily } from "../support/families.js";

const shared = join(import.meta.dirname, "../../../shared");
const [model, data] = [join(shared, "models/stories260K-hf"), join(shared, "data/rows")];
const TOLERANCE = 1e-3;
const SHOTS = 2;

const cases = Object.entries(golden).flatMap(([name, { rows, cells }]) =>
  cells.map((cell) => ({ name, rows, title: `${name}, ${cell.prompt}, ${cell.shots} shots`, ...cell })),
);

describe.skipIf(!existsSync(model) || !existsSync(data))("lm-evaluation-harness on real rows", () => {
  let engine: Engine;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lm-eval-"));
    for (const [name, { rows }] of Object.entries(golden)) {
      await copyRows(`${name}.jsonl`, rows.length);
      await copyRows(`${name}.train.jsonl`, SHOTS);
    }
    engine = await openEngine({ folder: model, device: "cpu", threads: 0 });
  });
  afterAll(async () => {
    await engine.close();
    await rm(folder, { recursive: true });
  });

  async function copyRows(name: string, count: number): Promise<void> {
    const lines = (await readFile(join(data, name), "utf8")).split("\n").slice(0, count);
    await writeFile(join(folder, name), `${lines.join("\n")}\n`);
  }

  test.each(cases)("$title", async ({ name, rows: hashes, prompt, shots, prompts_sha256, logprobs }) => {
    const [task] = builtinRegistry().select([name]);
    if (task === undefined) throw new Error(`no task ${name}`);
    const options = { numFewshot: shots, limit: undefined, seed: 42 };
    const rows = await prepareTaskRows(task, { kind: "folder", path: folder }, options);
    const variant = variantsOfFamily(task.family).find(({ id }) => id === prompt);
    if ("skipped" in rows || variant === undefined) throw new Error(`no rows or no prompt for ${name}`);
    expect(rows.items.map(({ hash }) => hash)).toEqual(hashes);

    const asked = cellRequests(rows, variant, "loglikelihood");
    if (asked.kind !== "score") throw new Error("log-likelihoods expected");
    const promptHashes = asked.requests.map(({ segments }) => sha256(segments.join("")));
    expect(sha256(promptHashes.join("\n")), "the prompts are those that lm-evaluation-harness was given").toBe(
      prompts_sha256,
    );

    const results = await engine.score(asked.requests);
    const scored = results.map(({ continuations }) => continuations.map(({ logprob }) => logprob));
    expect(scored.map(({ length }) => length)).toEqual(logprobs.map(({ length }) => length));
    const differences = scored.flat().map((value, i) => Math.abs(value - (logprobs.flat()[i] as number)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(TOLERANCE);
  });
});
