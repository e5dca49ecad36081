/** Reads how long a text is generated, and how its answer is read, from a task of lm-evaluation-harness. */

import { UserError } from "../../base/errors.js";
import { pythonPattern } from "../../base/python.js";
import type { Extraction } from "../../metrics/extract.js";
import type { Answer } from "../contract.js";
import type { TaskConfig } from "./config.js";
import { Refusal } from "./refusal.js";

/** New tokens where a task names no number: that of the harness' models. */
const MOST_TOKENS = 256;

export type Generation = Extract<Answer, { kind: "generation" }>;

/** @throws Refusal for sampling, and for filters that are not known */
export function generationOf(config: TaskConfig): { readonly answer: Generation; readonly notes: readonly string[] } {
  const { generation_kwargs: given, fewshot_delimiter: delimiter = "\n\n", repeats = 1 } = config;
  const options = given ?? {};
  const until = options["until"] ?? [delimiter];
  const stop = [until].flat().filter((one): one is string => typeof one === "string" && one !== "");
  const tokens = Number(options["max_gen_toks"] ?? options["max_new_tokens"] ?? options["max_tokens"] ?? MOST_TOKENS);
  const { extract, notes } = extractionOf(config);
  return {
    answer: { kind: "generation", maxNewTokens: tokens, stop, ...(extract === undefined ? {} : { extract }) },
    notes: [...drawnNotes(options, repeats), ...notes],
  };
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

/** Matches filters that do nothing to the score of a text here: each text is judged, and white space does not count. */
const PASSED = ["take_first", "take_first_k", "remove_whitespace"];

function isPassed(called: unknown): boolean {
  return typeof called === "string" && PASSED.includes(called);
}

/** Reads the first list of filters that can be done here; the others are said. */
function extractionOf({ filter_list: lists }: TaskConfig): {
  readonly extract?: Extraction;
  readonly notes: readonly string[];
} {
  // What several texts agree on is no score of a text.
  const isKnown = ({ filter }: NonNullable<typeof lists>[number]) =>
    filter.every(({ function: called }) => called === "regex" || isPassed(called));
  const first = lists?.find(isKnown) ?? lists?.[0];
  if (first === undefined) return { notes: [] };
  const others = (lists ?? []).filter((one) => one !== first);
  const notes =
    others.length === 0
      ? []
      : [`filter ${first.name} is taken; ${others.map(({ name }) => name).join(", ")} is left out`];
  const wanted = first.filter.filter(({ function: name }) => !isPassed(name));
  const [regex, ...more] = wanted;
  if (regex === undefined) return { notes };
  const called = (one: (typeof wanted)[number] | undefined) =>
    typeof one?.function === "object" ? `!function ${one.function.name}` : (one?.function ?? "");
  const name = called(regex);
  if (name !== "regex" || more.length > 0) {
    const odd = name === "regex" ? called(more[0]) : name;
    throw new Refusal(
      `filter ${odd.startsWith("!") ? "!function" : odd}`,
      `filter_list: the filter ${odd} is not known here (regex and take_first are); write the task as a plugin (docs/plugins.md)`,
    );
  }
  const pattern = typeof regex["regex_pattern"] === "string" ? regex["regex_pattern"] : "#### (\\-?[0-9\\.\\,]+)";
  const select = Number(regex["group_select"] ?? 0);
  if (select !== 0 && select !== -1) throw new Refusal("filter regex: group_select", `filter_list: group_select ${select} is not known here (0 and -1 are)`); // prettier-ignore
  return { extract: { ...patternOf(pattern), ...(select === -1 ? { match: "last" as const } : {}) }, notes };
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
    throw new Refusal(
      "filter regex: pattern",
      `filter_list: the regular expression ${JSON.stringify(source)} cannot be read here`,
    );
  }
}
