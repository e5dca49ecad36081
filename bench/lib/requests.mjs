// The requests of a run, as the engine is asked them: the same texts for every contestant.
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchCheckpoint, resolveCheckpoint } from "../../dist/checkpoints/find/resolve.js";
import { prepareTaskRows } from "../../dist/study/task-rows.js";
import { cellRequests } from "../../dist/study/requests.js";
import { builtinRegistry } from "../../dist/tasks/registry.js";
import { templatesWith } from "../../dist/templates/catalog.js";
import { promptSpace } from "../../dist/study/task-prompts.js";
import { selectVariants } from "../../dist/templates/selection.js";

/**
 * Returns one list of score requests per cell: each task under the three formats of the experiment, four shots.
 * @param data folder with TASK.jsonl, or "sample"
 */
export async function cellsOf(tasks, data, rows) {
  const source = data === "sample" || !existsSync(data) ? { kind: "sample" } : { kind: "folder", path: data };
  const cells = [];
  for (const task of builtinRegistry().select(tasks)) {
    const space = promptSpace(task, templatesWith([]), { numFewshot: 4, answer: "loglikelihood" });
    const variants = selectVariants(space, ["paper"]);
    const taskRows = await prepareTaskRows(task, source, { numFewshot: 4, limit: rows, seed: 42 }, variants);
    if ("skipped" in taskRows) throw new Error(taskRows.skipped);
    for (const variant of variants) {
      const { requests } = cellRequests(taskRows, variant, "loglikelihood");
      cells.push({ task: task.name, prompt: variant.id, requests });
    }
  }
  return cells;
}

/** Context and continuation of every choice, white space at the boundary moved as lm-evaluation-harness does. */
export function pairsOf(cells) {
  return cells.flatMap(({ requests }) =>
    requests.flatMap(({ segments, continuations }) => {
      const whole = segments.join("");
      const context = whole.trimEnd();
      return continuations.map((answer) => ({ context, continuation: whole.slice(context.length) + answer }));
    }),
  );
}

/** Folder of a checkpoint named as the command line names it, its tokenizer in the same place. */
export async function checkpointFolder(spec) {
  const { folder, tokenizerFolder, ...about } = await resolveCheckpoint(spec, { offline: true });
  await fetchCheckpoint({ folder, tokenizerFolder, ...about }, console.error);
  if (tokenizerFolder === undefined || tokenizerFolder === folder) return folder;
  const whole = mkdtempSync(join(tmpdir(), "checkpoint-"));
  process.on("exit", () => rmSync(whole, { recursive: true, force: true }));
  cpSync(folder, whole, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    cpSync(join(tokenizerFolder, name), join(whole, name));
  return whole;
}

/** Words after --name, or a default. */
export function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
