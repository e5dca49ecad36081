/** Tests the command line's grammar: every command is a stand-in that notes what it was called with. */

import { CommanderError } from "commander";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canonicalArgv } from "../../src/cli/flags/flags.js";
import { FLAGS, type RawOptions } from "../../src/library/run-options.js";
import { MAIN_FLAGS } from "../../src/cli/help.js";
import { createProgram } from "../../src/cli/program.js";
import { messageOf, UsageError } from "../../src/base/errors.js";
import { VERSION } from "../../src/base/package-info.js";
import { standInCommands } from "../support/commands.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();

interface Call {
  readonly verb: string;
  readonly args: readonly unknown[];
  readonly options: RawOptions;
  readonly display: Readonly<Record<string, boolean>>;
}

/** Parses words as run-words.ts does. @returns the one command that was called, or what was printed instead */
async function parse(...words: string[]): Promise<{ calls: Call[]; printed: string }> {
  const calls: Call[] = [];
  const program = createProgram(
    standInCommands((verb, args) => {
      const display = { ...(args.at(-1) as Call["display"]) };
      const isStudy = ["run", "inspect", "validate", "validatePack"].includes(verb);
      const options = (isStudy ? args.at(-2) : {}) as RawOptions;
      calls.push({ verb, args: args.slice(0, isStudy ? -2 : -1), options, display });
      return Promise.resolve();
    }),
  );
  let printed = "";
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: (text) => (printed += text), writeErr: () => undefined });
  }
  try {
    await program.parseAsync(canonicalArgv(words), { from: "user" });
  } catch (error) {
    // Help and the version end this way.
    if (!(error instanceof CommanderError)) throw error;
  }
  return { calls, printed };
}

async function called(...words: string[]): Promise<Call> {
  const { calls } = await parse(...words);
  const [call] = calls;
  if (call === undefined || calls.length > 1) throw new Error(`${calls.length} commands were called`);
  return call;
}
const optionsOf = async (...words: string[]) => (await called(...words)).options;

async function refusal(...words: string[]): Promise<string> {
  try {
    await parse(...words);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const message = messageOf(error);
    expect(message).not.toContain("\n");
    return message;
  }
  throw new Error("accepted");
}

let configs = 0;
function configFile(content: unknown): string {
  const path = join(folder, `config${configs++}.yaml`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("defaults", () => {
  test("a run has defaults", async () => {
    expect(await called("--model", "builtin")).toEqual({
      verb: "run",
      args: [],
      options: {
        model: ["builtin"],
        base: [],
        sft: [],
        revision: [],
        task: ["all"],
        prompts: ["design"],
        seenPrompts: [],
        templates: [],
        chatTemplate: ["off"],
        answer: "loglikelihood",
        calibrate: false,
        groupPrompts: false,
        fields: [],
        labels: [],
        choices: [],
        numFewshot: 4,
        seed: 42,
        seeds: [],
        tokens: [],
        ignoreConfigKey: [],
        stageOrder: [],
        device: FLAGS.find(({ name }) => name === "device")?.default,
        threads: 0,
        data: "hub",
        offline: false,
        fresh: false,
        failFast: false,
        plugin: [],
      },
      display: { json: false, quiet: false, plain: false, debug: false, dryRun: false, exact: false, report: true },
    });
  });

  test("are the same with and without the verb", async () => {
    expect(await called("run", "-m", "builtin")).toEqual(await called("-m", "builtin"));
    expect((await called()).options).toEqual((await called("run")).options);
  });
});

describe("spellings", () => {
  test.each([
    [
      ["--num-fewshot", "2"],
      ["--num_fewshot", "2"],
    ],
    [["--output-dir", "a_b"], ["--output_dir=a_b"]],
    [
      ["--output-dir", "x"],
      ["-o", "x"],
    ],
    [
      ["--task", "rte"],
      ["--tasks", "rte"],
    ],
    [
      ["--task", "rte"],
      ["-t", "rte"],
    ],
    [
      ["--task", "rte,qqp"],
      ["-t", "rte", "--tasks", "qqp"],
    ],
    [
      ["--task", "rte,qqp"],
      ["-t", " rte , qqp,"],
    ],
    [
      ["--model", "a", "--model", "b"],
      ["-m", "a,b"],
    ],
    [["--limit", "5"], ["-L5"]],
    [
      ["--prompts", "io", "--prompts", "default"],
      ["--prompts", "io,default"],
    ],
    [["--plugin", "a", "--plugin", "b"], ["--plugin=a,b"]],
    [["--dry-run"], ["--dry_run"]],
  ])("%j is %j", async (one, other) => {
    expect(await called(...other)).toEqual(await called(...one));
  });

  test("values keep their underscores", async () => {
    expect((await optionsOf("-t", "mnli_matched", "--model=my_model")).task).toEqual(["mnli_matched"]);
    expect(canonicalArgv(["--output_dir=a_b", "a_b", "-x_y", "--", "--a_b"])).toEqual([
      ...["--output-dir=a_b", "a_b", "-x_y", "--", "--a_b"],
    ]);
  });

  test("switches of display are handed to the command", async () => {
    const { display } = await called("--json", "--quiet", "--debug", "--dry-run");
    expect(display).toEqual({
      json: true,
      quiet: true,
      plain: false,
      debug: true,
      dryRun: true,
      exact: false,
      report: true,
    });
  });
});

describe("verbs", () => {
  test("ls is called with what it lists", async () => {
    const display = { json: true, quiet: false, debug: false };
    expect(await called("ls", "tasks", "--json", "--plugin", "a,b")).toMatchObject({
      verb: "ls",
      args: ["tasks", { plugins: ["a", "b"], templates: [] }],
      display,
    });
  });

  test("inspect is called with its task and view", async () => {
    const call = await called("inspect", "rte", "-m", "x", "--rows", "3", "--num_fewshot", "1");
    expect(call).toMatchObject({
      verb: "inspect",
      args: ["rte", { rows: 3, html: undefined, all: false }],
      options: { model: ["x"], numFewshot: 1 },
    });
    expect((await called("inspect", "rte")).args).toEqual(["rte", { rows: 1, html: undefined, all: false }]);
    expect((await called("inspect", "rte", "--all")).args).toMatchObject(["rte", { all: true }]);
  });

  test("validate is called with the options of a run", async () => {
    expect(await called("validate", "-t", "rte")).toMatchObject({ verb: "validate", options: { task: ["rte"] } });
    expect(await called("validate", "./pack", "--answer", "first-token")).toMatchObject({
      verb: "validatePack",
      args: ["./pack"],
      options: { answer: "first-token" },
    });
  });

  test("study and demo are called with their file and folder", async () => {
    expect(await called("study", "a.yaml", "--dry-run")).toMatchObject({
      verb: "study",
      args: ["a.yaml"],
      display: { dryRun: true },
    });
    expect(await called("init")).toMatchObject({ verb: "init", args: ["study.yaml", {}] });
    expect(
      await called("init", "b.yaml", "--checkpoints", "a,b", "--sft-tasks", "rte", "--tasks", "nli"),
    ).toMatchObject({
      verb: "init",
      args: ["b.yaml", { checkpoints: ["a", "b"], sftTasks: ["rte"], tasks: ["nli"] }],
    });
    await expect(parse("study", "a.yaml", "b.yaml")).rejects.toThrow(/^too many arguments for 'study'/);
    expect(await called("demo")).toMatchObject({ verb: "demo", args: ["amuro-demo"] });
    expect((await called("demo", "-o", "out")).args).toEqual(["out"]);
  });

  test("new-template is called with its family and name", async () => {
    expect((await called("new-template", "nli", "mine")).args).toEqual([
      "nli",
      "mine",
      { dir: "templates", plugin: [] },
    ]);
    expect((await called("new-template", "nli", "mine", "--dir", "p")).args).toEqual([
      "nli",
      "mine",
      { dir: "p", plugin: [] },
    ]);
  });
});

describe("refused:", () => {
  test.each([
    [["--modle", "x"], "unknown option '--modle' (Did you mean --model?) (amuro-eval run --help lists the flags)"],
    [["--fewshot", "2"], "unknown option '--fewshot'"],
    [["plan", "--foo"], "unknown option '--foo' (amuro-eval plan --help lists the flags)"],
    [
      ["requests", "export"],
      "required option '--out <DIR>' not specified (amuro-eval requests export --help lists the flags)",
    ],
    [["results", "list"], "unknown command 'list' (Did you mean ls?) (amuro-eval results --help lists the flags)"],
    [["completion", "--foo"], "unknown option '--foo' (amuro-eval completion --help lists the flags)"],
    [["-x"], "unknown option '-x'"],
    [["junk"], '"junk" is neither a command nor a flag'],
    [["run", "junk"], '"junk" is neither a command nor a flag'],
    [["inpsect", "rte"], '"inpsect" is neither a command nor a flag; did you mean "inspect"?'],
    [["ls"], "missing required argument 'what'"],
    [["inspect"], "missing required argument 'task'"],
    [["inspect", "rte", "qqp"], "too many arguments for 'inspect'"],
    [["ls", "tasks", "more"], "too many arguments for 'ls'"],
    [["--limit"], "option '-L, --limit <N>' argument missing"],
    [["--limit", "abc"], "--limit abc: expected a number of rows (1, 2, …) or a fraction between 0 and 1"],
    [["--limit", "-1"], "--limit -1: expected a number of rows"],
    [["--limit", ""], "--limit : expected a number of rows"],
    [["--limit", "Infinity"], "--limit Infinity: expected a number of rows"],
    [["--num-fewshot", "-1"], "--num-fewshot -1: expected a whole number of at least 0"],
    [["--num-fewshot", "1.5"], "--num-fewshot 1.5: expected a whole number of at least 0"],
    [["--seed", "x"], "--seed x: expected a whole number of at least 0"],
    [["--threads", "two"], "--threads two: expected a whole number from 0 to 512"],
    [["inspect", "rte", "--rows", "0"], "--rows 0: expected a whole number of at least 1"],
    [["--answer", "first_token"], "Allowed choices are loglikelihood, first-token, generate."],
    [["--device", "tpu"], "option '--device <NAME>' argument 'tpu' is invalid"],
    [["--json=yes"], "--json"],
    [["validate", "--dry-run"], "unknown option '--dry-run'"],
  ])("%j", async (words, message) => {
    expect(await refusal(...words)).toContain(message);
  });
});

describe("a configuration file", () => {
  const withConfig = (content: unknown, ...words: string[]) => optionsOf("--config", configFile(content), ...words);

  test("in YAML may hold every kind of flag", async () => {
    const yaml = `# a study
model: [builtin, tuned=./tuned]
tasks: rte, qqp
num_fewshot: 2
limit: 0.5
offline: true
answer: first-token
output-dir: out
`;
    expect(await withConfig(yaml)).toMatchObject({
      model: ["builtin", "tuned=./tuned"],
      task: ["rte", "qqp"],
      numFewshot: 2,
      limit: 0.5,
      offline: true,
      answer: "first-token",
      outputDir: "out",
      seed: 42,
    });
  });

  test("a configuration file may be JSON", async () => {
    expect(await withConfig({ model: "builtin", task: ["rte"], seed: 7 })).toMatchObject({
      model: ["builtin"],
      task: ["rte"],
      seed: 7,
    });
  });

  test("loses to the command line, even where that gives the default", async () => {
    const config = { task: ["rte"], "num-fewshot": 2, seed: 7, data: "sample" };
    expect(await withConfig(config, "-t", "all", "--num-fewshot", "4")).toMatchObject({
      task: ["all"],
      numFewshot: 4,
      seed: 7,
      data: "sample",
    });
  });

  test("may be empty, and serves every verb", async () => {
    expect(await withConfig("")).toEqual(await optionsOf());
    const config = configFile({ data: "sample" });
    for (const words of [["inspect", "rte"], ["validate"], ["run"]]) {
      expect(await optionsOf(...words, "-c", config)).toMatchObject({ data: "sample" });
    }
  });

  test.each([
    ["taks: rte", 'unknown key "taks"; did you mean "task"?'],
    ["quiet: true", 'unknown key "quiet"'],
    ["limit: many", 'limit must be number, not the string "many"'],
    ["limit: null", "limit must be number, not null"],
    ["num_fewshot: 1.5", "num-fewshot must be integer, not number"],
    ["num_fewshot: -1", "num-fewshot must be >= 0"],
    ["offline: yes please", 'offline must be boolean, not the string "yes please"'],
    ["model: 3", "model must be string or array, not number"],
    ["model: [3]", "model.0 must be string, not number"],
    ["answer: first_token", 'answer is "first_token"; did you mean "first-token"?'],
    ["task: rte\ntasks: qqp", '"task" and "tasks" are the same flag'],
    ["num-fewshot: 1\nnum_fewshot: 2", '"num-fewshot" and "num_fewshot" are the same flag'],
    ["- rte", "the value must be object, not array"],
    ["just text", 'the value must be object, not the string "just text"'],
    ["task: [rte", "not YAML or JSON ("],
    ["seed: 1\nseed: 2", "not YAML or JSON ("],
  ])("with %j is refused", async (content, message) => {
    const path = configFile(content);
    const refused = await refusal("--config", path);
    expect(refused).toContain(`--config ${path}: `);
    expect(refused).toContain(message);
  });

  test("that is not there is refused", async () => {
    expect(await refusal("-c", join(folder, "absent.yaml"))).toBe(
      `--config ${join(folder, "absent.yaml")}: no such file`,
    );
    expect(await refusal("-c", folder)).toBe(`--config ${folder}: cannot be read (EISDIR)`);
  });
});

describe("help", () => {
  test.each([[["run", "--help"]], [["run", "-h"]], [["inspect", "--help"]], [["validate", "--help"]]])(
    "%j names every flag",
    async (words) => {
      const { calls, printed } = await parse(...words);
      expect(calls).toEqual([]);
      for (const { name } of FLAGS) expect(printed).toMatch(new RegExp(`--${name}[ \\n]`));
      for (const name of ["config", "json", "quiet", "debug", "help"]) expect(printed).toContain(`--${name}`);
    },
  );

  test("of the program is one screen that names every command, the main flags, examples and exit codes", async () => {
    const { printed } = await parse("--help");
    const lines = printed.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const program = createProgram(standInCommands(() => Promise.resolve()));
    for (const command of program.commands) expect(printed).toMatch(new RegExp(`\\b${command.name()}\\b`));
    for (const text of ["--model", "--dry-run", "--version", "Examples:", "130 interrupted"]) {
      expect(printed).toContain(text);
    }
    const run = program.commands.find((command) => command.name() === "run");
    const flags = run?.options.map(({ long }) => long) ?? [];
    for (const [written] of MAIN_FLAGS) {
      for (const flag of written.match(/--[a-z-]+/g) ?? []) expect(flags).toContain(flag);
    }
  });

  test.each([60, 80, 100])("is not wider than a terminal of %i columns but for a command of an example", (width) => {
    const program = createProgram(standInCommands(() => Promise.resolve()));
    for (const command of [program, ...program.commands]) {
      let printed = "";
      command.configureOutput({ writeOut: (text) => (printed += text), getOutHelpWidth: () => width });
      command.outputHelp();
      const wide = printed.split("\n").filter((line) => line.length > width);
      expect(
        wide.filter((line) => !/^( {2}|Usage: | {7})amuro-eval /.test(line)),
        command.name(),
      ).toEqual([]);
      expect(printed.length).toBeGreaterThan(300);
    }
  });

  test("of a run lists its flags in groups", async () => {
    const { printed } = await parse("run", "--help");
    for (const group of new Set(FLAGS.map((flag) => flag.group))) expect(printed).toContain(`\n${group}:\n`);
  });

  test("says each default as the parser has it", async () => {
    const { printed } = await parse("run", "--help");
    const text = printed.replace(/\s+/g, " ");
    const options = await optionsOf();
    for (const [key, value] of Object.entries(options)) {
      const flag = FLAGS.find(({ name }) => name.replaceAll("-", "") === key.toLowerCase());
      const shown = Array.isArray(value) ? value.join(",") || "none" : String(value);
      expect(text).toMatch(new RegExp(`--${String(flag?.name)} .*?default: ${shown}\\)`));
    }
  });

  test("--version prints the version", async () => {
    expect(await parse("--version")).toEqual({ calls: [], printed: `${VERSION}\n` });
  });
});

describe("--steps", () => {
  test("is a list of whole numbers, on the command line and in a file", async () => {
    expect((await optionsOf("--steps", "1000,18000", "--steps", "5")).steps).toEqual([1000, 18_000, 5]);
    expect((await optionsOf("-c", configFile({ steps: [1000, 2000] }))).steps).toEqual([1000, 2000]);
    expect((await optionsOf("-c", configFile("steps: 1000\nkeep_checkpoints: 2"))).steps).toEqual([1000]);
    expect((await optionsOf("-m", "builtin")).steps).toBeUndefined();
  });

  test("that are no steps are refused", async () => {
    expect(await refusal("--steps", "1,x")).toBe("--steps x: expected a whole number of at least 0");
    expect(await refusal("-c", configFile({ steps: ["x"] }))).toContain('steps.0 must be integer, not the string "x"');
    expect(await refusal("--keep-checkpoints", "-1")).toContain("--keep-checkpoints -1: expected a whole number");
  });
});

test("checkpoints takes a hub id or a folder", async () => {
  expect(await called("checkpoints", "org/name", "--offline", "--json")).toMatchObject({
    verb: "checkpoints",
    args: ["org/name", { offline: true, stageOrder: [], stepsFile: undefined }],
    display: { json: true },
  });
  expect(await refusal("checkpoints")).toContain("missing required argument 'place'");
});
