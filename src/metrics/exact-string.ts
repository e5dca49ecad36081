/** Compares a generated text with the right one sign by sign, after what a task says is of no account. */

import { sha256 } from "../base/hash.js";
import { pythonPattern } from "../base/python.js";
import type { RowMetric } from "./metric.js";
import { textMetric } from "./text.js";

/** Says what is of no account. Source: lm-evaluation-harness, exact_match of api/metrics.py. */
export interface ExactOptions {
  readonly ignoreCase: boolean;
  /** The ASCII punctuation of Python's string.punctuation. */
  readonly ignorePunctuation: boolean;
  /** The ten digits. */
  readonly ignoreNumbers: boolean;
  /** Regular expressions of Python whose matches are taken out first. */
  readonly remove: readonly string[];
}

/**
 * Returns the metric with the given options, which its name says: the same name is always the same metric.
 * @throws UserError for a regular expression that cannot be read
 */
export function exactString(options: ExactOptions): RowMetric {
  const patterns = options.remove.map((source) => pythonPattern(source, "g"));
  const plain = (text: string) => {
    const removed = patterns.reduce((left, pattern) => left.replace(pattern, ""), text);
    const cased = options.ignoreCase ? removed.toLowerCase() : removed;
    const signs = options.ignorePunctuation ? cased.replace(/[!-/:-@[-`{-~]/g, "") : cased;
    return options.ignoreNumbers ? signs.replace(/[0-9]/g, "") : signs;
  };
  const said = [
    ...(options.ignoreCase ? ["nocase"] : []),
    ...(options.ignorePunctuation ? ["nopunct"] : []),
    ...(options.ignoreNumbers ? ["nodigits"] : []),
    ...(patterns.length > 0 ? [`without_${sha256(options.remove.join("\n")).slice(0, 6)}`] : []),
  ];
  return textMetric({
    name: ["exact_string", ...said].join("_"),
    title: "exact match, sign by sign",
    lmEval: "exact_match",
    binary: true,
    compare: (target, text) => Number(plain(target) === plain(text)),
  });
}
