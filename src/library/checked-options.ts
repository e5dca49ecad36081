/** Checks objects of options that come from outside: a program or a configuration file. */

import { UsageError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import { PROMPTS_SCHEMA, promptWord, type PromptEntry } from "./prompt-list.js";
import { camelCase, FLAGS, type Flag, type RawOptions } from "./run-options.js";

/** Describes options as a caller may write them: any may be left out, and a lone value stands for a list of one. */
export type Given<T> = {
  readonly [K in keyof T]?: (T[K] extends readonly (infer U)[] | undefined ? T[K] | U : T[K]) | undefined;
};

/** Lists options whose values may also be written as axes with levels. */
const PROMPT_OPTIONS = ["prompts", "seen-prompts"];

/** Writes the JSON schema of an option's value. */
export function optionSchema(flag: Flag): object {
  switch (flag.type) {
    case "strings":
      if (PROMPT_OPTIONS.includes(flag.name)) return PROMPTS_SCHEMA;
      return { type: ["string", "array"], items: { type: "string" } };
    case "integers": {
      const item = {
        type: "integer",
        maximum: Number.MAX_SAFE_INTEGER,
        ...(flag.minimum === undefined ? {} : { minimum: flag.minimum }),
      };
      return { anyOf: [item, { type: "array", items: item, minItems: 1 }] };
    }
    case "number":
      return {
        ...(flag.integer === true
          ? { type: "integer", maximum: flag.maximum ?? Number.MAX_SAFE_INTEGER }
          : { type: "number" }),
        ...(flag.minimum === undefined ? {} : { minimum: flag.minimum }),
      };
    case "string":
      return { type: "string", ...(flag.choices === undefined ? {} : { enum: flag.choices }) };
    case "boolean":
      return { type: "boolean" };
  }
}

/** Writes a value as its flag has it: a lone one of an option that takes several becomes a list. */
export function listedOption(value: unknown, type: Flag["type"] | undefined): unknown {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  // A lone text is split at its commas, as on the command line; the items of a list are taken as they are.
  if (type === "strings") {
    const words = values.map((item) => promptWord(item as PromptEntry));
    return Array.isArray(value) ? words : splitLists(words);
  }
  return type === "integers" ? values : value;
}

/** Splits comma lists into single items; commas within the braces of a glob are its own. */
export function splitLists(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(/,(?![^{}]*\})/))
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** Lists the flags of a run that are options of the library: --budget is none, since it has results of another kind. */
const RUN_FLAGS = FLAGS.filter(({ name }) => name !== "budget");

const isRun = compileSchema<Record<string, unknown>>({
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(RUN_FLAGS.map((flag) => [camelCase(flag.name), optionSchema(flag)])),
});

/**
 * Returns the options of a run with their defaults.
 * @param source begins every message
 * @throws UsageError in one line that names each unknown key, with the nearest known one, and each wrong value
 */
export function completedRun(options: object, source: string): RawOptions {
  const given = checkedOptions(isRun, options, source);
  return Object.fromEntries(
    RUN_FLAGS.flatMap(({ name, type, default: usual }) => {
      const key = camelCase(name);
      if (given[key] !== undefined) return [[key, listedOption(given[key], type)]];
      return usual === undefined ? [] : [[key, usual]];
    }),
  ) as unknown as RawOptions;
}

/** Returns the options that are given, checked; an undefined one counts as left out. */
export function checkedOptions<T>(guard: ReturnType<typeof compileSchema<T>>, options: unknown, source: string): T {
  const given =
    typeof options === "object" && options !== null && !Array.isArray(options)
      ? Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
      : options;
  return validated(guard, given, source, (message) => new UsageError(message));
}

/** Holds what every long task of the library takes besides its options. */
export interface Watch<Event> {
  /** Called for each step; what it throws ends the work. */
  readonly onProgress?: ((event: Event) => void) | undefined;
  /** Aborting it ends the work as Ctrl-C ends a command: what is finished is stored. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the callback and the signal out of options.
 * @returns the other options; a callback whose first error aborts `signal`, and is thrown by `settle` when the work has
 * ended
 * @throws UsageError when one of them is something else
 */
export function watched<Event, Options extends Watch<Event>>(
  given: Options,
  source: string,
): {
  readonly options: Omit<Options, keyof Watch<Event>>;
  readonly onProgress: (event: Event) => void;
  readonly signal: AbortSignal;
  readonly settle: () => void;
} {
  if (typeof given !== "object" || (given as unknown) === null)
    throw new UsageError(`${source}: options must be an object`);
  const { onProgress, signal, ...options } = given;
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw new UsageError(`${source}: onProgress must be a function`);
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal))
    throw new UsageError(`${source}: signal must be an AbortSignal`);
  const stop = new AbortController();
  const abort = () => {
    stop.abort();
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort);
  let failure: { readonly error: unknown } | undefined;
  return {
    options,
    signal: stop.signal,
    onProgress: (event) => {
      try {
        onProgress?.(event);
      } catch (error) {
        failure ??= { error };
        abort();
      }
    },
    settle: () => {
      signal?.removeEventListener("abort", abort);
      if (failure !== undefined) throw failure.error as Error;
    },
  };
}
