// Compares tuning in 24 prompts with tuning in one, on wordings that neither saw and on those that only the former saw.
//
//     node scripts/real-study/compare-arms.mjs WORK TASK
//
// Reads WORK/TASK-one and WORK/TASK-many, asked TASK, and writes the rows' scores as WORK/TASK-unseen.csv and
// WORK/TASK-seen.csv, which `amuro-eval analyze` then reads twice: base and each arm as pairs, then both arms with one
// seed as a pair.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { amuro, SEEN } from "./design.mjs";

const [work, task] = process.argv.slice(2);
if (task === undefined) {
  console.error("give the scratch folder of the study and a task: compare-arms.mjs WORK TASK");
  process.exit(2);
}
process.chdir(resolve(work));
const { second, first, other } = SEEN[task];
const seen = new Set([...first.filter((name) => name !== "default"), ...other.map((name) => `${name}+${second}`)]);
const rows = ["one", "many"].flatMap(scoresOf);
const names = [...new Set(rows.map(({ checkpoint }) => checkpoint))];
const base = names.find((name) => !name.includes("+"));
// A checkpoint has one base in an analysis, so there are two of each table.
const pairings = {
  "from-base": names.filter((name) => name !== base).map((name) => `${base}=${name}`),
  arms: names.filter((name) => name.startsWith("one+")).map((name) => `${name}=${name.replace("one+", "many+")}`),
};
for (const [which, keeps] of [
  ["unseen", (prompt) => !seen.has(prompt) && prompt !== "default"],
  ["seen", (prompt) => seen.has(prompt)],
]) {
  const kept = rows.filter(({ prompt }) => keeps(prompt));
  const lines = kept.map(({ checkpoint, prompt, row, value }) => {
    const [wording] = prompt.split("+");
    return [checkpoint, task, prompt, wording, prompt.includes("+") ? "second" : "first", row, value].join();
  });
  const file = `${task}-${which}.csv`;
  writeFileSync(
    file,
    `checkpoint,task,prompt,axes.wording,axes.presentation,item,value\n${[...new Set(lines)].join("\n")}\n`,
  );
  console.log(`\n${which} by tuning in 24 prompts: ${new Set(kept.map(({ prompt }) => prompt)).size} wordings`);
  for (const [name, pairs] of Object.entries(pairings)) {
    amuro("analyze", file, "--out", `${task}-${which}-${name}.json`, ...pairs.flatMap((pair) => ["--pair", pair]));
  }
}

/** Reads the scores of the rows of an arm; its tuned checkpoints are named by it. */
function scoresOf(arm) {
  const folder = join("exported", `${task}-${arm}`);
  amuro("results", "export", `${task}-${arm}`, "--format", "csv", "--out", folder, "--quiet");
  const all = parse(readFileSync(join(folder, "scores.csv"), "utf8"), { columns: true });
  return all
    .filter((row) => row.task === task)
    .map(({ checkpoint, prompt, row, acc, acc_norm: normalised }) => {
      const [base, tuned] = checkpoint.split("+");
      const name = tuned === undefined ? base : `${arm}+${tuned}`;
      return { checkpoint: name, prompt, row, value: normalised === "" ? acc : normalised };
    });
}
