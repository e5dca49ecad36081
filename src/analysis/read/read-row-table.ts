/** Reads a table of row scores as the input of an analysis. */

import { UserError } from "../../base/errors.js";
import { counted } from "../../base/wording.js";
import { keptCells, leftOutWords } from "../../importers/kept-cells.js";
import { type RowGroup, type RowTable, taskKey } from "../../importers/row-table.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import type { Range } from "../../metrics/metric.js";
import { BUILTIN_TASKS } from "../../tasks/builtin/index.js";
import { familyName } from "../../tasks/families/family.js";
import type { AnalysedPrompt, Limit } from "../document/document.js";
import {
  areShares, type AnalysisInput, type InputTask, type JudgedBy, type Measured, type Scores, stderrsOf, withoutRequests,
} from "./input.js"; // prettier-ignore
import { checkpointNames, type NamedCheckpoint } from "../../importers/checkpoint-names.js";
import { checkpointsOf, judgedBy } from "./read-table.js";
import { momentsOf, unitsOf } from "./remembered.js";
import { trainingSeeds } from "./training-seeds.js";

/** @throws UserError where a score with a seed stands beside one without */
export function readRowTable(table: RowTable, source: string): AnalysisInput {
  const seeds = trainingSeeds(table.groups.map(namedCheckpoint));
  const groups = replicatesJoined(table.groups, (group) => seeds.apart(namedCheckpoint(group)), source);
  const cells = groups.map(namedCheckpoint);
  const names = checkpointNames(cells);
  const tasks = new Map<string, RowGroup[]>();
  for (const group of groups) {
    const key = taskKey(group.task, group.metric);
    tasks.set(key, [...(tasks.get(key) ?? []), group]);
  }
  const metrics = (task: string) => [...tasks.values()].filter(([first]) => first?.task === task).length;
  return {
    sources: [{ name: source, kind: "scores" }],
    checkpoints: checkpointsOf(cells, names),
    tasks: [...tasks].map(([key, own]) => {
      const [{ task, metric }] = own as [RowGroup];
      const name = metrics(task) > 1 ? `${task} (${metric})` : task;
      return inputTask(name, key, own, table, seeds.limits, (group) => names(namedCheckpoint(group)));
    }),
  };
}

function namedCheckpoint({ checkpoint, step, stage, sftTask, run, seed }: RowGroup): NamedCheckpoint {
  return { checkpoint, step, stage, sft_task: sftTask, run, seed };
}

/** Puts the repeated scores of one checkpoint together; they have no seed then. */
function replicatesJoined(
  groups: readonly RowGroup[],
  apart: (group: RowGroup) => boolean,
  source: string,
): readonly RowGroup[] {
  const joined = new Map<string, RowGroup>();
  const [unseeded, copied] = [new Set<RowGroup>(), new Set<RowGroup>()];
  for (const group of groups) {
    const seed = apart(group) ? group.seed : null;
    const { checkpoint, step, stage, sftTask, run, task, metric } = group;
    const key = JSON.stringify([checkpoint, step, stage, sftTask, run, seed, task, metric]);
    let known = joined.get(key);
    if (known === undefined) {
      const own = { ...group, seed };
      joined.set(key, own);
      if (group.seed === null) unseeded.add(own);
    } else {
      const mixed = unseeded.has(known) || group.seed === null;
      if (!copied.has(known)) {
        known = { ...known, prompts: new Map([...known.prompts].map(([id, cells]) => [id, new Map(cells)])) };
        joined.set(key, known);
        copied.add(known);
        if (mixed) unseeded.add(known);
      }
      addCells(known, group, mixed ? `${source}: ${checkpoint} on ${task}` : null);
    }
  }
  return [...joined.values()];
}

/** @param once begins the error message where no cell may stand in both; null where it may */
function addCells({ prompts }: RowGroup, more: RowGroup, once: string | null): void {
  for (const [id, cells] of more.prompts) {
    const own = prompts.get(id) ?? new Map<string, { sum: number; count: number }>();
    prompts.set(id, own);
    for (const [item, { sum, count }] of cells) {
      const known = own.get(item);
      if (known !== undefined && once !== null)
        throw new UserError(
          `${once}: item ${item} under prompt ${id} has a score with a seed and one without; keep one of them, or give both a seed`,
        );
      own.set(item, { sum: sum + (known?.sum ?? 0), count: count + (known?.count ?? 0) });
    }
  }
}

function inputTask(
  name: string,
  key: string,
  groups: readonly RowGroup[],
  table: RowTable,
  limits: readonly Limit[],
  nameOf: (group: RowGroup) => string,
): InputTask {
  const [{ task, metric }] = groups as [RowGroup];
  const { kept, items, leftOut } = completeGrid(groups, [...(table.axes.get(key)?.keys() ?? [])]);
  const known = BUILTIN_TASKS.find((one) => one.name === task);
  const ids = [...new Set(groups.flatMap(({ prompts }) => [...prompts.keys()]))];
  const clusters = table.clusters.get(key);
  const judged = judgedBy(metric, task, rangeIn(groups));
  return {
    name,
    family: known === undefined ? null : familyName(known.family),
    metric,
    judged,
    limits: [...limits, ...limitsOf(name, leftOut, table.seedsInNames)],
    read: (checkpoint) => {
      const group = kept.find((one) => nameOf(one) === checkpoint);
      return Promise.resolve(
        group === undefined ? undefined : measured(checkpoint, group, ids, items, clusters, judged),
      );
    },
    describe: () => ({
      chance: table.chance.get(key) ?? null,
      items: items.length,
      prompts: ids.map((id): AnalysedPrompt => ({ id, seen: null, axes: table.axes.get(key)?.get(id) ?? {} })),
    }),
  };
}

/**
 * Returns the range of a metric that only the table knows: from 0 to 1 where all its scores lie there, else without
 * ends.
 */
function rangeIn(groups: readonly RowGroup[]): Range {
  const cells = groups.flatMap(({ prompts }) => [...prompts.values()].flatMap((own) => [...own.values()]));
  const inside = cells.every(({ sum, count }) => sum >= 0 && sum <= count);
  return inside ? [0, 1] : [null, null];
}

interface CompleteGrid {
  /** Groups with the prompts that are kept. */
  readonly kept: readonly RowGroup[];
  /** Items that every kept prompt has, in the order in which they come first. */
  readonly items: readonly string[];
  /** What is left out, and what is not there at all; empty for nothing. */
  readonly leftOut: string;
}

/** @param ids prompts in the order in which they come first */
function completeGrid(groups: readonly RowGroup[], ids: readonly string[]): CompleteGrid {
  const cells = groups.flatMap((group) =>
    ids.flatMap((id) => {
      const own = group.prompts.get(id);
      return own === undefined ? [] : [{ cell: { group, id }, rows: own }];
    }),
  );
  const found = keptCells(cells);
  const all = new Set<string>();
  for (const { rows } of cells) for (const item of rows.keys()) all.add(item);
  const absent = groups.length * ids.length - cells.length;
  const lines = [
    leftOutWords({ kept: found.rows.size, all: all.size }, { out: cells.length - found.cells.length, all: cells.length }),
    absent > 0 ? `${absent} of ${counted(groups.length * ids.length, "cell")} ${absent === 1 ? "is" : "are"} not in the table` : "",
  ]; // prettier-ignore
  return {
    kept: groups.map((group) => {
      const own = new Set(found.cells.flatMap((cell) => (cell.group === group ? [cell.id] : [])));
      return { ...group, prompts: new Map([...group.prompts].filter(([id]) => own.has(id))) };
    }),
    items: [...all].filter((item) => found.rows.has(item)),
    leftOut: lines.filter((line) => line !== "").join("; "),
  };
}

function limitsOf(task: string, leftOut: string, seedsInNames: boolean): Limit[] {
  const limits: Limit[] = [];
  if (leftOut !== "") limits.push({ what: "figures over all rows and cells", why: leftOut, task, checkpoint: null });
  if (seedsInNames) {
    limits.push({
      what: "prompts by seed",
      why: "names of prompts that end in a seed are replicates of one prompt, and averaged",
      task: null,
      checkpoint: null,
    });
  }
  return limits;
}

function measured(
  checkpoint: string,
  group: RowGroup,
  ids: readonly string[],
  items: readonly string[],
  clusters: ReadonlyMap<string, string> | undefined,
  judged: JudgedBy,
): Measured | undefined {
  const prompts = ids.filter((id) => group.prompts.has(id));
  if (items.length === 0 || prompts.length === 0) return undefined;
  const values = new Float64Array(prompts.length * items.length);
  prompts.forEach((id, p) => {
    const own = group.prompts.get(id);
    items.forEach((item, i) => {
      const cell = own?.get(item);
      values[p * items.length + i] = cell === undefined ? NaN : cell.sum / cell.count;
    });
  });
  const grid: ScoreGrid = { prompts: prompts.length, items: items.length, values };
  const of = clusters && items.map((item) => clusters.get(item) ?? `item ${item}`);
  const scores: Scores = { grid, rows: items, clusters: of ?? null, asked: prompts, answers: null, alternatives: [] };
  const units = unitsOf(scores);
  const moments = momentsOf(units ?? grid);
  return {
    checkpoint,
    prompts,
    moments,
    noise: units !== null && units.items > 1 ? "crossed" : null,
    shares: areShares(judged),
    items: items.length,
    stderrs: stderrsOf(moments),
    scores,
    ...withoutRequests(prompts.length),
  };
}
