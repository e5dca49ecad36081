/** Tasks made of datasets that have none: rows of a hub on this machine, of files and of folders. */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { messageOf } from "../../../src/base/errors.js";
import type { DataSource } from "../../../src/datasets/index.js";
import { prepareTaskRows } from "../../../src/study/task-rows.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import type { AskedColumns } from "../../../src/tasks/source.js";
import { startHub, type FakeRepo, type HubServer } from "../../support/hub-server.js";
import { tempFolder } from "../../support/temp-folder.js";

const PARQUET = readFileSync(join(import.meta.dirname, "../../fixtures/parquet/label_names.parquet"));
const jsonl = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const MOODS = ["good", "bad", "good", "bad", "good", "bad"].map((mood, i) => ({ sentence: `Film ${i}`, mood }));
const CARD = `---
configs:
- config_name: short
  data_files:
  - split: train
    path: short/train.jsonl
  - split: test
    path: short/rest-*.jsonl
- config_name: long
  data_files: long/*.jsonl
dataset_info:
- config_name: short
  features:
  - name: text
    dtype: string
  - name: stars
    dtype:
      class_label:
        names:
          '0': one star
          '1': two stars
---
# Films
`;
const star = (name: string, stars: readonly number[]) => jsonl(stars.map((one, i) => ({ text: `${name} ${i}`, stars: one }))); // prettier-ignore
const common = { type: "dataset", commit: "c".repeat(40), branches: ["main", "v1"] } as const;
const REPOS: FakeRepo[] = [
  {
    ...common,
    branches: [...common.branches],
    id: "org/films",
    files: {
      "README.md": CARD,
      "short/train.jsonl": star("train", [0, 1, 0]),
      "short/rest-0.jsonl": star("rest", [1]),
      "short/rest-1.jsonl": star("more", [0, 1]),
      "long/all.jsonl": star("long", [0, 1]),
    },
  },
  { ...common, branches: [...common.branches], id: "org/moods", files: { "data/validation-00000-of-00001.parquet": PARQUET, "data/train-00000-of-00001.parquet": PARQUET } }, // prettier-ignore
  { ...common, branches: [...common.branches], id: "org/script", files: { "films.py": "print()" } },
]; // prettier-ignore

let hub: HubServer;
let folder: string;
beforeAll(async () => {
  hub = await startHub(REPOS);
  folder = tempFolder();
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", join(folder, "cache"));
  vi.stubEnv("HF_HUB_OFFLINE", "0");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

type Given = Partial<AskedColumns>;
const HUB: DataSource = { kind: "hub", offline: false };

async function opened(task: string, given: Given, data = HUB) {
  const registry = builtinRegistry();
  await registry.open([task], { asked: { fields: [], labels: [], choices: [], ...given }, data });
  const [found] = registry.select([task]);
  if (found === undefined) throw new Error("no task");
  const rows = await prepareTaskRows(found, data, { numFewshot: 0, limit: undefined, seed: 1 });
  if ("skipped" in rows) throw new Error(rows.skipped);
  return { task: found, items: rows.items.map(({ example }) => example), rows };
}

const refusal = (task: string, given: Given) =>
  opened(task, given).then(
    () => "nothing was refused",
    (error: unknown) => messageOf(error),
  );

function fileOf(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return `file:${join(folder, name)}`;
}

const films: Given = { family: "text_classification", label: "stars" };
const moods: Given = { family: "text_classification", fields: ["text=sentence"], label: "mood" };

test("a dataset of the hub is a task: files and splits of its card, labels of its dataset_info", async () => {
  const { task, items, rows } = await opened("hub:org/films:short@v1", films);
  expect(task.name).toBe("hub_films_short");
  expect(task.answer).toEqual({ kind: "classification", labels: ["one star", "two stars"] });
  expect(items.map(({ fields }) => fields["text"])).toEqual(["rest 0", "more 0", "more 1"]);
  expect(items.map((one) => "gold" in one && one.gold)).toEqual([1, 0, 1]);
  expect(rows.loaded).toMatchObject({ origin: "hub", revision: "c".repeat(40), trainSource: "org/films@v1 short/train.jsonl" }); // prettier-ignore
  expect(task.notes.join()).toContain('the split "test" is evaluated (of train, test), shots are of "train"');
});

test("names of labels are read from what `datasets` writes into Parquet, files are found by their names", async () => {
  const { task, items } = await opened("hub:org/moods@main", moods);
  expect(task.answer).toEqual({ kind: "classification", labels: ["bad", "good", "mixed"] });
  expect(items.map((one) => "gold" in one && one.gold)).toEqual([1, 0, 1, 0, 2, 2]);
  const local = await opened(fileOf("moods.parquet", PARQUET), moods);
  expect(local.task.answer).toEqual(task.answer);
  expect(local.items).toEqual(items);
});

test("what the hub has not is refused with the nearest configuration, split or revision of converted files", async () => {
  expect(await refusal("hub:org/films@main", films)).toBe("org/films@main has several configurations; name one of short, long"); // prettier-ignore
  expect(await refusal("hub:org/films:shot@main", films)).toContain('has no configuration "shot"; did you mean "short"?'); // prettier-ignore
  expect(await refusal("hub:org/films:short@v1#tests", films)).toContain('has no split "tests"; did you mean "test"?');
  expect(await refusal("hub:org/script@main", films)).toContain("use @refs/convert/parquet");
  expect(await refusal("hub:org/none@main", films)).toContain("org/none");
});

test("labels without names are the texts of the column; numbers need --labels, in order or by value", async () => {
  const texts = await opened(fileOf("texts.jsonl", jsonl(MOODS)), moods);
  expect(texts.task.answer).toEqual({ kind: "classification", labels: ["bad", "good"] });
  expect(texts.task.notes).toContain("labels are the values of the column, in the order of the alphabet: bad, good");
  const numbers = fileOf("numbers.csv", `sentence,mood\n${MOODS.map(({ mood }, i) => `Film ${i},${mood === "good" ? 4 : 2}\n`).join("")}`); // prettier-ignore
  expect(await refusal(numbers, moods)).toContain("--label mood: the labels are numbers (2, 4) and the dataset does not name them; give --labels"); // prettier-ignore
  for (const labels of [
    ["poor", "fine"],
    ["4=fine", "2=poor"],
  ]) {
    const { task, items } = await opened(numbers, { ...moods, labels });
    const names = task.answer.kind === "classification" ? task.answer.labels : [];
    expect(items.map((one) => ("gold" in one ? names[one.gold] : ""))).toEqual(["fine", "poor", "fine", "poor", "fine", "poor"]); // prettier-ignore
  }
  expect(await refusal(numbers, { ...moods, labels: ["2=poor", "5=fine"] })).toContain("no name for the value 4");
  expect(await refusal(numbers, { ...moods, label: "sentence" })).toContain("6 different values");
});

test("hidden labels of a few rows are refused, and those of a whole split", async () => {
  const some = fileOf("some.jsonl", jsonl([...MOODS, { sentence: "x", mood: null }]));
  expect(await refusal(some, moods)).toContain("a hidden label?");
  const all = fileOf("all.jsonl", jsonl(MOODS.map((row) => ({ ...row, mood: -1 }))));
  expect(await refusal(all, moods)).toBe("--label mood: no row has a label there; use another split");
});

test("a column, field or family that is not there is refused with the nearest one", async () => {
  const file = fileOf("near.jsonl", jsonl(MOODS));
  expect(await refusal(file, { ...moods, label: "mod" })).toMatch(/has no column "mod"; did you mean "mood"\?$/);
  expect(await refusal(file, { ...moods, fields: ["text=sentense"] })).toMatch(/did you mean "sentence"\?$/);
  expect(await refusal(file, { ...moods, fields: ["txt=sentence"] })).toMatch(/no field "txt"; did you mean "text"\?$/);
  expect(await refusal(file, { ...moods, fields: ["sentence"] })).toContain("expected FIELD=COLUMN");
  expect(await refusal(file, { ...moods, fields: [] })).toContain("give --fields text=COLUMN");
  expect(await refusal(file, { ...moods, family: "text_classificatoin" })).toContain('did you mean "text_classification"?'); // prettier-ignore
  expect(await refusal(file, { ...moods, family: undefined })).toContain("--family says how its rows are asked");
  expect(await refusal("boolq", moods)).toContain("--family goes with --task hub:ORG/DATASET or --task file:PATH");
});

const asQuestions: Given = { family: "multiple_choice", label: "right" };
const quiz = (rights: readonly unknown[]) => rights.map((right, i) => ({ question: `Which? ${i}`, a: "red", b: "blue", c: "green", list: ["red", "blue", "green"], right })); // prettier-ignore

test.each([
  ["letters", ["A", "c", "B"]],
  ["texts", ["red", "green", "blue"]],
  ["numbers from 0", [0, 2, 1]],
  ["numbers from 1", [1, 3, 2]],
])("the right choice may be named by %s", async (name, rights) => {
  const file = fileOf(`${name}.jsonl`, jsonl(quiz(rights)));
  for (const choices of [["list"], ["a", "b", "c"]]) {
    const { items } = await opened(file, { ...asQuestions, choices });
    expect(items.map((one) => "gold" in one && one.gold)).toEqual([0, 2, 1]);
  }
});

test("numbers that may count from 0 or 1, and answers that are no choice, are refused", async () => {
  const choices = ["list"];
  expect(await refusal(fileOf("unclear.jsonl", jsonl(quiz([1, 2, 1]))), { ...asQuestions, choices })).toContain("may count from 0 or from 1 on"); // prettier-ignore
  expect(await refusal(fileOf("both.jsonl", jsonl(quiz([0, 3, 1]))), { ...asQuestions, choices })).toContain("neither from 0 nor from 1"); // prettier-ignore
  expect(await refusal(fileOf("other.jsonl", jsonl(quiz(["red", "black"]))), { ...asQuestions, choices })).toMatch(/row 2.*"black" is none of the 3 choices/); // prettier-ignore
  expect(await refusal(fileOf("one.jsonl", jsonl(quiz(["red"]))), { ...asQuestions, choices: ["a", "d"] })).toContain('--choices d'); // prettier-ignore
});

test("a folder of splits gives rows and shots; a file takes NAME.train beside it", async () => {
  const place = join(folder, "films");
  mkdirSync(place);
  writeFileSync(join(place, "train.jsonl"), jsonl(MOODS.map(({ mood }, i) => ({ sentence: `Shot ${i}`, mood }))));
  writeFileSync(join(place, "films-test.jsonl"), jsonl(MOODS));
  const whole = await opened(`file:${place}`, moods);
  expect(whole.task.name).toBe("file_films");
  expect(whole.rows.loaded.evalSource).toBe(join(place, "films-test.jsonl"));
  expect(whole.rows.loaded.trainSource).toBe(join(place, "train.jsonl"));
  expect((await opened(`file:${place}#train`, moods)).rows.loaded.evalSource).toBe(join(place, "train.jsonl"));
  expect(await refusal(`file:${place}#dev`, moods)).toContain('has no split "dev"');
  fileOf("beside.train.jsonl", jsonl(MOODS));
  const { rows } = await opened(fileOf("beside.jsonl", jsonl(MOODS)), moods);
  expect(rows.loaded.trainSource).toBe(join(folder, "beside.train.jsonl"));
});

test("folders of save_to_disk are read with the names of their labels, shards in their order", async () => {
  const place = join(import.meta.dirname, "../../fixtures/arrow/saved");
  const asked = { family: "text_classification", fields: ["text=when"], label: "label" };
  const { task, rows } = await opened(`file:${place}`, asked);
  expect(task.answer).toMatchObject({ labels: ["bad", "good"] });
  expect(rows.loaded).toMatchObject({ evalSource: join(place, "validation"), trainSource: join(place, "train") });
  expect((await opened(`file:${join(place, "train")}`, asked)).task.answer).toMatchObject({ labels: ["bad", "good"] });
  // As the cache of the hub has the files.
  const cached = join(folder, "cached");
  mkdirSync(cached);
  for (const i of [0, 1])
    cpSync(join(place, `train/data-0000${i}-of-00002.arrow`), join(cached, `ds-train-0000${i}-of-00002.arrow`));
  const shards = [0, 1].map((i) => join(cached, `ds-train-0000${i}-of-00002.arrow`));
  expect((await opened(`file:${cached}`, asked)).rows.loaded.evalSource).toBe(shards.join(", "));
  writeFileSync(join(cached, "ds-train-00002-of-00003.arrow"), "");
  expect(await refusal(`file:${cached}`, asked)).toContain('several files are rows of the split "train"');
});

test("a family of free text takes one right text or several", async () => {
  const rows = [
    { question: "Who?", answers: ["Ada", "Ada L."] },
    { question: "When?", answers: ["1843"] },
  ];
  const { task, items } = await opened(fileOf("qa.jsonl", jsonl(rows)), { family: "open_qa", label: "answers" });
  expect(task.metrics.map(({ name }) => name)).toEqual(["exact_match", "f1"]);
  expect(items.map((one) => "references" in one && one.references)).toEqual([["Ada", "Ada L."], ["1843"]]);
});
