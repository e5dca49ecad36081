/** What kind of answer a task has, also where results of earlier versions do not record it. */

import type { AnswerKind } from "../metrics/metric.js";
import { BUILTIN_TASKS } from "../tasks/builtin/index.js";
import type { Statements } from "./database.js";
import type { TaskRecord } from "./results.js";

type Record = Pick<TaskRecord, "name" | "answer" | "metric" | "answer_kind">;

/**
 * Returns the recorded kind. Earlier results record none: there the task's own definition says it for built-in tasks, and
 * for others the way of answering and the metric, which at that time fitted one kind each, but for `acc` by
 * log-likelihood.
 * @returns undefined where none of this says it
 */
export function answerKindOf({ name, answer, metric, answer_kind }: Record): AnswerKind | undefined {
  if (answer_kind !== undefined) return answer_kind;
  const builtin = BUILTIN_TASKS.find((task) => task.name === name);
  if (builtin !== undefined) return builtin.answer.kind;
  if (metric === "rouge_l") return "generation";
  if (answer === "first-token" || answer === "generate") return "classification";
  return metric === "acc" ? undefined : "multiple-choice";
}

/**
 * Fills in the kinds that a run of an earlier version did not record. What {@link answerKindOf} leaves open is seen from
 * the stored rows: labels are the same for every row, choices are the row's own.
 */
export async function withAnswerKinds<T extends { readonly tasks: readonly TaskRecord[] }>(
  database: Pick<Statements, "all">,
  run: number,
  results: T,
): Promise<T> {
  const tasks: TaskRecord[] = [];
  for (const task of results.tasks) {
    const kind = answerKindOf(task) ?? (await kindOfRows(database, run, task.name));
    tasks.push(kind === undefined || task.answer_kind === kind ? task : { ...task, answer_kind: kind });
  }
  return { ...results, tasks };
}

/** @returns undefined where no cell has begun */
async function kindOfRows(
  database: Pick<Statements, "all">,
  run: number,
  task: string,
): Promise<AnswerKind | undefined> {
  const [found] = await database.all<{ rows: number; lists: number }>(
    `SELECT count(*)::INTEGER AS rows, count(DISTINCT i.answers)::INTEGER AS lists
     FROM variant_questions v JOIN questions q ON q.id = v.question JOIN items i ON i.id = q.item
     WHERE v.variant IN (SELECT variant FROM run_cells WHERE run = $run AND task = $task)`,
    { run, task },
  );
  if (found === undefined || found.rows === 0) return undefined;
  return found.lists === 1 ? "classification" : "multiple-choice";
}
