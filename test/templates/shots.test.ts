/** Tests which rows are shown: by number, draw, order and balance. */

import { describe, expect, test } from "vitest";
import { cellRequests } from "../../src/study/requests.js";
import { prepareTaskRows, shotsOf, type TaskRows } from "../../src/study/task-rows.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { templatesWith, wordingsOf } from "../../src/templates/catalog.js";
import { selectVariants } from "../../src/templates/selection.js";
import { drawShots } from "../../src/templates/shots.js";
import type { PromptVariant } from "../../src/templates/variant.js";

const NUM_FEWSHOT = 3;

async function prepared(name: string, words: string[]): Promise<{ rows: TaskRows; variants: PromptVariant[] }> {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  const wordings = wordingsOf(task.family);
  const space = { task, wordings, numFewshot: NUM_FEWSHOT, generated: task.answer.kind === "generation" };
  const variants = selectVariants(space, words);
  const rows = await prepareTaskRows(
    task,
    { kind: "sample" },
    { numFewshot: NUM_FEWSHOT, limit: 5, seed: 42 },
    variants,
  );
  if ("skipped" in rows) throw new Error(rows.skipped);
  return { rows, variants };
}
async function shotsFor(name: string, word: string): Promise<number[]> {
  const { rows, variants } = await prepared(name, [word]);
  return shotsOf(rows, variants[0] as PromptVariant).map(({ row }) => row);
}

describe("a variant's shots", () => {
  test("are the study's where it says nothing, whatever other variants show", async () => {
    const alone = await prepared("mnli_matched", ["io"]);
    const among = await prepared("mnli_matched", ["io", "draw:6", "default+shots=8"]);
    const [io] = alone.variants as [PromptVariant];
    expect(shotsOf(among.rows, io)).toEqual(alone.rows.shots);
    expect(among.rows.items).toEqual(alone.rows.items);
    const find = among.variants.find(({ id }) => id === "io") as PromptVariant;
    expect(cellRequests(among.rows, find, "loglikelihood")).toEqual(cellRequests(alone.rows, io, "loglikelihood"));
  });

  test("are as many as it says, the first ones the same", async () => {
    const eight = await shotsFor("rte", "default+shots=8");
    expect(eight).toHaveLength(8);
    expect(await shotsFor("rte", "default")).toEqual(eight.slice(0, 3));
    expect(await shotsFor("rte", "default+shots=1")).toEqual(eight.slice(0, 1));
    expect(await shotsFor("rte", "default+shots=0")).toEqual([]);
  });

  test("are others in another draw", async () => {
    const draws = await Promise.all([0, 1, 2, 3].map((draw) => shotsFor("rte", `default+draw=${draw}`)));
    expect(new Set(draws.map(String)).size).toBe(4);
    expect(await shotsFor("rte", "io+draw=2")).toEqual(draws[2]);
  });

  test("are the same rows in another order", async () => {
    const drawn = await shotsFor("rte", "default");
    expect(await shotsFor("rte", "default+shot-order=reversed")).toEqual([...drawn].reverse());
    expect(await shotsFor("rte", "default+shot-order=rotated-1")).toEqual([drawn[1], drawn[2], drawn[0]]);
  });

  test("hold as many of each label as can be where they are balanced", async () => {
    for (const draw of [0, 1, 2, 3, 4]) {
      const { rows, variants } = await prepared("mnli_matched", [`default+shots=6+balance=labels+draw=${draw}`]);
      const golds = shotsOf(rows, variants[0] as PromptVariant).map(({ example }) => "gold" in example && example.gold);
      expect([0, 1, 2].map((label) => golds.filter((gold) => gold === label).length)).toEqual([2, 2, 2]);
    }
  });

  test("that are more than there are rows skip the task, which says so", async () => {
    await expect(prepared("rte", ["default", "io+shots=9"])).rejects.toThrow("has 8 rows, too few for 9 shots");
  });

  test("are set apart by what it says", async () => {
    const { rows, variants } = await prepared("rte", ["io", "io+shot-separator=rule", "io+shot-separator=hashes"]);
    const first = variants.map(
      (variant) => cellRequests(rows, variant, "loglikelihood").requests[0]?.segments[0] ?? "",
    );
    expect(new Set(first.map((shot) => shot.trimEnd().replace(/\s*(---|###)$/, ""))).size).toBe(1);
    expect(first.map((shot) => /\s*(---|###)?\s*$/.exec(shot)?.[0])).toEqual(["\n", "\n---\n", "\n\n###\n\n"]);
  });
});

test("of a task without train rows, no row that any variant shows is evaluated", async () => {
  const [task] = builtinRegistry().select(["rte"]);
  if (task === undefined) throw new Error("rte");
  const { mkdirSync, writeFileSync } = await import("node:fs");
  const { tempFolder } = await import("../support/temp-folder.js");
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  const lines = Array.from({ length: 20 }, (_, i) =>
    JSON.stringify({ sentence1: `a${i}`, sentence2: "b", label: i % 2 }),
  );
  writeFileSync(`${folder}/rte.jsonl`, lines.join("\n"));
  const wordings = templatesWith([]).get("nli") ?? [];
  const variants = selectVariants({ task, wordings, numFewshot: 2, generated: false }, ["draw:4", "default+shots=5"]);
  const options = { numFewshot: 2, limit: undefined, seed: 42 };
  const rows = await prepareTaskRows(task, { kind: "folder", path: folder }, options, variants);
  if ("skipped" in rows) throw new Error(rows.skipped);
  const shown = new Set(variants.flatMap((variant) => shotsOf(rows, variant).map(({ row }) => row)));
  // Further draws share a pool of rows, so that many draws leave rows to evaluate.
  expect(shown.size).toBe(5);
  expect(rows.items.map(({ row }) => row)).toEqual(
    Array.from({ length: 20 }, (_, i) => i).filter((row) => !shown.has(row)),
  );
});

test("balanced shots are rare labels first come, first served", () => {
  const pool = ["a", "a", "a", "a", "a", "b"].map((label, i) => ({ label, i }));
  const labelOf = ({ label }: { label: string }) => "ab".indexOf(label);
  const draw = (count: number) =>
    drawShots(pool, count, { balanced: true }, { seed: 1, task: "t", labelOf }).map(({ label }) => label);
  expect(draw(2).sort()).toEqual(["a", "b"]);
  expect(draw(4).sort()).toEqual(["a", "a", "a", "b"]);
  expect(draw(9)).toHaveLength(6);
});
