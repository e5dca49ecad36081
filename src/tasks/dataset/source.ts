/** Makes a task of a dataset that has none: `hub:ORG/DATASET[:CONFIG]@REV` or `file:PATH`, with the columns to ask. */

import { didYouMean, UsageError } from "../../base/errors.js";
import { loadRows, type DataSource, type Row } from "../../datasets/index.js";
import type { Answer, Example, TaskDefinition } from "../contract.js";
import type { Family } from "../families/family.js";
import type { AskedColumns, RowSettings, RowTaskSource } from "../source.js";
import { slug } from "../task-name.js";
import { choiceColumns } from "./choices.js";
import { checkColumn, columnsOf, fieldColumns, fieldsIn, textIn, valueIn } from "./columns.js";
import { labelColumn } from "./labels.js";
import { fileDataset, hubDataset, type PlacedDataset } from "./place.js";

export const hubSource: RowTaskSource = {
  name: "hub",
  read: async (path, settings) => {
    const { data } = settings;
    const offline = data.kind === "hub" && data.offline;
    const placed = await hubDataset(path, offline);
    return taskOf("hub", placed, settings, data.kind === "folder" ? data : { kind: "hub", offline });
  },
};

export const fileSource: RowTaskSource = {
  name: "file",
  read: async (path, settings) => taskOf("file", await fileDataset(path), settings, settings.data),
};

/** @throws UsageError where a flag is missing or names no column */
async function taskOf(
  kind: string,
  { source, name, dataset, labelNames, notes }: PlacedDataset,
  { asked, families }: RowSettings,
  data: DataSource,
): Promise<TaskDefinition> {
  if (asked.family === undefined) {
    const names = families.all().map((one) => one.name);
    throw new UsageError(`${source}: --family says how its rows are asked; known: ${names.join(", ")}`);
  }
  const family = families.named(asked.family, `--family ${asked.family}`);
  const taskName = `${kind}_${slug(name)}`;
  const loaded = await loadRows(taskName, dataset, data);
  if ("skipped" in loaded) throw new UsageError(`${source}: ${loaded.skipped}`);
  const { evalRows, trainRows = [] } = loaded;
  const rows = [...evalRows, ...trainRows];
  const columns = columnsOf(evalRows);
  const fields = fieldColumns(family, asked.fields, columns, source);
  if (asked.label === undefined)
    throw new UsageError(`${source}: --label names the column of the right answer${didYouMean("label", columns)}`);
  checkColumn(columns, asked.label, `--label ${asked.label}`, source);
  for (const choice of asked.choices) checkColumn(columns, choice, `--choices ${choice}`, source);
  const { answer, metrics, note, allowed, of } = answerOf(family, asked, asked.label, rows, labelNames);
  const description = allowed === undefined ? dataset.description : { ...dataset.description, labels: { column: asked.label, values: allowed } }; // prettier-ignore
  return {
    name: taskName,
    description: `Rows of ${source}, asked as ${family.name}.`,
    family: family.name,
    dataset: { ...description, ...(dataset.files === undefined ? {} : { files: dataset.files }) },
    answer,
    metrics,
    notes: [...notes, ...(note === undefined ? [] : [note])],
    toExample: (row) => ({ fields: fieldsIn(row, fields), ...of(row) }) as Example,
  };
}

interface Answering {
  readonly answer: Answer;
  readonly metrics: readonly string[];
  readonly note?: string;
  /** Values that the column of labels may hold; undefined where it is not a column of its own. */
  readonly allowed?: readonly (string | number | boolean)[];
  readonly of: (row: Row) => object;
}

function answerOf(
  family: Family,
  { choices, labels }: AskedColumns,
  label: string,
  rows: readonly Row[],
  named: PlacedDataset["labelNames"],
): Answering {
  const { kinds } = family.answer;
  if (choices.length > 0) {
    if (labels.length > 0) throw new UsageError("--choices and --labels: a row has choices of its own or one of the labels; leave one out"); // prettier-ignore
    const { of, note } = choiceColumns(choices, label, rows);
    return { answer: { kind: "multiple-choice" }, metrics: ["acc_norm"], note, of };
  }
  // A family that also asks for free text is answered with labels where there are some.
  const isLabelled = labels.length > 0 || named.has(label) || !kinds.includes("generation");
  if (kinds.includes("classification") && isLabelled) {
    const found = labelColumn({ flag: `--label ${label}`, values: rows.map((row) => valueIn(row, label)), given: labels, named: named.get(label) }); // prettier-ignore
    return {
      answer: { kind: "classification", labels: found.labels },
      metrics: ["acc"],
      note: found.note,
      ...(label.includes(".") ? {} : { allowed: [...found.indexOf.keys()] }),
      of: (row) => ({ gold: found.indexOf.get(valueIn(row, label) as string) ?? -1 }),
    };
  }
  if (labels.length > 0)
    throw new UsageError(`--labels: the family ${family.name} is not answered with labels; choose another --family`);
  if (!kinds.includes("generation"))
    throw new UsageError(`the family ${family.name} asks for one of the choices of a row; give --choices`);
  return generated(family, label);
}

/** Reads texts that count as right: one, or a list of several. */
function generated({ name }: Family, label: string): Answering {
  const isNumber = name === "word_problems";
  const isLong = ["summarization", "translation", "question_generation"].includes(name);
  return {
    answer: {
      kind: "generation",
      maxNewTokens: isNumber ? 256 : isLong ? 60 : 32,
      stop: isNumber ? ["\n\n"] : ["\n"],
      ...(isNumber ? { extract: "last-number" as const } : {}),
    },
    metrics: isNumber ? ["number_match"] : isLong ? ["rouge_l"] : ["exact_match", "f1"],
    of: (row) => {
      const value = valueIn(row, label);
      return { references: Array.isArray(value) ? value.map(String) : [textIn(row, label)] };
    },
  };
}
