/** Rows as they are trained on. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodePair } from "../../../src/engine/text/pair.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import { drawTrainingRows, encodeRow } from "../../../src/sft/data/task-data.js";
import type { Task } from "../../../src/tasks/contract.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { tempFolder } from "../../support/temp-folder.js";
import { tinyTokenizer } from "../../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../../support/user-error.js";
import { familyNamed, variantsOfFamily } from "../../support/families.js";

const tokenizer = new TextTokenizer(tinyTokenizer(), { eos_token: "</s>" }, 0);
function taskOf(name: string): Task {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(`no task ${name}`);
  return task;
}

describe("a row in a prompt", () => {
  test("is the prompt, the answer as it is scored, and the token that ends it", () => {
    const task = taskOf("paws");
    const variant = variantsOfFamily(familyNamed("paraphrase"))[0] as ReturnType<typeof variantsOfFamily>[number];
    const fields = { sentence1: "A cat sat.", sentence2: "A cat is true." };
    const example = encodeRow(tokenizer, task, variant, { row: 0, example: { fields, gold: 1 } });
    expect(example.text).toEqual({
      prompt: "### Input_1: A cat sat.\n ### Input_2: A cat is true.\n ### Paraphrase Classification:",
      completion: " yes",
    });
    const { prompt } = example.text as { prompt: string };
    const { contextIds, continuationIds } = encodePair(tokenizer, `${prompt} `, "yes");
    expect(example.ids).toEqual([...contextIds, ...continuationIds, 1]);
    expect(example.answers).toEqual([[contextIds.length, example.ids.length]]);
  });
});

describe("the rows of a train split", () => {
  const folder = tempFolder();
  const row = (i: number) => JSON.stringify({ sentence1: `a${i}`, sentence2: "b", label: i % 2 });
  const write = async (name: string, from: number, to: number) => {
    const rows = Array.from({ length: to - from }, (_, i) => row(from + i));
    await writeFile(join(folder, name), rows.map((text) => `${text}\n`).join(""));
  };
  const draw = (rows: number, seed = 1, holdOut = true) =>
    drawTrainingRows(taskOf("paws"), { kind: "folder", path: folder }, { rows, seed, holdOut });

  test("are drawn by the seed, without those that are evaluated, some of them held out", async () => {
    await write("paws.jsonl", 0, 10);
    await write("paws.train.jsonl", 5, 45);
    const drawn = await draw(20);
    const rows = [...drawn.train, ...drawn.heldOut].map((item) => item.row);
    expect(drawn.available).toBe(35);
    expect(drawn.train.length).toBe(20);
    expect(drawn.heldOut.length).toBe(15);
    expect(new Set(rows).size).toBe(35);
    expect(Math.min(...rows)).toBe(5);
    expect(await draw(20)).toEqual(drawn);
    expect((await draw(20, 2)).train).not.toEqual(drawn.train);
    const all = await draw(Infinity);
    expect([all.train.length, all.heldOut.length]).toEqual([32, 3]);
    expect((await draw(Infinity, 1, false)).train.length).toBe(35);
  });

  test("are refused where there is no train split, or nothing but evaluated rows", async () => {
    const path = tempFolder();
    await writeFile(join(path, "paws.jsonl"), `${row(1)}\n`);
    const ask = () => drawTrainingRows(taskOf("paws"), { kind: "folder", path }, { rows: 5, seed: 1, holdOut: true });
    expectUserError(await failureOf(ask), "paws has no train split", "paws.train.jsonl");
    await writeFile(join(path, "paws.train.jsonl"), `${row(1)}\n`);
    expectUserError(await failureOf(ask), "has 0 rows to train on");
  });
});
