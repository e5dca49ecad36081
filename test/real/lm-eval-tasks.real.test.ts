/**
 * Task files that come with lm-evaluation-harness, on real rows and a real checkpoint in ../shared: prompts,
 * log-likelihoods, texts and scores of its own (test/golden/lm-eval-tasks/harness.json).
 * LM_EVAL_TASKS names the folder lm_eval/tasks of an installed lm_eval 0.4.13.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/base/hash.js";
import { openEngine } from "../../src/engine/open.js";
import type { Engine } from "../../src/engine/types.js";
import { cellRequests } from "../../src/study/requests.js";
import { scoreRows } from "../../src/study/row-score.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import type { RowScore } from "../../src/metrics/row-score.js";
import type { Task } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { wordingsOf } from "../../src/templates/catalog.js";
import { variantOf } from "../../src/templates/variant.js";
import golden from "../golden/lm-eval-tasks/harness.json" with { type: "json" };
import { tempFolder } from "../support/temp-folder.js";

const shared = join(import.meta.dirname, "../../../shared");
const [model, data] = [join(shared, "models/stories260K-hf"), join(shared, "data/rows")];
const files = process.env["LM_EVAL_TASKS"] ?? "";
const TOLERANCE = 1e-4;
const ROWS = 4;

interface Golden {
  readonly rows: string;
  readonly prompts_sha256: string;
  readonly logprobs?: readonly (readonly number[])[];
  readonly texts_sha256?: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

type Row = Readonly<Record<string, unknown>>;
const pair = ({ sentence1, sentence2, label }: Row) => ({ premise: sentence1, hypothesis: sentence2, label });
/** Columns of the task's own dataset, where the rows have others. */
const CHANGES: Readonly<Record<string, (row: Row) => Row>> = {
  "super_glue/boolq/default.yaml": (row) => ({ ...row, label: Number(row["answer"]) }),
  "super_glue/boolq/seq2seq.yaml": (row) => ({ ...row, label: Number(row["answer"]) }),
  "super_glue/rte/default.yaml": pair,
  "super_glue/rte/t5-prompt.yaml": pair,
};

/** Returns the value of a metric of the harness, by what it is called here. */
function valueOf(task: Task, wanted: string, scores: readonly RowScore[]): number {
  const [here] = task.metrics.filter(({ name }) => name === wanted || name.startsWith(`${wanted}_class:`) || (wanted === "exact_match" && name.startsWith("exact_string"))); // prettier-ignore
  if (here === undefined) throw new Error(`no metric ${wanted}`);
  if (here.of === "row") return scores.reduce((sum, { metrics }) => sum + (metrics[here.name] ?? NaN), 0) / scores.length; // prettier-ignore
  const labels = task.answer.kind === "classification" ? task.answer.labels : [];
  return here.set(scores.map(({ gold, answer }) => ({ gold: gold ?? NaN, choice: Number(answer) })), labels).all; // prettier-ignore
}

const cases = Object.entries(golden.tasks as Readonly<Record<string, Golden>>);

describe.skipIf(!existsSync(model) || !existsSync(files))("task files of lm-evaluation-harness on real rows", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ folder: model, device: "cpu", threads: 1 });
  });
  afterAll(() => engine.close());

  test.each(cases)("%s", async (path, expected) => {
    const [task] = builtinRegistry().select([`lm-eval:${join(files, path)}`]);
    if (task === undefined) throw new Error("no task");
    const folder = join(tempFolder(), "rows");
    mkdirSync(folder);
    const lines = readFileSync(join(data, `${expected.rows}.jsonl`), "utf8")
      .split("\n")
      .slice(0, ROWS);
    const change = CHANGES[path] ?? ((row: Row) => row);
    const rows = lines.map((line) => `${JSON.stringify(change(JSON.parse(line) as Row))}\n`);
    writeFileSync(join(folder, `${task.name}.jsonl`), rows.join(""));
    const prepared = await prepareTaskRows(
      task,
      { kind: "folder", path: folder },
      { numFewshot: 0, limit: undefined, seed: 1 },
    );
    const [wording] = wordingsOf(task.family);
    if ("skipped" in prepared || wording === undefined) throw new Error("no rows or no prompt");

    const asked = cellRequests(prepared, variantOf(wording), "loglikelihood");
    const prompts = asked.requests.map(({ segments }) => segments.join(""));
    expect(sha256(prompts.map((text) => sha256(text.trimEnd())).join("\n"))).toBe(expected.prompts_sha256);
    const results =
      asked.kind === "generate" ? await engine.generate(asked.requests) : await engine.score(asked.requests);
    if (asked.kind === "generate") {
      const texts = (results as readonly { readonly text: string }[]).map(({ text }) => sha256(text.trim()));
      expect(texts).toEqual(expected.texts_sha256);
    } else {
      const scored = (results as Awaited<ReturnType<Engine["score"]>>).map(({ continuations }) =>
        continuations.map(({ logprob }) => logprob),
      );
      expect(scored.map(({ length }) => length)).toEqual(expected.logprobs?.map(({ length }) => length));
      const differences = scored.flat().map((value, i) => Math.abs(value - (expected.logprobs?.flat()[i] ?? NaN)));
      expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
    }
    const scores = scoreRows(prepared, asked, results);
    for (const [name, value] of Object.entries(expected.metrics)) {
      expect(valueOf(task, name.split(",")[0] ?? "", scores)).toBeCloseTo(value, 6);
    }
  });
});
