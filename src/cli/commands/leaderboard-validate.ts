/** Runs `amuro-eval leaderboard validate FILE…`: whether entries of others can be taken, each problem on a line. */

import { readFile } from "node:fs/promises";
import { messageOf, UserError } from "../../base/errors.js";
import { counted } from "../../base/wording.js";
import { textOf } from "../../base/utf8.js";
import { othersEntries } from "../../leaderboard/boards.js";
import { settingOf, type Entry } from "../../leaderboard/entry.js";
import type { Console } from "../output/console.js";

interface Problem {
  readonly file: string;
  readonly problem: string;
}

/**
 * Checks files of entries alone and against each other: the same weights, asked the same, have one score.
 * @throws UserError that counts the problems, after they were printed
 */
export async function leaderboardValidateCommand(
  files: readonly string[],
  json: boolean,
  console: Console,
): Promise<void> {
  const problems: Problem[] = [];
  const taken: { readonly file: string; readonly entry: Entry }[] = [];
  for (const file of files) {
    try {
      taken.push(...othersEntries(textOf(await readFile(file), file), file).map((entry) => ({ file, entry })));
    } catch (error) {
      const all = error instanceof UserError ? error.problems : [`cannot be read (${messageOf(error)})`];
      problems.push(...all.map((problem) => ({ file, problem: problem.replace(`${file}: `, "") })));
    }
  }
  problems.push(...contradictions(taken));
  if (json) console.out(JSON.stringify({ files: files.length, entries: taken.length, problems }, null, 2));
  else {
    for (const { file, problem } of problems) console.out(`--  ${file}: ${problem}`);
    for (const file of files.filter((one) => !problems.some((problem) => problem.file === one))) {
      const own = taken.filter((one) => one.file === file).map(({ entry }) => entry);
      const tasks = [...new Set(own.map(({ task }) => task))].join(", ");
      console.out(`ok  ${file}: ${own.length === 1 ? "1 entry" : `${own.length} entries`}, ${tasks}`);
    }
  }
  if (problems.length > 0) throw new UserError(`${counted(problems.length, "problem")} in ${counted(files.length, "file")}`); // prettier-ignore
}

/** Finds entries of the same weights under the same setting whose scores differ. */
function contradictions(all: readonly { readonly file: string; readonly entry: Entry }[]): Problem[] {
  const first = new Map<string, (typeof all)[number]>();
  return all.flatMap((one): Problem[] => {
    const { entry, file } = one;
    const { weights, name } = entry.checkpoint;
    if (weights === null) return [];
    const key = `${weights} ${settingOf(entry)}`;
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, one);
      return [];
    }
    // Threads add in another order: the same weights may differ in single answers.
    if (Math.abs(before.entry.scores.mean - entry.scores.mean) <= SAME) return [];
    const problem = `${name} on ${entry.task} has a mean of ${entry.scores.mean}; the same weights, asked the same, have ${before.entry.scores.mean} in ${before.file}`;
    return [{ file, problem }];
  });
}

/** Sets how far two means of the same weights may lie apart. */
const SAME = 0.005;
