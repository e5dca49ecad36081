// Runs the study of a real base model before and after fine-tuning; see README.md beside it for its design.
//
//     npm run build && node scripts/real-study/real-study.mjs WORK ROWS
//
// WORK is a scratch folder that holds gemma-3-270m-q4_k_m.gguf; ROWS a folder with paws.jsonl, paws.train.jsonl,
// sciq.jsonl and sciq.train.jsonl in the columns of the hub's datasets. Started again, it goes on where it was. Nothing
// of the model or of the rows is written outside WORK.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { amuro, SEEN } from "./design.mjs";

const MODEL = "gemma-3-270m-q4_k_m.gguf";
/** Names, of each task, the rows that are evaluated: the first of those that are kept. */
const EVALUATED = { sciq_mcq: 48, paws: 24 };
/** Most words of both sentences of a pair: longer ones cost twice the time. */
const PAWS_WORDS = 35;
const SETTINGS = { rows: 96, epochs: 1, lr: 5e-5, "batch-size": 8, "eval-every": 0 };

const [work, rows] = process.argv.slice(2).map((path) => resolve(path));
if (rows === undefined) {
  console.error("give a scratch folder that holds the model, and a folder of rows: real-study.mjs WORK ROWS");
  process.exit(2);
}
process.chdir(work);
if (!existsSync(MODEL)) {
  console.error(`${work} has no ${MODEL}; scripts/real-study/README.md says where it is from`);
  process.exit(2);
}
writeRows();
const evaluation = { prompts: ["design"], "num-fewshot": 0 };
const flags = ["--task", Object.keys(EVALUATED).join(), "--prompts", "design", "--num-fewshot", "0"];
amuro("run", "-m", MODEL, "--data", "rows", ...flags, "--threads", "1", "-o", "base");
for (const task of Object.keys(EVALUATED)) {
  for (const [seeds, asked] of [
    [[1], [task]],
    [[1, 2], [task]],
    [[1, 2], Object.keys(EVALUATED)],
  ]) {
    for (const arm of ["one", "many"]) study(task, arm, seeds, asked);
  }
}

/** Writes the rows that are trained on and those that are evaluated. */
function writeRows() {
  const kept = { sciq_mcq: () => true, paws: (row) => words(`${row.sentence1} ${row.sentence2}`) <= PAWS_WORDS };
  mkdirSync("rows", { recursive: true });
  for (const [task, keeps] of Object.entries(kept)) {
    for (const [split, most] of [
      ["", EVALUATED[task]],
      [".train", Infinity],
    ]) {
      const lines = readFileSync(join(rows, `${task.replace("_mcq", "")}${split}.jsonl`), "utf8").split("\n");
      const chosen = lines.filter((line) => line !== "" && keeps(JSON.parse(line))).slice(0, most);
      writeFileSync(join("rows", `${task}${split}.jsonl`), `${chosen.join("\n")}\n`);
    }
  }
}

function words(text) {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

/** Runs a study of one task, tuned in one prompt or in 24, on top of the base's scores and of those there are. */
function study(task, arm, seeds, asked) {
  const output = `${task}-${arm}`;
  const { second, first, other } = SEEN[task];
  const many = [...first, ...other.map((name) => `${name}+${second}`), "format:6@1", `format:6@2+${second}`];
  const file = {
    checkpoints: [MODEL],
    data: "rows",
    sft: { tasks: [task], prompts: arm === "one" ? ["default"] : many, ...SETTINGS, ...seedsOf(seeds) },
    evaluate: { tasks: asked, ...evaluation },
    output,
    threads: 1,
  };
  writeFileSync(`${output}.yaml`, JSON.stringify(file, null, 2));
  if (!existsSync(output)) {
    mkdirSync(output);
    copyFileSync("base/results.duckdb", join(output, "results.duckdb"));
  }
  amuro("study", `${output}.yaml`);
}

/** Returns the seeds of a study: one, or several that are replicates. */
function seedsOf(seeds) {
  return seeds.length === 1 ? { seed: seeds[0] } : { seeds };
}
