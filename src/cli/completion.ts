/** Writes what a shell needs to complete commands, flags and their values. */

import type { Command } from "commander";
import { didYouMean, UsageError } from "../base/errors.js";

/** Lists the shells that a script is written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Holds what may follow a command: its flags, with the values that are known of some. */
interface Completed {
  readonly path: string;
  readonly words: readonly string[];
  readonly values: readonly (readonly [flags: readonly string[], values: readonly string[]])[];
}

/**
 * Returns a script for a shell.
 * @param tasks names that --task takes
 * @throws UsageError where no shell is named, or one that is not known
 */
export function completionScript(program: Command, shell: string | undefined, tasks: readonly string[]): string {
  if (shell === undefined) throw new UsageError(`completion: name a shell; known: ${SHELLS.join(", ")}`);
  if (!SHELLS.some((one) => one === shell))
    throw new UsageError(`completion ${shell}: unknown shell${didYouMean(shell, SHELLS)}`);
  const top = program.commands.map((command) => command.name());
  const run = program.commands.find((command) => command.name() === "run") as Command;
  // The flags of run need no verb before them.
  const all = [{ ...completed(run, "", tasks), words: [...top, ...flagsOf(run)] }, ...entries(program, "", tasks)];
  if (shell === "fish") return fishScript(all);
  return shell === "zsh" ? `autoload -U +X bashcompinit && bashcompinit\n${bashScript(all)}` : bashScript(all);
}

function entries(command: Command, path: string, tasks: readonly string[]): Completed[] {
  return command.commands.flatMap((verb) => {
    const own = path === "" ? verb.name() : `${path} ${verb.name()}`;
    return [completed(verb, own, tasks), ...entries(verb, own, tasks)];
  });
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ short, long }) => [short, long].filter((flag) => typeof flag === "string"));
}

function completed(command: Command, path: string, tasks: readonly string[]): Completed {
  const values = command.options.flatMap(({ short, long, argChoices }) => {
    const known = argChoices ?? (long === "--task" ? tasks : undefined);
    const flags = [short, long].filter((flag) => typeof flag === "string");
    return known === undefined ? [] : [[flags, known] as const];
  });
  return { path, words: [...command.commands.map((verb) => verb.name()), ...flagsOf(command)], values };
}

function bashScript(all: readonly Completed[]): string {
  const cases = all.flatMap(({ path, words, values }) => [
    ...values.map(([flags, known]) => `    ${flags.map((flag) => `"${path}|${flag}"`).join("|")}) known="${known.join(" ")}" ;;`), // prettier-ignore
    `    "${path}|"*) known="${words.join(" ")}" ;;`,
  ]);
  const verbs = all.map(({ path }) => path).filter((path) => path !== "");
  return `_amuro_eval() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" known="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "|${verbs.join("|")}|" in *"|\${path:+$path }\${COMP_WORDS[i]}|"*) path="\${path:+$path }\${COMP_WORDS[i]}" ;; *) break ;; esac
  done
  case "$path|$before" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$known" -- "$word"))
}
complete -o default -F _amuro_eval amuro-eval
`;
}

function fishScript(all: readonly Completed[]): string {
  // Words before a command are values of flags of run: __fish_use_subcommand would take them for one.
  const top = all.map(({ path }) => path).filter((path) => path !== "" && !path.includes(" "));
  const lines = all.flatMap(({ path, words, values }) => {
    const seen = path.split(" ").filter((word) => word !== "");
    const where = seen.length === 0 ? `not __fish_seen_subcommand_from ${top.join(" ")}` : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and "); // prettier-ignore
    const given = (flag: string) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`);
    const known = new Map(values.flatMap(([flags, names]) => flags.map((flag) => [flag, names])));
    return words.map((word) => {
      if (!word.startsWith("-")) return `complete -c amuro-eval -n "${where}" -a ${word}`;
      const names = known.get(word);
      return `complete -c amuro-eval -n "${where}" ${given(word)}${names === undefined ? "" : ` -x -a "${names.join(" ")}"`}`;
    });
  });
  return `${lines.join("\n")}\n`;
}
