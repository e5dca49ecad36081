// Scores the same rows with amuro-eval (dist/) and with lm-evaluation-harness and compares them; see README.md.
// Exit code 1 when a log-likelihood, a chosen answer or an accuracy differs.
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: join(root, "../shared/models/stories260K-hf") },
    data: { type: "string", default: join(root, "../shared/data/rows") },
    rows: { type: "string", default: "50" },
    python: { type: "string", default: "python" },
    write: { type: "boolean", default: false },
  },
});

const TASKS = ["boolq", "rte", "arc_easy", "hellaswag"];
const PROMPTS = ["default", "instruct", "io"];
const TOLERANCE = 1e-3;
const SHOTS = 2;

// Written out here, so that a change of a template is noticed: prompt, answers and gold of the few-shot check.
const SHOT_TASKS = {
  rte: (row) => ({
    prompt: `### Input_1: ${row.sentence1}\n ### Input_2: ${row.sentence2}\n ### Inference: `,
    choices: ["entailment", "neutral"],
    gold: row.label,
  }),
  arc_easy: (row) => ({
    prompt: `### Question: ${row.question}\n ### Answer: `,
    choices: row.choices.text,
    gold: row.choices.label.indexOf(row.answerKey),
  }),
};

const work = mkdtempSync(join(tmpdir(), "lm-eval-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const folder of ["rows", "shots"]) mkdirSync(join(work, folder));
for (const task of TASKS) copyRows(task, "rows", Number(options.rows));
for (const task of Object.keys(SHOT_TASKS)) {
  copyRows(task, "shots", Number(options.rows));
  copyRows(`${task}.train`, "shots", SHOTS);
}

const ours = amuro("rows", TASKS, PROMPTS, 0);
const oursShots = amuro("shots", Object.keys(SHOT_TASKS), ["default"], SHOTS);
for (const task of Object.keys(SHOT_TASKS)) writeShotPrompts(task);
const cells = [
  ...TASKS.flatMap((task) => PROMPTS.map((prompt) => ({ task, prompt, shots: 0, name: `amuro_${task}_${prompt}` }))),
  ...Object.keys(SHOT_TASKS).map((task) => ({ task, prompt: "default", shots: SHOTS, name: `amuro_${task}_shots` })),
];
const theirs = lmEval(cells.map(({ name }) => name));
const compared = cells.map(compare);

print(compared);
const agree = compared.every(({ result }) => result.agree);
const record = {
  tolerance: TOLERANCE,
  rows: Number(options.rows),
  weights_sha256: ours.results.checkpoints[0].hashes.weights,
  versions: { ...ours.results.versions, ...pythonVersions() },
  cells: compared.map(({ result }) => result),
};
if (options.write && agree) {
  writeFileSync(join(here, "result.json"), `${JSON.stringify(record, null, 1)}\n`);
  writeFileSync(join(here, "loglikelihoods.json"), goldenText());
}
console.log(agree ? "they agree" : "THEY DIFFER");
process.exitCode = agree ? 0 : 1;

function copyRows(name, folder, count) {
  const lines = readFileSync(join(options.data, `${name}.jsonl`), "utf8")
    .split("\n")
    .filter(Boolean);
  writeFileSync(
    join(work, folder, `${name}.jsonl`),
    lines
      .slice(0, count)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

function readLines(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function run(command, args, cwd, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Returns our command line on a folder of rows: results.json and the rows of each cell. */
function amuro(folder, tasks, prompts, shots) {
  const output = join(work, `${folder}-results`);
  // prettier-ignore
  run(process.execPath, [
    join(root, "dist/cli/main.js"), "run", "--model", `model=${resolve(options.model)}`, "--data", join(work, folder),
    "--task", tasks.join(","), "--prompts", prompts.join(","), "--num-fewshot", String(shots), "--output-dir", output, "--quiet",
  ], work);
  const results = JSON.parse(readFileSync(join(output, "results.json"), "utf8"));
  const cellOf = (task, prompt) => results.cells.find((cell) => cell.task === task && cell.prompt === prompt);
  const rowsOf = (task, prompt) => readLines(join(output, cellOf(task, prompt).rows_file));
  return { results, cellOf, rowsOf };
}

/**
 * Returns one text per row for lm-eval: the shots that were kept, in the order in which they were shown, and the
 * question.
 */
function writeShotPrompts(task) {
  const questions = readLines(join(work, "shots", `${task}.jsonl`)).map(SHOT_TASKS[task]);
  const shots = readLines(join(work, "shots", `${task}.train.jsonl`))
    .map(SHOT_TASKS[task])
    .map(({ prompt, choices, gold }) => `${prompt}${choices[gold]}\n`);
  const rows = oursShots.rowsOf(task, "default");
  const order = [shots, shots.toReversed()].find(
    (tried) => sha256(tried.join("") + questions[0].prompt) === rows[0].prompt_hash,
  );
  if (order === undefined) throw new Error(`${task}: the few-shot prompt is not two shots and the question`);
  const lines = questions.map(({ prompt, ...rest }, i) => {
    if (sha256(order.join("") + prompt) !== rows[i].prompt_hash) throw new Error(`${task}, row ${i}: another prompt`);
    return `${JSON.stringify({ prompt: order.slice(rows[i].shots_dropped).join("") + prompt, ...rest })}\n`;
  });
  writeFileSync(join(work, "rows", `${task}_shots.jsonl`), lines.join(""));
}

/** lm-evaluation-harness on the same rows: its numbers and its samples by task. */
function lmEval(names) {
  const output = join(work, "lm-eval");
  // prettier-ignore
  run(options.python, [
    "-m", "lm_eval", "run", "--model", "hf", "--device", "cpu", "--batch_size", "1", "--log_samples",
    "--model_args", `pretrained=${resolve(options.model)},add_bos_token=True,dtype=float32`,
    "--include_path", join(here, "tasks"), "--tasks", names.join(","), "--output_path", output,
  ], join(work, "rows"), { HF_HUB_OFFLINE: "1", HF_HOME: join(work, "hf") });
  const folder = join(output, readdirSync(output)[0]);
  const fileOf = (start) =>
    join(
      folder,
      readdirSync(folder).find((name) => name.startsWith(start)),
    );
  const { results } = JSON.parse(readFileSync(fileOf("results_"), "utf8"));
  const samplesOf = (name) => readLines(fileOf(`samples_${name}_`)).sort((a, b) => a.doc_id - b.doc_id);
  return { results, samplesOf };
}

function compare({ task, prompt, shots, name }) {
  const source = shots === 0 ? ours : oursShots;
  const rows = source.rowsOf(task, prompt);
  const samples = theirs.samplesOf(name);
  const { metrics } = source.cellOf(task, prompt);
  const pairs = rows.map((row, i) => {
    const sample = samples[i];
    const requests = Object.values(sample.arguments);
    const choices = requests.map(({ arg_1 }) => arg_1);
    const lmLogprobs = sample.filtered_resps.map(([logprob]) => Number(logprob));
    return {
      row,
      samePrompt: row.shots_dropped > 0 || requests.every(({ arg_0 }) => sha256(arg_0) === row.prompt_hash),
      lmLogprobs,
      difference: Math.max(...row.logprobs.map((logprob, c) => Math.abs(logprob - lmLogprobs[c]))),
      sameAnswers:
        row.logprobs.length === lmLogprobs.length &&
        preferred(row.logprobs, choices).join() === preferred(lmLogprobs, choices).join(),
      sameScores: Object.entries(row.metrics).every(([metric, score]) => sample[metric] === score),
    };
  });
  const maxOf = (chosen) => Math.max(0, ...chosen.map(({ difference }) => difference));
  const accuracies = Object.fromEntries(
    Object.keys(metrics).map((metric) => {
      const figure = { ours: metrics[metric].mean, lm_eval: theirs.results[name][`${metric},none`] };
      const stderrs = {
        ours_stderr: metrics[metric].stderr,
        lm_eval_stderr: theirs.results[name][`${metric}_stderr,none`],
      };
      return [metric, { ...figure, ...stderrs }];
    }),
  );
  const close = ({ ours: a, lm_eval: b, ours_stderr: c, lm_eval_stderr: d }) =>
    Math.abs(a - b) < 1e-12 && Math.abs(c - d) < 1e-12;
  const maxDifference = maxOf(pairs);
  const result = {
    task,
    prompt,
    shots,
    rows: rows.length,
    rows_truncated: rows.filter(({ truncated }) => truncated).length,
    rows_with_dropped_shots: rows.filter(({ shots_dropped }) => shots_dropped > 0).length,
    rows_merged: rows.filter(({ merged }) => merged).length,
    log_likelihoods: rows.reduce((sum, { logprobs }) => sum + logprobs.length, 0),
    max_abs_difference: Number(maxDifference.toExponential(2)),
    max_abs_difference_truncated: Number(maxOf(pairs.filter(({ row }) => row.truncated)).toExponential(2)),
    same_prompts: samples.length === rows.length && pairs.every(({ samePrompt }) => samePrompt),
    same_answers: pairs.every(({ sameAnswers, sameScores }) => sameAnswers && sameScores),
    accuracies,
  };
  const agree =
    maxDifference <= TOLERANCE && result.same_prompts && result.same_answers && Object.values(accuracies).every(close);
  return { pairs, result: { ...result, agree } };
}

/** Chosen answer by log-likelihood, per character (Python's) and per byte: written anew, not taken from src/. */
function preferred(logprobs, choices) {
  const best = (values) => values.indexOf(Math.max(...values));
  return [
    best(logprobs),
    best(logprobs.map((logprob, i) => logprob / [...choices[i]].length)),
    best(logprobs.map((logprob, i) => logprob / Buffer.byteLength(choices[i]))),
  ];
}

/** Hashes and lm-eval's numbers, no text: the licences of some of the datasets do not allow copies of rows. */
function goldenText() {
  const round = (value) => Number(value.toFixed(6));
  const tasks = TASKS.map((task) => {
    const of = compared.filter(({ result }) => result.task === task);
    const hashes = of[0].pairs.map(({ row }) => row.row_hash);
    const prompts = of.map(({ result, pairs }) => {
      const sha = sha256(pairs.map(({ row }) => row.prompt_hash).join("\n"));
      const lines = pairs.map(({ lmLogprobs }) => `    ${JSON.stringify(lmLogprobs.map(round))}`);
      const head = { prompt: result.prompt, shots: result.shots, prompts_sha256: sha };
      return `  {${JSON.stringify(head).slice(1, -1)},"logprobs":[\n${lines.join(",\n")}\n  ]}`;
    });
    const rows = hashes.map((hash) => `  "${hash}"`).join(",\n");
    return ` ${JSON.stringify(task)}: {"rows":[\n${rows}\n ],"cells":[\n${prompts.join(",\n")}\n ]}`;
  });
  return `{\n${tasks.join(",\n")}\n}\n`;
}

function pythonVersions() {
  const names = ["lm_eval", "transformers", "tokenizers", "torch", "datasets", "accelerate"];
  const code = `import importlib.metadata as m, json, platform, sys
print(json.dumps({"python": platform.python_version(), **{n: m.version(n) for n in sys.argv[1:]}}))`;
  return JSON.parse(run(options.python, ["-c", code, ...names], work));
}

function print(all) {
  const percent = (value) => value.toFixed(3);
  console.log(
    "task       prompt    shots  cut  max |difference|  same answers  acc ours / lm-eval  acc_norm ours / lm-eval",
  );
  for (const { result: r } of all) {
    const figures = ["acc", "acc_norm"].map((metric) => {
      const figure = r.accuracies[metric];
      return figure === undefined ? "" : `${percent(figure.ours)} / ${percent(figure.lm_eval)}`;
    });
    console.log(
      [
        r.task.padEnd(10),
        r.prompt.padEnd(9),
        String(r.shots).padStart(5),
        String(r.rows_truncated).padStart(4),
        r.max_abs_difference.toExponential(1).padStart(17),
        (r.same_prompts ? (r.same_answers ? "yes" : "NO") : "OTHER PROMPT").padStart(13),
        (figures[0] ?? "").padStart(19),
        (figures[1] ?? "").padStart(24),
      ].join(" "),
    );
  }
}

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}
