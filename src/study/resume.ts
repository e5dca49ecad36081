/**
 * Takes up what an earlier run of the same command finished. With each cell's rows a record is stored of everything that
 * decides them; rows are used again where all of it is still the same.
 */

import { hashValue } from "../hash.js";
import type { ResultsFolder, RowsFile } from "../store/results-folder.js";
import type { CheckpointFacts } from "../store/results.js";
import { compileSchema } from "../validation.js";
import { type CellWork, nameOf, type Cell, type CellResult } from "./cell.js";
import type { EngineGroup } from "./groups.js";
import type { Plan, StudyCheckpoint, StudyTask } from "./plan.js";
import { isRowScore } from "./row-score.js";
import { shotsOf } from "./task-rows.js";
import { versions } from "./versions.js";

const RECORD_SCHEMA = "amuro-eval/cell@2";

/** What decides a cell's rows, apart from the command: hashes of contents, and versions. */
type CellKey = Readonly<Record<string, string>>;

interface StoredCell {
  readonly schema: typeof RECORD_SCHEMA;
  readonly checkpoint: CheckpointFacts & { readonly spec: string; readonly revision: string | null };
  readonly key: CellKey;
  readonly rows_sha256: string;
  readonly work: CellWork;
  readonly seconds: number;
}

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const isStoredCell = compileSchema<StoredCell>({
  type: "object",
  additionalProperties: false,
  required: ["schema", "checkpoint", "key", "rows_sha256", "work", "seconds"],
  properties: {
    schema: { const: RECORD_SCHEMA },
    checkpoint: {
      type: "object",
      additionalProperties: false,
      required: ["spec", "revision", "kind", "architecture", "dtype", "parameters", "window", "hashes"],
      properties: {
        spec: text,
        revision: { type: ["string", "null"] },
        kind: { enum: ["weights", "onnx"] },
        architecture: text,
        dtype: text,
        parameters: { type: ["integer", "null"] },
        window: { type: "integer" },
        hashes: {
          type: "object",
          additionalProperties: false,
          required: ["weights", "tokenizer", "config"],
          properties: { weights: text, tokenizer: text, config: text },
        },
      },
    },
    key: { type: "object", additionalProperties: text },
    rows_sha256: text,
    work: {
      type: "object",
      additionalProperties: false,
      required: ["tokens", "distinctTokens", "reusedTokens", "busy"],
      properties: { tokens: count, distinctTokens: count, reusedTokens: count, busy: { type: "number", minimum: 0 } },
    },
    seconds: { type: "number", minimum: 0 },
  },
});

export type FactsByCheckpoint = ReadonlyMap<StudyCheckpoint, CheckpointFacts>;

export class Resume {
  /** Where the rows of each finished cell are. */
  readonly files = new Map<CellResult, RowsFile>();
  private readonly versions: CellKey;
  private readonly taskKeys = new Map<StudyTask, CellKey>();

  constructor(
    private readonly plan: Plan,
    private readonly folder: ResultsFolder,
  ) {
    // Node's own version changes often and moves no score.
    this.versions = Object.fromEntries(Object.entries(versions()).filter(([name]) => name !== "node"));
  }

  /**
   * What an earlier run found out about a group, so that it need not be downloaded again: a commit of the hub never
   * changes.
   * @returns nothing about checkpoints that have to be opened to know what they are: folders
   */
  async recall({ checkpoints }: EngineGroup): Promise<FactsByCheckpoint> {
    const facts = new Map<StudyCheckpoint, CheckpointFacts>();
    for (const checkpoint of checkpoints) {
      if (commitsOf(checkpoint) === undefined) continue;
      const found = await this.factsFromCells(checkpoint);
      if (found !== undefined) facts.set(checkpoint, found);
    }
    return facts;
  }

  private async factsFromCells(checkpoint: StudyCheckpoint): Promise<CheckpointFacts | undefined> {
    for (const task of this.plan.tasks) {
      for (const variant of task.variants) {
        const stored = await this.folder.readCell(nameOf({ checkpoint, task, variant }), isStoredCell);
        if (stored === undefined) continue;
        const { spec, revision, ...facts } = stored.checkpoint;
        if (spec === checkpoint.given.spec && revision === commitsOf(checkpoint)) return facts;
      }
    }
    return undefined;
  }

  /** The cells whose rows are there and would come out the same. */
  async finished(cells: readonly Cell[], facts: FactsByCheckpoint): Promise<Map<Cell, CellResult>> {
    const found = new Map<Cell, CellResult>();
    for (const cell of cells) {
      const about = facts.get(cell.checkpoint);
      const name = nameOf(cell);
      const stored = about && (await this.folder.readCell(name, isStoredCell));
      if (!stored || hashValue(stored.key) !== hashValue(this.keyOf(cell, about))) continue;
      const rows = await this.folder.readRows(name, stored.rows_sha256, isRowScore);
      if (rows?.length !== cell.task.rows.items.length) continue;
      const { work, seconds } = stored;
      const result: CellResult = { ...cell, elapsed: seconds * 1000, reused: true, rows, work };
      this.files.set(result, this.folder.rowsFileOf(name, stored.rows_sha256));
      found.set(cell, result);
    }
    return found;
  }

  /** Stores a cell that has just been run; of one that failed nothing is kept, so that it is tried again. */
  async store(result: CellResult, facts: CheckpointFacts): Promise<void> {
    if (result.rows === undefined) return;
    const { checkpoint, work, elapsed } = result;
    const file = await this.folder.writeRows(nameOf(result), result.rows);
    this.files.set(result, file);
    const stored: StoredCell = {
      schema: RECORD_SCHEMA,
      checkpoint: { spec: checkpoint.given.spec, revision: commitsOf(checkpoint) ?? null, ...facts },
      key: this.keyOf(result, facts),
      rows_sha256: file.rows_sha256,
      work,
      seconds: elapsed / 1000,
    };
    await this.folder.writeCell(nameOf(result), stored);
  }

  private keyOf({ task, variant }: Cell, { hashes }: CheckpointFacts): CellKey {
    const { answer, device, calibrate } = this.plan.options;
    const shots = hashValue(shotsOf(task.rows, variant));
    return {
      ...hashes,
      ...this.taskKey(task),
      shots,
      prompt: variant.hash,
      answer: calibrate === true ? `${answer}, calibrated` : answer,
      device,
      ...this.versions,
    };
  }

  /** Rows as questions, as the shots are too, because a task may come to read the same row in another way. */
  private taskKey(task: StudyTask): CellKey {
    let key = this.taskKeys.get(task);
    if (key === undefined) {
      const { items } = task.rows;
      const { answer, metric } = task.rows.task;
      key = { task: hashValue({ answer, metric }), rows: hashValue(items) };
      this.taskKeys.set(task, key);
    }
    return key;
  }
}

/** The commit of a checkpoint, of an adapter also its base's; undefined where a part of it is a folder. */
function commitsOf({ resolved, adapter }: StudyCheckpoint): string | undefined {
  if (adapter === undefined || resolved.revision === undefined) return resolved.revision;
  return adapter.revision === undefined ? undefined : `${adapter.revision} on ${resolved.revision}`;
}
