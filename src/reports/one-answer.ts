/** Finds prompts that answer nearly all rows alike. */

import type { TaskAtCheckpoint } from "../analysis/document/document.js";

/** Returns "2 of 3", prompts that answer nearly all rows alike; a dash where answers are no labels of the task. */
export function oneAnswer({ answers, prompts }: TaskAtCheckpoint): string {
  const count = answers?.one_answer_prompts ?? null;
  return count === null ? "–" : `${count} of ${prompts.length}`;
}
