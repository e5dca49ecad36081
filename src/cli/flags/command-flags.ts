/** Gives commands their flags, and reads what was given of them. */

import { type Command, Option } from "commander";
import { UsageError } from "../../base/errors.js";
import { splitLists } from "../../library/checked-options.js";
import { camelCase, FLAGS, type RawOptions } from "../../library/run-options.js";
import { readConfig } from "./config-file.js";
import { DISPLAY_FLAGS } from "./flags.js";

export interface DisplayOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly plain: boolean;
  readonly debug: boolean;
}

export interface DryRunOptions {
  readonly dryRun: boolean;
  readonly exact: boolean;
}

/** Makes a command with all flags of a study. */
export function studyCommand(program: Command, name: string, settings: { isDefault?: boolean } = {}): Command {
  const command = program.command(name, settings).allowExcessArguments(false);
  for (const flag of FLAGS) command.addOption(optionOf(flag.name));
  command.option("-c, --config <FILE>", "YAML or JSON file with these flags as keys; the command line wins");
  return display(command);
}

export function display(command: Command): Command {
  quiet(command);
  return command
    .option(...DISPLAY_FLAGS.json)
    .option(...DISPLAY_FLAGS.quiet)
    .option(...DISPLAY_FLAGS.plain)
    .option(...DISPLAY_FLAGS.debug);
}

/** Collects the values of a flag that can be repeated. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Collects the values of a flag that can be repeated, each of them a list with commas. */
export function collectLists(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...splitLists([text])];
}

/** Adds the flag that says which checkpoints are compared before and after; its value is a list. */
export function addPairFlag(command: Command): Command {
  return command.option(
    "--pair <BASE=SFT>",
    "compare two checkpoints before and after, where their runs do not say so; can be repeated",
    collect,
  );
}

/** Makes a command throw its errors, which are reported in one place. */
/** Sets how narrow the second column of a help text may be before its lines are no longer broken. */
const NARROWEST_HELP = 16;

export function quiet(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .configureHelp({ minWidthToWrap: NARROWEST_HELP })
    .showSuggestionAfterError();
}

export function optionOf(name: string): Option {
  const flag = FLAGS.find((one) => one.name === name) as (typeof FLAGS)[number];
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  const option = new Option(`${short}--${flag.name}${flag.value === undefined ? "" : ` <${flag.value}>`}`, flag.help);
  option.helpGroup(`${flag.group}:`);
  if (flag.default !== undefined) option.default(flag.default, describeDefault(flag.default));
  if (flag.choices !== undefined) option.choices(flag.choices);
  if (flag.type === "integers") {
    const parse = numberParser({ ...flag, integer: true });
    option.argParser((value: string, previous: number[] | undefined) => [
      ...(previous ?? []),
      ...splitLists([value]).map(parse),
    ]);
  }
  if (flag.type === "number") option.argParser(numberParser(flag));
  if (flag.type === "strings") {
    // The default is replaced by the first value, not appended to.
    option.argParser((value: string, previous: string[]) => [
      ...(previous === flag.default ? [] : previous),
      ...splitLists([value]),
    ]);
  }
  return option;
}

function describeDefault(value: NonNullable<(typeof FLAGS)[number]["default"]>): string {
  return Array.isArray(value) ? value.join(",") || "none" : String(value);
}

type NumberFlag = Pick<(typeof FLAGS)[number], "name" | "minimum" | "maximum" | "integer" | "expected">;

export function numberParser({
  name,
  minimum = 0,
  maximum,
  integer = false,
  expected,
}: NumberFlag): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const inRange = value >= minimum && value <= (maximum ?? (integer ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE));
    if (text.trim() === "" || !inRange || (integer && !Number.isInteger(value))) {
      const range = maximum === undefined ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
      throw new UsageError(
        `--${name} ${text}: expected ${expected ?? `${integer ? "a whole number" : "a number"} ${range}`}`,
      );
    }
    return value;
  };
}

/** Merges options: flags given on the command line win over the configuration file, which wins over the defaults. */
export function mergedOptions(command: Command): RawOptions {
  const options = { ...command.opts() };
  const fromFile = options["config"] === undefined ? {} : readConfig(options["config"] as string);
  for (const [key, value] of Object.entries(fromFile)) {
    if (command.getOptionValueSource(key) !== "cli") options[key] = value;
  }
  const keys = FLAGS.map((flag) => camelCase(flag.name));
  return Object.fromEntries(
    keys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key] as unknown]])),
  ) as unknown as RawOptions;
}

export function displayOptions(command: Command): DisplayOptions {
  const { json, quiet: isQuiet, plain, debug } = command.opts();
  return { json: json === true, quiet: isQuiet === true, plain: plain === true, debug: debug === true };
}

/** @throws UsageError for --exact without --dry-run */
export function dryRunOptions(command: Command): DryRunOptions {
  const { dryRun, exact } = command.opts<{ dryRun?: boolean; exact?: boolean }>();
  if (exact === true && dryRun !== true) throw new UsageError("--exact goes with --dry-run");
  return { dryRun: dryRun === true, exact: exact === true };
}
