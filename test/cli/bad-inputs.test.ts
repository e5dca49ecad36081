/**
 * Tests what a user may get wrong: each is one line that says what and what to do, with the right exit code and no
 * stack. BAD_INPUTS_TABLE=FILE writes what was printed as a table.
 */

import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtinFolder } from "../support/builtin-folder.js";
import { cliHost, runCli } from "../support/cli.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();
const run = cliHost();
const write = (name: string, content: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
const NO_PARTS = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
const pair = (label: unknown) => JSON.stringify({ question1: "a?", question2: "b?", label });

beforeAll(() => {
  const builtin = builtinFolder();
  for (const name of ["cut", "no-tokenizer", "broken-tokenizer", "no-config", "bad-header"])
    cpSync(builtin, join(folder, name), { recursive: true });
  truncateSync(join(folder, "cut/model.safetensors"), 100_000);
  writeFileSync(join(folder, "no-tokenizer/tokenizer.json"), "{");
  write("broken-tokenizer/tokenizer.json", JSON.stringify({ ...NO_PARTS, model: { type: "BPE" } }));
  write("no-config/config.json", "[]");
  const bytes = readFileSync(join(folder, "bad-header/model.safetensors"));
  bytes.write("nonsense", 8);
  writeFileSync(join(folder, "bad-header/model.safetensors"), bytes);
  mkdirSync(join(folder, "empty"));
  write("hidden/qqp.jsonl", `${pair(-1)}\n${pair(-1)}\n`);
  write("type/qqp.jsonl", `${pair(1)}\n${pair("1")}\n`);
  write("column/qqp.jsonl", `${pair(1).replace("label", "lable")}\n`);
  write("json/qqp.jsonl", `${pair(1)}\n{"question1": \n`);
  write("csv/qqp.csv", 'question1,question2,label\n"a?,b?,1\n');
  write("norows/qqp.jsonl", "");
  write("two/qqp.jsonl", `${pair(1)}\n`);
  write("two/qqp.csv", "question1,question2,label\na,b,1\n");
  write("few/qqp.jsonl", `${pair(1)}\n${pair(0).replace("a?", "Who wrote it?").replace("b?", "When was that?")}\n`);
  write("taken", "a file");
  write("others/results.json", '{"mine": true}');
  write("key.yaml", "taks: rte\n");
  write("value.yaml", "limit: many\n");
  write("large.yaml", "limit: 1e400\n");
  write("seed.yaml", "seed: 99999999999999999999\n");
  write("range/qqp.jsonl", `${pair(7)}\n${pair(7)}\n`);
  write("broken.yaml", "task: [rte\n");
});

const printed: [string, number | null, string][] = [];
afterAll(() => {
  const file = process.env["BAD_INPUTS_TABLE"];
  if (file === undefined) return;
  const cell = (text: string) => text.replaceAll(folder, "DIR").replaceAll("|", "\\|");
  const rows = printed.sort().map(([args, code, line]) => `| \`${cell(args)}\` | ${code} | ${cell(line)} |\n`);
  writeFileSync(file, `| arguments | exit code | printed |\n| --- | --- | --- |\n${rows.join("")}`);
});

const SAMPLE = ["-m", "builtin", "--data", "sample"];
const data = (name: string) => ["-m", "builtin", "-t", "qqp", "--num-fewshot", "0", "--data", name];
const NETWORK = { HF_HUB_OFFLINE: "", HF_ENDPOINT: "http://127.0.0.1:9" };

const CASES: [string[], 1 | 2, string | RegExp, NodeJS.ProcessEnv?][] = [
  // The command line
  [[...SAMPLE, "-t", "rtee"], 2, 'unknown task "rtee"; did you mean "rte"? (amuro-eval ls tasks lists them)'],
  [[...SAMPLE, "-t", ""], 2, "--task names no task; amuro-eval ls tasks lists them"],
  [
    ["--modle", "builtin"],
    2,
    "unknown option '--modle' (Did you mean --model?) (amuro-eval run --help lists the flags)",
  ],
  [
    [...SAMPLE, "-t", "rte", "--prompts", "defualt"],
    2,
    'no prompt "defualt" in the family nli; did you mean "default"?',
  ],
  [[...SAMPLE, "--prompts", ","], 2, "--prompts names no prompt; amuro-eval ls prompts lists them"],
  [[...SAMPLE, "--device", "tpu"], 2, /option '--device <NAME>' argument 'tpu' is invalid\. Allowed choices are .*cpu/],
  [[...SAMPLE, "--answer", "token"], 2, "Allowed choices are loglikelihood, first-token, generate."],
  [[...SAMPLE, "--limit", "0"], 2, "--limit 0: expected a number of rows (1, 2, …) or a fraction between 0 and 1"],
  [[...SAMPLE, "--limit", "-1"], 2, "--limit -1: expected a number of rows (1, 2, …) or a fraction between 0 and 1"],
  [[...SAMPLE, "--limit", "abc"], 2, "--limit abc: expected a number of rows (1, 2, …) or a fraction between 0 and 1"],
  [[...SAMPLE, "--limit", "1.5"], 2, "--limit 1.5: expected a number of rows (1, 2, …) or a fraction between 0 and 1"],
  [[...SAMPLE, "--limit"], 2, "option '-L, --limit <N>' argument missing"],
  [[...SAMPLE, "--num-fewshot", "-1"], 2, "--num-fewshot -1: expected a whole number of at least 0"],
  [[...SAMPLE, "--threads", "100000"], 2, "--threads 100000: expected a whole number from 0 to 512"],
  [
    [...SAMPLE, "--seed", "99999999999999999999"],
    2,
    "--seed 99999999999999999999: expected a whole number of at least",
  ],
  [[...SAMPLE, "-t", "rte", "-o", ""], 2, "--output-dir is empty; give a folder"],
  [
    [...SAMPLE, "-t", "rte", "--prompts", "io+draw=1+draw=2"],
    2,
    'prompt "io+draw=1+draw=2": the axis draw is given twice; write draw=LEVEL|LEVEL',
  ],
  [[...SAMPLE, "-t", "rte", "--prompts", "@empty"], 2, "--prompts empty: cannot be read (EISDIR)"],
  [["junk"], 2, '"junk" is neither a command nor a flag'],
  [["inpsect", "rte"], 2, '"inpsect" is neither a command nor a flag; did you mean "inspect"?'],
  [["inspect"], 2, "missing required argument 'task'"],
  [["ls", "taks"], 2, 'ls taks: unknown list; did you mean "tasks"?'],
  // Configuration files
  [["-c", "key.yaml"], 2, '--config key.yaml: unknown key "taks"; did you mean "task"?'],
  [["-c", "value.yaml"], 2, '--config value.yaml: limit must be number, not the string "many"'],
  [["-c", "large.yaml"], 2, "--config large.yaml: limit must be number, not Infinity"],
  [["-c", "seed.yaml"], 2, "--config seed.yaml: seed must be <= 9007199254740991"],
  [["-c", "broken.yaml"], 2, "--config broken.yaml: not YAML or JSON ("],
  [["-c", "absent.yaml"], 2, "--config absent.yaml: no such file"],
  // Checkpoints
  [["--data", "sample"], 2, "no checkpoint given; use --model FOLDER, --model ORG/NAME or --model builtin"],
  [["--sft", "builtin"], 2, "--sft is given without --base; a pair needs both"],
  [["--base", "builtin"], 2, "--base is given without --sft; a pair needs both"],
  [
    ["-m", "builtin", "-m", "builtin"],
    2,
    'two checkpoints would be named "builtin"; name the --model or --base: NAME=builtin',
  ],
  [["-m", "./absent", "--data", "sample"], 2, 'checkpoint "./absent": no such folder'],
  [["-m", "./emtpy", "--data", "sample"], 2, 'checkpoint "./emtpy": no such folder; did you mean "empty"?'],
  [["-m", "absent", "--data", "sample"], 2, 'checkpoint "absent": no such folder, and not a hub id'],
  [["-m", "./absent/step*", "--data", "sample"], 2, /absent: no such folder$/m],
  [["-m", "cut", "--data", "sample"], 1, /cut\/model\.safetensors: .*the file is cut/],
  [["-m", "bad-header", "--data", "sample"], 1, "bad-header/model.safetensors: "],
  [["-m", "no-tokenizer", "--data", "sample"], 1, "no-tokenizer/tokenizer.json: not JSON"],
  [
    ["validate", "--json", "-m", "broken-tokenizer", "--data", "sample"],
    1,
    /broken-tokenizer\/tokenizer\.json: cannot be used as a tokenizer \(.*\); save it again or copy it/,
  ],
  [["-m", "no-config", "--data", "sample"], 1, "no-config/config.json: the value must be object, not array"],
  [["-m", "empty", "--data", "sample"], 1, "empty: no config.json; a checkpoint folder has one"],
  [["-m", "taken", "--data", "sample"], 1, "taken is a file; give the checkpoint's folder"],
  [[...SAMPLE, "--revision", "mian"], 2, 'builtin has no revision "mian"; did you mean "main"?'],
  // Rows
  [["-m", "builtin", "--data", "nowhere"], 2, "--data nowhere: no such folder; give hub, sample, builtin or a folder"],
  [["-m", "builtin", "--data", "taken"], 1, "taken is not a folder; --data takes sample, builtin, hub or a folder"],
  [data("empty"), 2, "none of the tasks has rows: qqp: no qqp.jsonl, .csv or .parquet in empty"],
  [data("column"), 1, 'column/qqp.jsonl: row 1 has no column "label"; did you mean "lable"?'],
  [
    data("type"),
    1,
    'type/qqp.jsonl: row 2, column label: expected an integer of at most 53 bits, found the string "1"',
  ],
  [data("hidden"), 1, "hidden/qqp.jsonl: row 1, column label: -1 is a hidden label, as in all 2 rows"],
  [data("range"), 1, "range/qqp.jsonl: row 1, column label: 7 is not one of 0, 1; correct or remove the row"],
  [data("json"), 1, "json/qqp.jsonl: line 2 is not valid JSON ("],
  [data("csv"), 1, "csv/qqp.csv: not valid CSV ("],
  [data("norows"), 1, "norows/qqp.jsonl: the file is empty; expected rows"],
  [data("two"), 1, "two/qqp.jsonl and two/qqp.csv are both rows of qqp; keep one of them"],
  [
    [...data("few"), "--num-fewshot", "4"],
    2,
    "few/qqp.jsonl (no train rows) has 2 rows, too few for 4 shots; use --num-fewshot 0",
  ],
  // The hub
  [
    ["-m", "builtin", "-t", "rte"],
    1,
    /^cannot reach http:\/\/127\.0\.0\.1:9 .*without the hub, use --data sample/,
    NETWORK,
  ],
  [["-m", "org/name", "--data", "sample"], 1, /^cannot reach http:\/\/127\.0\.0\.1:9 /, NETWORK],
  [
    ["-m", "builtin", "-t", "rte", "--offline"],
    1,
    /^offline, and dataset "nyu-mll\/glue" .* is not in .*use --data sample/,
    NETWORK,
  ],
  [
    ["-m", "org/name", "--data", "sample", "--offline"],
    1,
    /^offline, and revision "main" of model "org\/name" is not in /,
    NETWORK,
  ],
  [
    ["-m", "builtin", "-t", "rte"],
    1,
    'HF_ENDPOINT is "nonsense": expected a URL',
    { HF_HUB_OFFLINE: "", HF_ENDPOINT: "nonsense" },
  ],
  // Where results go
  [
    [...SAMPLE, "-t", "rte", "-o", "taken"],
    1,
    "cannot write taken: there is a file of that name; choose another --output-dir",
  ],
  [[...SAMPLE, "-t", "rte", "-o", "taken/out"], 1, "cannot write taken/out: a part of the path is a file"],
  [
    [...SAMPLE, "-t", "rte", "-o", "others"],
    1,
    /^others\/results\.json: .*choose another --output-dir or delete the file$/,
  ],
  // Plugins: more in test/tasks/plugin.test.ts
  [[...SAMPLE, "--plugin", "./absent.ts"], 2, "plugin ./absent.ts: no such file (looked for "],
];

describe("one line and an exit code:", () => {
  test.each(CASES)("%j", async (args, expectedCode, message, env) => {
    const { code, signal, stdout, stderr } = await run(args, folder, env);
    printed.push([args.join(" "), code, stderr.trimEnd()]);
    expect(stderr).toMatch(/^amuro-eval: [^\n]+\n$/);
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
    const line = stderr.slice("amuro-eval: ".length, -1);
    if (typeof message === "string") expect(line).toContain(message);
    else expect(line).toMatch(message);
    expect({ code, signal, stdout }).toEqual({ code: expectedCode, signal: null, stdout: "" });
  });
});

test.each([
  { args: ["--modle", "builtin"], code: 2 },
  { args: ["-m", "no-tokenizer", "--data", "sample"], code: 1 },
])("a process of its own prints the same and ends with the exit code: $args", async ({ args, code }) => {
  const alone = await runCli(args, folder);
  expect(alone).toEqual(await run(args, folder));
  expect(alone.code).toBe(code);
});
