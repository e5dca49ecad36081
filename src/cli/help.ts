/** Writes the help texts: one screen for the program, and the examples of each command. */

import type { Command } from "commander";
import { wrapped, wrappedLine } from "../base/wording.js";
import { EXAMPLES, type Example } from "./examples.js";

/** Names the groups in which the first screen lists the commands. The main ones stand on a line each. */
export const COMMAND_GROUPS = {
  main: "Commands",
  before: "Before a run",
  tune: "Fine-tuning",
  stored: "Stored results",
  write: "Things of your own",
} as const;

/** Describes the flags of run that most runs need, in a few words each. */
export const MAIN_FLAGS: readonly (readonly [flag: string, meaning: string])[] = [
  ["-m, --model <SPEC>", "a folder, hub id, GGUF file, builtin or vllm:URL"],
  ["--base, --sft <SPEC>", "checkpoints before and after fine-tuning, compared"],
  ["-t, --task <NAMES>", "tasks, families or all (amuro-eval ls tasks)"],
  ["--data <SOURCE>", "rows: hub, sample, builtin or a folder of your files"],
  ["-L, --limit <N>", "rows of each task"],
  ["--num-fewshot <N>", "examples before each question"],
  ["--prompts <NAMES>", "prompt variants (amuro-eval ls prompts)"],
  ["-o, --output-dir <DIR>", "folder of the results"],
  ["--dry-run", "say what the run takes, and stop"],
];

const FIRST_EXAMPLES: readonly Example[] = [
  { command: "amuro-eval -m builtin --data sample", does: "all 18 datasets" },
  { command: "amuro-eval -m ./checkpoint -t rte,nli -L 200", does: "200 rows of each task" },
  { command: "amuro-eval --base ./base --sft ./tuned -t nli", does: "before and after" },
];

/** Sets the width of a help text; less where the terminal is narrower. */
const WIDTH = 80;
const NARROWEST = 40;

function widthFor(command: Command): number {
  return Math.max(NARROWEST, Math.min(WIDTH, command.configureOutput().getOutHelpWidth?.() ?? WIDTH));
}

/** Replaces the help of the program by one screen, and adds the examples to that of each command. */
export function addHelp(program: Command): void {
  program.configureHelp({ formatHelp: () => frontPage(program, widthFor(program)) });
  for (const command of program.commands) {
    addExamples(command, command.name());
    for (const verb of command.commands) addExamples(verb, `${command.name()} ${verb.name()}`);
  }
}

function addExamples(command: Command, path: string): void {
  const examples = EXAMPLES[path];
  if (examples === undefined) return;
  command.addHelpText("after", () => `\nExamples:\n${exampleLines(examples, widthFor(command))}`);
}

/** Writes each example on a line, with what it does behind it where there is room, and below it where there is none. */
function exampleLines(examples: readonly Example[], width: number): string {
  const column = Math.max(...examples.map(({ command }) => command.length)) + 2;
  const fits = examples.every(({ does }) => 2 + column + does.length <= width);
  return examples
    .map(({ command, does }) =>
      fits ? `  ${command.padEnd(column)}${does}` : `  ${command}\n${wrappedLine(`      ${does}`, width).join("\n")}`,
    )
    .join("\n");
}

/** Writes the first screen: what the program is for, its commands, the flags that most runs need, examples. */
function frontPage(program: Command, width: number): string {
  const inGroup = (group: string) => program.commands.filter((command) => command.helpGroup() === group);
  const { main, ...others } = COMMAND_GROUPS;
  return `Usage: amuro-eval [run] --model SPEC [flags]
       amuro-eval COMMAND [arguments] [flags]

${wrapped(program.description(), width).join("\n")}

${main}:
${table(inGroup(main).map((command) => [command.name(), command.description()]), width)}

More commands:
${table(Object.values(others).map((group) => [group, inGroup(group).map((one) => one.name()).join(", ")]), width)}

Flags of run:
${table(MAIN_FLAGS, width)}

Examples:
${exampleLines(FIRST_EXAMPLES, width)}

${wrapped("amuro-eval run --help lists all flags, amuro-eval COMMAND --help those of a command, --version prints the version.", width).join("\n")}
${wrapped("Exit codes: 0 done, 1 failed (finished work is kept), 2 usage, 130 interrupted.", width).join("\n")}
`; // prettier-ignore
}

/** Writes two columns; the second is broken between words. */
function table(rows: readonly (readonly [string, string])[], width: number): string {
  const column = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows
    .map(
      ([left, right]) =>
        `${`  ${left}`.padEnd(column)}${wrapped(right, width - column).join(`\n${" ".repeat(column)}`)}`,
    )
    .join("\n");
}
