/** Stand-ins for all commands of the command line. */

import type { Commands } from "../../src/cli/program.js";

/** @param called told of the verb and everything it was called with */
export function standInCommands(called: (verb: keyof Commands, args: readonly unknown[]) => Promise<void>): Commands {
  return new Proxy({} as Commands, {
    get:
      (_target, verb) =>
      (...args: unknown[]) =>
        called(verb as keyof Commands, args),
  });
}
