/** Reads how long a text is generated, and how its answer is read, from a task of lm-evaluation-harness. */

import { didYouMean, messageOf, UsageError, UserError } from "../../base/errors.js";
import { pythonPattern } from "../../base/python.js";
import type { Extraction } from "../../metrics/extract.js";
import type { Answer } from "../contract.js";
import type { TaskConfig } from "./config.js";
import { Refusal } from "./refusal.js";

/** New tokens where a task names no number: that of the harness' models. */
const MOST_TOKENS = 256;

export type Generation = Extract<Answer, { kind: "generation" }>;

/** Says which of the drawn texts are judged: each of them, or what most of so many of them say. */
export type Judged = "each" | number;

/** @throws Refusal for filters that are not known */
export function generationOf(config: TaskConfig): {
  readonly answer: Generation;
  readonly judged: readonly Judged[];
  readonly notes: readonly string[];
} {
  const { generation_kwargs: given, fewshot_delimiter: delimiter = "\n\n", repeats = 1 } = config;
  const options = given ?? {};
  const stop = stopsOf(options["until"] ?? [delimiter]);
  const tokens = mostTokens(options);
  const { extract, judged, notes } = readingOf(config);
  return {
    answer: { kind: "generation", maxNewTokens: tokens, stop, ...(extract === undefined ? {} : { extract }) },
    judged,
    notes: [...drawnNotes(options, repeats), ...leftOutNotes(options), ...notes],
  };
}

/** Returns the texts that end an answer. @throws UsageError where one is no text */
function stopsOf(until: unknown): string[] {
  return [until].flat().flatMap((one) => {
    if (one === null || one === "") return [];
    if (typeof one === "string") return [one];
    throw new UsageError(`generation_kwargs.until: expected texts, found ${JSON.stringify(one)}`);
  });
}

/** Lists the keys that say how long an answer may be, the first that is there counts. */
const LENGTHS = ["max_gen_toks", "max_new_tokens", "max_tokens"];

/** Lists the keys that say how texts are drawn. */
const DRAWS = ["do_sample", "temperature", "top_p", "top_k", "min_p"];

function mostTokens(options: Readonly<Record<string, unknown>>): number {
  const key = LENGTHS.find((one) => options[one] != null);
  if (key === undefined) return MOST_TOKENS;
  const tokens = options[key];
  if (typeof tokens === "number" && Number.isInteger(tokens) && tokens > 0) return tokens;
  throw new UsageError(`generation_kwargs.${key}: expected a whole number above 0, found ${JSON.stringify(tokens)}`);
}

/** Says which keys do nothing here. @throws UsageError where one is nearly the name of another */
function leftOutNotes(options: Readonly<Record<string, unknown>>): string[] {
  const known = ["until", ...LENGTHS, ...DRAWS];
  const left = Object.keys(options).filter(
    (key) => !known.includes(key) && !(key === "num_beams" && options[key] === 1),
  );
  for (const key of left) {
    const meant = didYouMean(key, known, 0);
    if (meant !== "") throw new UsageError(`generation_kwargs: unknown key "${key}"${meant}`);
  }
  return left.length === 0
    ? []
    : [`generation_kwargs: ${left.join(", ")} ${left.length === 1 ? "is" : "are"} left out`];
}

/** Says with which flags a task that draws its texts at random is asked as its file asks. */
function drawnNotes(options: Readonly<Record<string, unknown>>, repeats: number): string[] {
  const temperature = options["do_sample"] === true ? Number(options["temperature"] ?? 1) : 0;
  if (!(temperature > 0)) return [];
  const cut = ["top_p", "top_k", "min_p"].filter((key) => options[key] !== undefined);
  return [
    `its file draws ${repeats === 1 ? "a text" : `${repeats} texts`} of each row at temperature ${temperature} (--samples ${repeats} --temperature ${temperature}); without these flags the most likely text is generated`,
    ...(cut.length === 0
      ? []
      : [`${cut.join(", ")} ${cut.length === 1 ? "is" : "are"} left out: texts are drawn from all tokens`]),
  ];
}

type Filters = NonNullable<TaskConfig["filter_list"]>[number];

/** Lists filters that do nothing to the score of a text here: each text is judged, and white space does not count. */
const PASSED = ["take_first", "remove_whitespace"];

/** Matches a regular expression that takes nothing but white space away from the end of a line. */
const TRIMS = "^(.*?)\\s*$";

/** Lists filters that say which of the drawn texts are judged. */
const VOTING = ["majority_vote", "take_first_k"];

/** Holds a list of filters as it is done here. */
interface Reading {
  readonly name: string;
  readonly extract?: Extraction;
  readonly judged: Judged;
}

/** Reads the lists of filters that can be done here and read texts in the way of the first; the others are said. */
function readingOf({ filter_list: lists }: TaskConfig): {
  readonly extract?: Extraction;
  readonly judged: readonly Judged[];
  readonly notes: readonly string[];
} {
  if (lists == null || lists.length === 0) return { judged: ["each"], notes: [] };
  const read: Reading[] = [];
  const refused: Refusal[] = [];
  for (const list of lists) {
    try {
      read.push(readList(list));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push(error);
    }
  }
  const [first] = read;
  if (first === undefined) throw refused[0] as Refusal;
  const same = read.filter(({ extract }) => JSON.stringify(extract) === JSON.stringify(first.extract));
  const left = lists.map(({ name }) => name).filter((name) => !same.some((one) => one.name === name));
  return {
    ...(first.extract === undefined ? {} : { extract: first.extract }),
    judged: [...new Set(same.map(({ judged }) => judged))],
    notes:
      left.length === 0
        ? []
        : [`filter ${same.map(({ name }) => name).join(", ")} is taken; ${left.join(", ")} is left out`],
  };
}

/** @throws Refusal for filters that are not known, or not in this order */
function readList({ name, filter }: Filters): Reading {
  const called = ({ function: one }: Filters["filter"][number]) =>
    typeof one === "object" ? `!function ${one.name}` : one;
  const found = filter.filter((one) => !PASSED.includes(called(one)) && !VOTING.includes(called(one)));
  const wanted = found.filter((one, i) => i === 0 || called(one) !== "regex" || one["regex_pattern"] !== TRIMS);
  const [regex, ...more] = wanted;
  const odd = wanted.find((one) => called(one) !== "regex") ?? more[0];
  if (odd !== undefined) {
    throw new Refusal(
      `filter ${called(odd).startsWith("!") ? "!function" : called(odd)}`,
      `filter_list: the filter ${called(odd)} is not known here (one regex, take_first, take_first_k and majority_vote are); write the task as a plugin (docs/plugins.md)`,
    );
  }
  const about = { name, judged: judgedBy(filter, called) };
  return regex === undefined ? about : { ...about, extract: extractionOf(regex) };
}

/** Reads which texts vote: all, or the first k where take_first_k stands before. */
function judgedBy(filter: Filters["filter"], called: (one: Filters["filter"][number]) => string): Judged {
  const names = filter.map(called);
  const vote = names.indexOf("majority_vote");
  if (vote < 0) return "each";
  // A vote over what is one text already is that text.
  if (names.slice(0, vote).includes("take_first")) return "each";
  const k = filter.slice(0, vote).find((one) => called(one) === "take_first_k")?.["k"];
  return k === undefined ? Infinity : Number(k);
}

function extractionOf(regex: Filters["filter"][number]): Extraction {
  const pattern = typeof regex["regex_pattern"] === "string" ? regex["regex_pattern"] : "#### (\\-?[0-9\\.\\,]+)";
  const select = Number(regex["group_select"] ?? 0);
  if (select !== 0 && select !== -1) throw new Refusal("filter regex: group_select", `filter_list: group_select ${select} is not known here (0 and -1 are)`); // prettier-ignore
  return { ...patternOf(pattern), ...(select === -1 ? { match: "last" as const } : {}) };
}

/** Returns a regular expression of Python as an extraction has it. */
function patternOf(source: string): Exclude<Extraction, string> {
  let read: RegExp;
  try {
    read = pythonPattern(source);
    // Extractions are read with "u", which knows fewer escapes.
    const escaped = read.source.replace(/\\([^\w\s^$\\.*+?()[\]{}|/-])/gu, "$1").replace(/\\-(?![^[]*\])/g, "-");
    new RegExp(escaped, `${read.flags.replace("u", "")}u`);
    const flags = read.flags.replace(/[gu]/g, "");
    return { pattern: escaped, ...(flags === "" ? {} : { flags }) };
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof SyntaxError)) throw error;
    throw new Refusal("filter regex: pattern", `filter_list: ${messageOf(error)}`);
  }
}
