/**
 * Reads a table with one line for the score of each row under each prompt, from any source. Columns are in
 * docs/analysis.md.
 */

import { UserError } from "../base/errors.js";
import { axesOfPrompt, type PromptName, promptName } from "./prompt-name.js";
import {
  AXIS_PREFIX, checkHeader, numberOf, stageOf, type TableFile, type TableLine, wholeNumber,
} from "./table-records.js"; // prettier-ignore

export const ROW_REQUIRED = ["checkpoint", "task", "prompt", "item", "value"] as const;
export const ROW_OPTIONAL = [
  "run",
  "step",
  "stage",
  "sft_task",
  "metric",
  "shots",
  "chance",
  "seed",
  "cluster",
] as const;

/** Scores of one checkpoint on one task under one metric. */
export interface RowGroup {
  readonly checkpoint: string;
  readonly run: string | null;
  readonly step: number | null;
  readonly stage: "base" | "sft" | null;
  readonly sftTask: string | null;
  /** Column seed; null where it is empty. */
  readonly seed: string | null;
  readonly task: string;
  readonly metric: string;
  /** Sum and number of the scores of each item under each prompt; several are replicates. */
  readonly prompts: Map<string, Map<string, { sum: number; count: number }>>;
}

type PromptAxes = Readonly<Record<string, string | number | null>>;

/** Holds a whole table. */
export interface RowTable {
  readonly groups: readonly RowGroup[];
  /** Axes of each prompt of each task and metric. */
  readonly axes: ReadonlyMap<string, ReadonlyMap<string, PromptAxes>>;
  /** Score of guessing of each task and metric, where the table tells. */
  readonly chance: ReadonlyMap<string, number>;
  /** What an item belongs to, e.g. its passage, of each task; empty where the table does not tell. */
  readonly clusters: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Whether seeds were read from the names of prompts. */
  readonly seedsInNames: boolean;
}

/** Names the metric of a table that does not name one. */
const METRIC = "score";

export function isRowTable(header: readonly string[]): boolean {
  return header.includes("item");
}

/** Names a task with its metric. */
export function taskKey(task: string, metric: string): string {
  return JSON.stringify([task, metric]);
}

/**
 * @param source begins the error messages
 * @throws UserError that names the file, the line and the column of what is wrong
 */
export async function parseRowTable(file: TableFile, source: string): Promise<RowTable> {
  checkHeader(file.header, ROW_REQUIRED, ROW_OPTIONAL, source);
  const reader = new Reader(file.header);
  for await (const line of file.lines) reader.add(line, `${source}, ${file.unit} ${line.line}`);
  if (reader.groups.size === 0) throw new UserError(`${source}: no lines below the header`);
  return reader.table();
}

class Reader {
  readonly groups = new Map<string, RowGroup>();
  readonly axes = new Map<string, Map<string, PromptAxes>>();
  readonly chance = new Map<string, number>();
  readonly clusters = new Map<string, Map<string, string>>();
  seedsInNames = false;
  readonly #at: ReadonlyMap<string, number>;
  readonly #axisColumns: readonly (readonly [string, number])[];
  readonly #seen = new Set<string>();

  constructor(header: readonly string[]) {
    this.#at = new Map(header.map((name, at) => [name, at]));
    this.#axisColumns = header.flatMap((name, at) =>
      name.startsWith(AXIS_PREFIX) ? [[name.slice(AXIS_PREFIX.length), at] as const] : [],
    );
  }

  /** Returns what was read. */
  table(): RowTable {
    const { axes, chance, clusters, seedsInNames } = this;
    return { groups: [...this.groups.values()], axes, chance, clusters, seedsInNames };
  }

  add({ values }: TableLine, where: string): void {
    const optional = (name: string) => {
      const value = values[this.#at.get(name) ?? -1] ?? "";
      return value === "" ? null : value;
    };
    const text = (name: (typeof ROW_REQUIRED)[number]) => {
      const value = optional(name);
      if (value === null) throw new UserError(`${where}: no ${name}`);
      return value;
    };
    const value = numberOf(text("value"), "value", where);
    const named = promptName(text("prompt"));
    if (named.seed !== null) this.seedsInNames = true;
    const shots = wholeNumber(optional("shots"), "shots", where, 0);
    const id = shots === null ? named.id : `${named.id}+shots=${shots}`;
    const group = this.#group(text("checkpoint"), text("task"), optional, where);
    const item = text("item");
    const replicate = optional("seed") ?? named.seed;
    this.#once(group, id, item, replicate, where);
    const cells = group.prompts.get(id) ?? new Map<string, { sum: number; count: number }>();
    group.prompts.set(id, cells);
    const cell = cells.get(item) ?? { sum: 0, count: 0 };
    cells.set(item, { sum: cell.sum + value, count: cell.count + 1 });
    this.#describe(group, id, named.axes, shots, values, replicate !== null, where);
    this.#constants(group, item, optional, where);
  }

  #group(checkpoint: string, task: string, optional: (name: string) => string | null, where: string): RowGroup {
    const sftTask = optional("sft_task");
    const [step, stage, run] = [optional("step"), optional("stage"), optional("run")];
    const [metric, seed] = [optional("metric") ?? METRIC, optional("seed")];
    const key = [checkpoint, step, stage, sftTask, run, seed, task, metric].join("\u0000");
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    const group: RowGroup = {
      checkpoint,
      run,
      step: wholeNumber(step, "step", where, 0),
      stage: stageOf(stage, sftTask, where),
      sftTask,
      seed,
      task,
      metric,
      prompts: new Map(),
    };
    this.groups.set(key, group);
    return group;
  }

  /** Refuses two lines of one cell unless a seed tells them apart. */
  #once(group: RowGroup, id: string, item: string, seed: string | null, where: string): void {
    const cell = group.prompts.get(id)?.get(item);
    if (seed === null) {
      if (cell !== undefined)
        throw new UserError(
          `${where}: item ${item} under prompt ${id} a second time; keep one of them, or tell them apart by a column seed`,
        );
      return;
    }
    const key = [
      group.checkpoint,
      group.run,
      group.step,
      group.stage,
      group.sftTask,
      group.task,
      group.metric,
      id,
      item,
      seed,
    ].join("\u0000");
    if (this.#seen.has(key))
      throw new UserError(
        `${where}: item ${item} under prompt ${id} with seed ${seed} a second time; keep one of them`,
      );
    this.#seen.add(key);
  }

  /** Keeps the axes of a prompt. An axis that differs between replicates is none; between other lines it is refused. */
  #describe(
    { task, metric }: RowGroup,
    id: string,
    named: PromptName["axes"],
    shots: number | null,
    values: readonly string[],
    replicate: boolean,
    where: string,
  ): void {
    const key = taskKey(task, metric);
    const prompts = this.axes.get(key) ?? new Map<string, PromptAxes>();
    this.axes.set(key, prompts);
    const known = prompts.get(id);
    const columns = this.#axisColumns.map(([name, at]) => [name, values[at] || null] as const);
    if (known === undefined) {
      prompts.set(id, { ...(shots === null ? {} : { shots }), ...axesOfPrompt(named, columns) });
      return;
    }
    for (const [name, level] of columns) {
      if (known[name] === level || (replicate && known[name] === null)) continue;
      if (!replicate) {
        const [before, now] = [known[name] ?? "empty", level ?? "empty"];
        throw new UserError(
          `${where}: ${AXIS_PREFIX}${name} of prompt ${id} is ${now}, but ${before} in a line before; a prompt has one level on each axis`,
        );
      }
      prompts.set(id, { ...known, [name]: null });
    }
  }

  #constants(group: RowGroup, item: string, optional: (name: string) => string | null, where: string): void {
    const key = taskKey(group.task, group.metric);
    const chance = optional("chance");
    if (chance !== null) {
      const value = numberOf(chance, "chance", where);
      const known = this.chance.get(key) ?? value;
      if (known !== value)
        throw new UserError(`${where}: chance is ${chance}, but ${known} in a line before; a task has one`);
      this.chance.set(key, value);
    }
    const cluster = optional("cluster");
    if (cluster === null) return;
    const own = this.clusters.get(key) ?? new Map<string, string>();
    this.clusters.set(key, own);
    const known = own.get(item) ?? cluster;
    if (known !== cluster)
      throw new UserError(`${where}: item ${item} is of cluster ${cluster}, but of ${known} in a line before`);
    own.set(item, cluster);
  }
}
