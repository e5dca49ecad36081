/** Tests the examples of the help texts, run as they stand, in their order, in one empty folder. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXAMPLES } from "../../src/cli/examples.js";
import { createProgram } from "../../src/cli/program.js";
import { answerRequests } from "../support/answer-requests.js";
import { builtinFolder } from "../support/builtin-folder.js";
import { cliHost } from "../support/cli.js";
import { standInCommands } from "../support/commands.js";
import { tempFolder } from "../support/temp-folder.js";

const runCli = cliHost();
const folder = tempFolder();
const allowed: Readonly<Record<string, readonly number[]>> = {
  // No hub can be reached where tests run.
  doctor: [0, 1],
};
/** Commands whose examples need minutes (demo, which has a test of its own) or files that others have published. */
const notRun = ["demo", "paper"];

test("every command has two examples that call it", () => {
  const program = createProgram(standInCommands(() => Promise.resolve()));
  const paths = program.commands.flatMap((command) => [
    command.name(),
    ...command.commands.map((verb) => `${command.name()} ${verb.name()}`),
  ]);
  expect(Object.keys(EXAMPLES).sort()).toEqual(paths.sort());
  for (const [path, examples] of Object.entries(EXAMPLES)) {
    const called = examples.filter(
      ({ command }) => command.startsWith(`amuro-eval ${path} `) || command.endsWith(` ${path}`),
    );
    if (path !== "run" && path !== "sft") expect(called).toHaveLength(2); // prettier-ignore
  }
});

describe("each example runs as it stands", () => {
  for (const [path, examples] of Object.entries(EXAMPLES)) {
    if (notRun.includes(path)) continue;
    for (const { command } of examples) {
      test(command, { timeout: 120_000 }, async () => {
        const words = wordsOf(command);
        if (words[0] === "requests" && words[1] === "import")
          await answerRequests(join(folder, words[2] as string), { builtin: builtinFolder() });
        const { code, stderr } = await runCli(words, folder);
        expect(allowed[path] ?? [0], stderr).toContain(code);
        expect(stderr).not.toContain("defect of amuro-eval");
      });
    }
  }
});

/** Splits a command as a shell does that knows single quotes, without the name of the program. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "").slice(1);
}
