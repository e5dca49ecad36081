/**
 * Counts how many task files of lm-evaluation-harness are registered as tasks, and why others are refused.
 * npm run build && node scripts/survey-lm-eval-tasks.mjs FOLDER [N]: all files, or N of them spread evenly over the
 * sorted paths
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { UserError } from "../dist/base/errors.js";
import { tasksAt } from "../dist/tasks/lm-eval/files.js";
import { ungrouped } from "../dist/tasks/lm-eval/grouping.js";
import { Refusal } from "../dist/tasks/lm-eval/refusal.js";
import { lmEvalTask } from "../dist/tasks/lm-eval/task.js";
import { builtinRegistry } from "../dist/tasks/registry.js";

const [folder = "", wanted] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => /^["']?task["']?\s*:\s*\S/m.test(readFileSync(file, "utf8")))
  .sort();
const n = Math.min(Number(wanted ?? files.length), files.length);
const chosen = Array.from({ length: n }, (_, i) => files[Math.floor((i * files.length) / n)]);

const open = { "formats and other axes": 0, "its own prompt alone": 0 };
const refused = new Map();
const refuse = (kind, file) => refused.set(kind, [...(refused.get(kind) ?? []), relative(folder, file)]);
for (const file of chosen) {
  try {
    const [found] = tasksAt(file);
    if ("error" in found) throw found.error;
    const [group] = ungrouped([found]);
    const task = lmEvalTask("lm_eval_task", group.files);
    // As a run would: names, families and metrics are checked.
    builtinRegistry().select([`lm-eval:${file}`]);
    open[task.family.formats === false ? "its own prompt alone" : "formats and other axes"]++;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    refuse(error instanceof Refusal ? error.kind : error.message.replaceAll(file, "FILE"), file);
  }
}
console.log(`${n} of ${files.length} task files`);
console.log(`${open["formats and other axes"] + open["its own prompt alone"]} open: ${JSON.stringify(open)}`);
for (const [kind, where] of [...refused].sort(([, a], [, b]) => b.length - a.length)) {
  console.log(`${String(where.length).padStart(5)} refused: ${kind} (${where.slice(0, 2).join(", ")})`);
}
