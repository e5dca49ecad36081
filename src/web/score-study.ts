/** Scores checkpoints that are in memory on a few tasks, with the prompts, rows and scores of `amuro-eval run`. */

import { UsageError } from "../base/errors.js";
import { sha256 } from "../base/hash.js";
import { VERSION } from "../base/package-info.js";
import type { DataSource } from "../datasets/index.js";
import type { Engine } from "../engine/types.js";
import type { RowScore } from "../metrics/row-score.js";
import { buildResults } from "../store/build-results.js";
import type { CheckpointFacts } from "../store/results.js";
import { rowLines } from "../store/row-lines.js";
import type { CellIds } from "../store/run-store.js";
import { askedWith } from "../study/askings.js";
import { askTogether, costsOf, type OpenCell } from "../study/ask-together.js";
import { groupsOf, type Cell, type CellResult } from "../study/cell.js";
import type { StudyOptions } from "../study/options.js";
import { finishedOutcome } from "../study/outcome.js";
import type { Plan, StudyCheckpoint, StudyTask } from "../study/plan.js";
import { variantContent } from "../study/questions.js";
import { cellRequests, type CellRequests } from "../study/requests.js";
import { resultsHeader } from "../study/results.js";
import { promptsOf } from "../study/task-prompts.js";
import { prepareTaskRows } from "../study/task-rows.js";
import { askedColumns, type AskedColumns } from "../tasks/source.js";
import { builtinRegistry } from "../tasks/registry.js";
import { templatesWith } from "../templates/catalog.js";
import type { PromptVariant } from "../templates/variant.js";
import { cellKey, MemoryStudy, type TaskTexts } from "./memory-study.js";

/** Holds a checkpoint that is opened when its turn comes. */
export interface WebCheckpoint {
  readonly name: string;
  /** Name of the one that it was fine-tuned from, which stands before it. */
  readonly base?: string;
  readonly facts: Omit<CheckpointFacts, "hashes">;
  readonly open: () => Promise<Engine>;
}

/** Says what is asked. */
export interface WebQuestion {
  readonly tasks: readonly string[];
  readonly data: DataSource;
  readonly asked?: AskedColumns;
  readonly prompts: readonly string[];
  readonly numFewshot: number;
  readonly limit: number | undefined;
}

/** Tells how far the work is. */
export interface WebProgress {
  readonly checkpoint: string;
  readonly task: string;
  /** Requests answered, of those of all checkpoints, tasks and prompts. */
  readonly done: number;
  readonly total: number;
}

/** What the flags of a run have where nobody says otherwise. */
const DEFAULTS = { chatLayouts: [undefined], answer: "loglikelihood", seed: 42, threads: 0, offline: true } as const;

/**
 * @param runtime versions of the runtime and the browser, for the record
 * @throws UsageError where a task or a prompt does not exist, or no task has rows
 * @throws UserError where a checkpoint cannot be opened or the rows cannot be read
 */
export async function scoreStudy(
  checkpoints: readonly WebCheckpoint[],
  question: WebQuestion,
  { device, versions }: { readonly device: "wasm" | "webgpu"; readonly versions: Readonly<Record<string, string>> },
  onProgress: (progress: WebProgress) => void,
): Promise<MemoryStudy> {
  const began = { date: new Date(), clock: performance.now() };
  const plan = await planOf(checkpoints, question);
  const groups = groupsOf(plan);
  const total = groups.flatMap(({ cells }) => cells).reduce((sum, cell) => sum + cell.task.rows.items.length, 0);
  const rows = new Map<string, readonly RowScore[]>();
  const results: CellResult[] = [];
  let done = 0;
  for (const { cells } of groups) {
    const [first] = cells as readonly [Cell];
    const { name } = first.checkpoint.given;
    const engine = await (checkpoints.find((one) => one.name === name) as WebCheckpoint).open();
    try {
      for (const call of callsOf(cells, plan.options)) {
        const task = (call[0] as Cell).task.rows.task.name;
        const scored = await scoreCall(call, engine, plan, (answered) => {
          onProgress({ checkpoint: name, task, done: done + answered, total });
        });
        results.push(...scored);
        done += call.reduce((sum, cell) => sum + cell.task.rows.items.length, 0);
        for (const { cell, stored } of scored) rows.set(cellKey(name, task, cell.variant.id), stored);
      }
    } finally {
      await engine.close();
    }
  }
  const header = resultsHeader(plan, question as unknown as Record<string, unknown>, undefined, new Map());
  const facts = new Map(checkpoints.map((one) => [one.name, one.facts]));
  const built = buildResults(
    {
      ...header,
      device,
      versions: { "amuro-eval": VERSION, ...versions },
      checkpoints: header.checkpoints.map((one) => ({ ...one, ...facts.get(one.name) })),
    },
    results.sort((a, b) => a.cell.place - b.cell.place).map(({ outcome }) => outcome),
    { started: began.date, seconds: (performance.now() - began.clock) / 1000 },
    "complete",
  );
  return new MemoryStudy("this browser", built, rows, new Map(plan.tasks.map((task) => [task.rows.task.name, textsOf(task, plan)]))); // prettier-ignore
}

async function planOf(checkpoints: readonly WebCheckpoint[], question: WebQuestion): Promise<Plan> {
  const options: StudyOptions = {
    ...DEFAULTS,
    ...question,
    device: "wasm",
    checkpoints: checkpoints.map(({ name, base }) => ({
      name,
      spec: name,
      revision: undefined,
      stage: base === undefined ? (checkpoints.length > 1 ? "base" : undefined) : "sft",
      sftTask: undefined,
      base,
    })),
  };
  const { data, tasks: names, asked = askedColumns({}) } = question;
  const registry = builtinRegistry();
  await registry.open(names, { asked, data });
  const catalog = templatesWith([], registry.families.all());
  const tasks: StudyTask[] = [];
  const skipped: Plan["skipped"][number][] = [];
  for (const task of registry.select(names)) {
    const prompts = promptsOf(task, catalog, options);
    const rows = await prepareTaskRows(task, data, options, prompts.variants);
    if ("skipped" in rows) skipped.push({ task: task.name, reason: rows.skipped });
    else tasks.push({ rows, ...prompts });
  }
  if (tasks.length === 0)
    throw new UsageError(`no rows: ${skipped.map(({ task, reason }) => `${task}: ${reason}`).join("; ")}`);
  return {
    options,
    checkpoints: options.checkpoints.map((given): StudyCheckpoint => ({ given, resolved: inMemory(given.name), adapter: undefined })), // prettier-ignore
    tasks,
    skipped,
    notes: tasks.flatMap(({ rows }) => rows.notes.map(({ text }) => text)),
  };
}

function inMemory(folder: string): StudyCheckpoint["resolved"] {
  return { folder, tokenizerFolder: folder, revision: undefined, point: undefined, download: undefined, note: undefined }; // prettier-ignore
}

/** Divides the cells of a checkpoint into those that are asked in one call. */
function callsOf(cells: readonly Cell[], options: StudyOptions): Cell[][] {
  const calls = new Map<readonly PromptVariant[], Cell[]>();
  for (const cell of cells) {
    const together = askedWith(cell.task, cell.variant, options);
    calls.set(together, [...(calls.get(together) ?? []), cell]);
  }
  return [...calls.values()];
}

async function scoreCall(
  call: readonly Cell[],
  engine: Engine,
  { options: { answer } }: Plan,
  onAnswered: (requests: number) => void,
): Promise<(CellResult & { readonly stored: readonly RowScore[] })[]> {
  const found = new Map<CellIds, RowScore[]>();
  const open = call.map((cell, id): OpenCell => {
    const ids = { checkpoint: 0, variant: { id, questions: [] } };
    found.set(ids, []);
    return { cell, ids, known: new Map() };
  });
  const asked = new Map(call.map(({ task, variant }): [PromptVariant, CellRequests] => [variant, cellRequests(task.rows, variant, answer)])); // prettier-ignore
  const store = {
    addRow: (ids: CellIds, place: number, row: RowScore) => {
      (found.get(ids) as RowScore[])[place] = row;
    },
  };
  const began = performance.now();
  const work = await askTogether(engine, open, asked, store, ({ done }) => {
    onAnswered(done);
  });
  const seconds = (performance.now() - began) / 1000;
  const costs = costsOf(open, [...asked.keys()], { ...work, seconds });
  return open.map(({ cell, ids }, i) => {
    const stored = found.get(ids) as RowScore[];
    const cost = costs[i] as (typeof costs)[number];
    const outcome = finishedOutcome(cell, { rows: stored, rowsHash: sha256(rowLines(stored)), cost });
    return { cell, outcome, reused: false, stored };
  });
}

/** Writes rows and prompts as reports show them. */
function textsOf({ rows, ...task }: StudyTask, plan: Plan): TaskTexts {
  const contentOf = (variant: PromptVariant, own: StudyTask["rows"]) =>
    variantContent({ ...task, rows: own }, variant, cellRequests(own, variant, plan.options.answer), plan);
  const ofFirst = { ...rows, items: rows.items.slice(0, 1) };
  const contents = task.variants.map((variant) => [variant.id, contentOf(variant, ofFirst)] as const);
  const questions = task.variants.slice(0, 1).flatMap((variant) => contentOf(variant, rows).questions);
  return {
    prompts: new Map(contents.map(([id, { example }]) => [id, example])),
    words: new Map(contents.map(([id, one]) => [id, one.questions[0]?.answers ?? []])),
    items: questions.map(({ row, item: { fields, answers, gold, texts = [] } }) => ({
      row,
      fields,
      answers,
      right: (gold === undefined ? texts[0] : answers[gold]) ?? "",
    })),
  };
}
