/** Errors whose message is the whole story: the CLI prints one line and no stack trace unless --debug is given. */

import { closest, distance } from "fastest-levenshtein";

/** Something outside the program is wrong (a file, a server, a checkpoint). Exit code 1. */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly exitCode: number = 1;
}

/** The command line, a config file or a plugin asks for something that does not exist. Exit code 2. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
  override readonly exitCode = 2;
}

/** The run was interrupted by the user. Exit code 130, as shells expect after Ctrl-C. */
export class InterruptedError extends UserError {
  override readonly name = "InterruptedError";
  override readonly exitCode = 130;
}

/**
 * The nearest valid name, as a ready-made hint.
 * @param name what the user wrote
 * @param known the valid names
 * @returns `; did you mean "x"?`, or the list of names where nothing is near (at most `maxListed` of them)
 */
export function didYouMean(name: string, known: readonly string[], maxListed = 30): string {
  if (known.length === 0) return "";
  const best = closest(name.toLowerCase(), [...known]);
  // A hint must share something with what was written: "x" is two edits away from any name of two letters.
  const near = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1);
  if (distance(name.toLowerCase(), best.toLowerCase()) <= near) {
    return `; did you mean "${best}"?`;
  }
  if (maxListed === 0) return "";
  const listed = known.slice(0, maxListed).join(", ");
  return `; known: ${listed}${known.length > maxListed ? ", …" : ""}`;
}

/** Any thrown value as one line of text. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, " ").trim();
}
