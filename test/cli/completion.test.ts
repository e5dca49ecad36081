/** Completion in a real bash: what is offered after the words that were typed. */

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { completionScript } from "../../src/cli/completion.js";
import { createProgram } from "../../src/cli/program.js";
import { standInCommands } from "../support/commands.js";

const program = createProgram(standInCommands(() => Promise.resolve()));
const script = (shell: string) => completionScript(program, shell, ["all", "rte", "boolq"]);

function offered(...words: string[]): string[] {
  const typed = ["amuro-eval", ...words].map((word) => `'${word}'`).join(" ");
  const asked = `${script("bash")}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _amuro_eval; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", asked], { encoding: "utf8" }).split("\n").filter((word) => word !== ""); // prettier-ignore
}

test("The first word may be a command or a flag of a run", () => {
  expect(offered("re")).toEqual(["results", "requests", "report"]);
  expect(offered("--num")).toEqual(["--num-fewshot"]);
  expect(offered("results", "re")).toEqual(["rescore"]);
});

test("Flags are those of the command, and values those that a flag takes", () => {
  expect(offered("sft", "--lr")).toEqual(["--lr"]);
  expect(offered("ls", "--lr")).toEqual([]);
  expect(offered("-m", "builtin", "-t", "r")).toEqual(["rte"]);
  expect(offered("run", "--task", "")).toEqual(["all", "rte", "boolq"]);
  expect(offered("results", "export", "dir", "--format", "c")).toEqual(["csv"]);
});

test("Every command has its line for fish, and zsh reads the script of bash", () => {
  for (const command of program.commands) expect(script("fish")).toContain(`-a ${command.name()}\n`);
  expect(script("zsh")).toContain(script("bash"));
  // After a value of a flag, too.
  expect(script("fish")).toMatch(
    /^complete -c amuro-eval -n "not __fish_seen_subcommand_from run ls .*" -l num-fewshot$/m,
  );
});

test("A shell that is not known is refused with the nearest name", () => {
  expect(() => script("bsh")).toThrow(
    /^completion bsh: unknown shell; did you mean "bash"\?|^completion bsh: unknown shell/,
  );
});
