/**
 * Reads the result files that the authors of Sun & Dredze 2024 (arXiv:2408.06663) released, as a table of means.
 *
 * Neither file has a metric, and one name means different tasks in the two: the first was scored by ROUGE-L (summaries
 * and questions) or by the likeliest label, the second by ranking choices.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { messageOf, UserError } from "../base/errors.js";
import { textOf } from "../base/utf8.js";
import { cellKey, type TableCell } from "./long-table.js";

const PAPER_FILES = { tuned: "all_perf_table.csv", ranked: "official_eval_table.csv" } as const;

export interface PaperResults {
  readonly cells: readonly TableCell[];
  /** Lines that were left out, and why. */
  readonly notes: readonly string[];
}

/** Holds facts of one file that its lines do not say. */
interface FileFacts {
  readonly file: string;
  /** Shots of a model whose name does not tell. */
  readonly shots: number;
  readonly task: (name: string) => string;
  readonly metric: (task: string) => string;
  readonly columns: readonly string[];
}

const GENERATED = ["xsum", "xlsum", "cnn_dailymail", "socialiqa", "sciq", "tweetqa"];
const RANKED_NAMES: Readonly<Record<string, string>> = { sciq: "sciq_mcq", qqp: "qqp_ranked", rte: "rte_ranked" };

/** Sets the rows of the splits that the second file was scored on, which gives no standard errors. */
const ROWS: Readonly<Record<string, number>> = {
  arc_challenge: 299,
  arc_easy: 570,
  boolq: 3270,
  hellaswag: 10_042,
  openbookqa: 500,
  sciq_mcq: 1000,
};

const TUNED: FileFacts = {
  file: PAPER_FILES.tuned,
  shots: 0,
  task: (name) => (name === "cnn" ? "cnn_dailymail" : name),
  metric: (task) => (GENERATED.includes(task) ? "rouge_l" : "acc"),
  columns: ["model_id", "eval dataset", "Performance", "std"],
};
const RANKED: FileFacts = {
  file: PAPER_FILES.ranked,
  shots: 4,
  task: (name) => RANKED_NAMES[name] ?? name,
  metric: () => "acc",
  columns: ["model_id", "eval dataset", "Performance"],
};

/** Lists the learning rate of each task's fine-tuning; a checkpoint tuned with another is not of the experiment. */
const LEARNING_RATES: Readonly<Record<string, string>> = {
  mnli: "2e-6",
  paws: "2e-6",
  socialiqa: "2e-6",
  tulu: "2e-6",
  xsum: "2e-7",
};

/**
 * @param folder that holds the two files
 * @throws UserError when one is not there or a line is not understood
 */
export function readPaperResults(folder: string): PaperResults {
  const read = (facts: FileFacts) => parsePaperFile(fileText(join(folder, facts.file)), facts);
  return withoutRepeats([...read(TUNED), ...read(RANKED)]);
}

type Line = { readonly where: string } & ({ readonly cell: TableCell } | { readonly leftOut: string });

function withoutRepeats(lines: readonly Line[]): PaperResults {
  const seen = new Map<string, { readonly where: string; readonly value: number }>();
  const cells: TableCell[] = [];
  const notes: string[] = [];
  for (const line of lines) {
    if ("leftOut" in line) {
      notes.push(`${line.where}: left out, ${line.leftOut}`);
      continue;
    }
    const before = seen.get(cellKey(line.cell));
    if (before) {
      notes.push(
        `${line.where}: left out, ${line.cell.value} where ${before.where} has ${before.value} for the same cell`,
      );
      continue;
    }
    seen.set(cellKey(line.cell), { where: line.where, value: line.cell.value });
    cells.push(line.cell);
  }
  return { cells, notes };
}

function fileText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${messageOf(error)}); name the folder of ${PAPER_FILES.tuned} and ${PAPER_FILES.ranked}`); // prettier-ignore
  }
  return textOf(bytes, path);
}

function parsePaperFile(text: string, facts: FileFacts): Line[] {
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    records = parse(text, { bom: true, columns: true, info: true, skip_empty_lines: true, record_delimiter: ["\r\n", "\n"] }); // prettier-ignore
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`${facts.file}: not valid CSV (${messageOf(error)})`);
  }
  const missing = facts.columns.find((name) => records[0] !== undefined && !(name in records[0].record));
  if (missing !== undefined) throw new UserError(`${facts.file}: no column "${missing}"; is this the released file?`);
  return records.map(({ record, info }) => lineOf(record, `${facts.file}, line ${info.lines}`, facts));
}

function lineOf(record: Record<string, string>, where: string, facts: FileFacts): Line {
  const model = modelOf(record["model_id"] ?? "", facts);
  if (model === undefined)
    throw new UserError(`${where}: model "${record["model_id"] ?? ""}" is none of the experiment`);
  if ("leftOut" in model) return { where, leftOut: model.leftOut };
  const [name, prompt] = datasetOf(record["eval dataset"] ?? "");
  const task = facts.task(name);
  const number = (column: string) => {
    const value = Number(record[column]);
    if (record[column]?.trim() === "" || !(value >= 0 && value <= 1)) {
      throw new UserError(`${where}: ${column} is "${record[column] ?? ""}", expected a number from 0 to 1`);
    }
    return value;
  };
  const ranked = facts === RANKED;
  return {
    where,
    cell: {
      ...model,
      task,
      prompt,
      metric: facts.metric(task),
      value: number("Performance"),
      std: ranked ? null : number("std"),
      n: ranked ? (ROWS[task] ?? null) : null,
    },
  };
}

type Model = Pick<TableCell, "checkpoint" | "step" | "stage" | "sft_task" | "shots">;

/** Finds the model that a name means; undefined for an unknown form. */
function modelOf(id: string, facts: FileFacts): Model | { readonly leftOut: string } | undefined {
  const [, name = id, given] = /^(.*)_(\d+)shots$/.exec(id) ?? [];
  const shots = given === undefined ? facts.shots : Number(given);
  const point = (step: string) =>
    step === "main" ? { checkpoint: "main", step: null } : { checkpoint: `step${step}`, step: Number(step) };
  const [, base] = /^(?:olmo1b_)?checkpoint-(\d+)(?:_original_hf)?$/.exec(name) ?? [];
  if (base !== undefined) return { ...point(base), stage: "base", sft_task: null, shots };
  if (name === "olmo1b_original_hf") return { ...point("main"), stage: "base", sft_task: null, shots };
  if (/^olmo1b_checkpoint-\d+_original$/.test(name))
    return { leftOut: "not the checkpoint in the format of the others" };
  const [, step, task, rate] = /^olmo1b_hf_(?:ckpt(?=\d))?(\d+|main)_([a-z]+)_\d+epoch_(\de-\d)$/.exec(name) ?? [];
  if (step === undefined || task === undefined || !(task in LEARNING_RATES)) return undefined;
  if (rate !== LEARNING_RATES[task])
    return { leftOut: `learning rate ${rate ?? ""} instead of ${LEARNING_RATES[task] ?? ""}` };
  return { ...point(step), stage: "sft", sft_task: task, shots };
}

/** Splits a name into task and prompt: names hold underscores themselves, so only the known endings are cut off. */
function datasetOf(name: string): [string, string] {
  for (const [ending, prompt] of [["_instruct", "instruct"], ["_inputoutput", "io"]] as const) {
    if (name.endsWith(ending)) return [name.slice(0, -ending.length), prompt];
  }
  return [name, "default"];
} // prettier-ignore
