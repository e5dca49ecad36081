/** Defines how flags are written: switches of how a command prints, and other spellings. */

/** Lists the switches of how a command prints. */
export const DISPLAY_FLAGS = {
  dryRun: ["--dry-run", "print the plan (cells, rows, tokens, downloads, estimated time) and stop"],
  exact: ["--exact", "count the tokens of every row under --dry-run, not of a few rows of each prompt"],
  json: ["--json", "print JSON on standard output instead of tables"],
  quiet: ["--quiet", "no progress and no notes on standard error"],
  plain: ["--plain", "no tables, colours or bars: for logs and screen readers"],
  debug: ["--debug", "print the stack trace of an error"],
} as const;

const ALIASES: Record<string, string> = { tasks: "task" };

/** Writes a flag or key in kebab case: underscores are accepted, and --tasks is --task. */
export function canonicalName(name: string): string {
  const kebab = name.replaceAll("_", "-");
  return ALIASES[kebab] ?? kebab;
}

/** Writes command-line words with every flag in its canonical spelling; values are left alone. */
export function canonicalArgv(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, i) => {
    const match = /^--([a-z][\w-]*)(=[\s\S]*)?$/i.exec(word);
    if (match === null || (end >= 0 && i > end)) return word;
    return `--${canonicalName(match[1] as string)}${match[2] ?? ""}`;
  });
}
