/** Decides what kind of answer a task has, also where results of earlier versions do not record it. */

import type { AnswerKind } from "../metrics/metric.js";
import { BUILTIN_TASKS } from "../tasks/builtin/index.js";
import type { Statements } from "./database.js";
import type { TaskRecord } from "./results.js";

type Record = Pick<TaskRecord, "name" | "answer" | "metric" | "answer_kind">;

/**
 * Returns the recorded kind. Earlier results record none: there the task's own definition says it for built-in tasks,
 * and for others the way of answering and the metric, which at that time fitted one kind each, but for `acc` by
 * log-likelihood. Imported scores without answers have none.
 * @returns undefined where none of this says it
 */
export function answerKindOf({ name, answer, metric, answer_kind }: Record): AnswerKind | undefined {
  if (answer_kind !== undefined) return answer_kind;
  if (answer === "scores") return undefined;
  const builtin = BUILTIN_TASKS.find((task) => task.name === name);
  if (builtin !== undefined) return builtin.answer.kind;
  if (metric === "rouge_l") return "generation";
  if (answer === "first-token" || answer === "generate") return "classification";
  return metric === "acc" ? undefined : "multiple-choice";
}

/**
 * Fills in the kinds of answer and the labels that a run of an earlier version did not record. What {@link
 * answerKindOf} leaves open is seen from the stored rows: labels are the same for every row, choices are the row's own.
 */
export async function withTaskFacts<T extends { readonly tasks: readonly TaskRecord[] }>(
  database: Pick<Statements, "all">,
  run: number,
  results: T,
): Promise<T> {
  const tasks: TaskRecord[] = [];
  for (const task of results.tasks) {
    tasks.push(
      task.answer === "scores" || (task.answer_kind !== undefined && task.labels !== undefined)
        ? task
        : await filledIn(database, run, task),
    );
  }
  return { ...results, tasks };
}

async function filledIn(database: Pick<Statements, "all">, run: number, task: TaskRecord): Promise<TaskRecord> {
  const [found] = await database.all<{ rows: number; lists: number; one: string | null }>(
    `SELECT count(*)::INTEGER AS rows, count(DISTINCT i.answers)::INTEGER AS lists, min(i.answers) AS one
     FROM variant_questions v JOIN questions q ON q.id = v.question JOIN items i ON i.id = q.item
     WHERE v.variant IN (SELECT variant FROM run_cells WHERE run = $run AND task = $task)`,
    { run, task: task.name },
  );
  const rows = found?.rows ?? 0;
  const kind =
    answerKindOf(task) ?? (rows === 0 ? undefined : found?.lists === 1 ? "classification" : "multiple-choice");
  if (kind === undefined) return task;
  const labels = kind === "classification" && found?.one != null ? (JSON.parse(found.one) as string[]) : null;
  return { ...task, answer_kind: kind, labels };
}
