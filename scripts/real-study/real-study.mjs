// Runs the study of a real base model before and after fine-tuning; see README.md beside it for its design.
//
//     npm run build && node scripts/real-study/real-study.mjs WORK ROWS
//
// WORK is a scratch folder that holds gemma-3-270m-q4_k_m.gguf; ROWS a folder with paws.jsonl, paws.train.jsonl, sciq.jsonl
// and sciq.train.jsonl in the columns of the hub's datasets. Started again, it goes on where it was. Nothing of the model
// or of the rows is written outside WORK.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const MODEL = "gemma-3-270m-q4_k_m.gguf";
/** Names, of each task, the rows that are evaluated: the first of those that are kept. */
const EVALUATED = { sciq_mcq: 48, paws: 24 };
/** Most words of both sentences of a pair: longer ones cost twice the time. */
const PAWS_WORDS = 35;
/** Names half of the default design's wordings, six in each presentation, that tuning over many prompts sees. */
const SEEN = {
  sciq_mcq: {
    second: "choices=letter",
    first: ["default", "american-spelling", "checklist", "exam-item", "initials", "terse-arrow"],
    other: ["instruct", "code-script", "email-request", "polite-request", "role-expert", "worksheet"],
  },
  paws: {
    second: "labels=true-false",
    first: ["default", "checklist", "initials", "json-record", "question-first", "role-linguist"],
    other: ["instruct", "british-spelling", "code-console", "exam-item", "markdown-headings", "xml-tags"],
  },
};
const SETTINGS = { rows: 96, epochs: 1, lr: 5e-5, "batch-size": 8, "eval-every": 0, seeds: [1, 2] };

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
  for (const arm of ["one", "many"]) study(task, arm);
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
      // prettier-ignore
      const lines = readFileSync(join(rows, `${task.replace("_mcq", "")}${split}.jsonl`), "utf8").split("\n");
      const chosen = lines.filter((line) => line !== "" && keeps(JSON.parse(line))).slice(0, most);
      writeFileSync(join("rows", `${task}${split}.jsonl`), `${chosen.join("\n")}\n`);
    }
  }
}

function words(text) {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

/** Runs a study of one task, tuned in one prompt or in 24, on top of the base's scores. */
function study(task, arm) {
  const output = `${task}-${arm}`;
  const { second, first, other } = SEEN[task];
  const many = [...first, ...other.map((name) => `${name}+${second}`), "format:6@1", `format:6@2+${second}`];
  const file = {
    checkpoints: [MODEL],
    data: "rows",
    sft: { tasks: [task], prompts: arm === "one" ? ["default"] : many, ...SETTINGS },
    evaluate: { tasks: Object.keys(EVALUATED), ...evaluation },
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

function amuro(...words) {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const { status } = spawnSync(process.execPath, [main, ...words, "--plain"], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
