// Rows of a task, wherever they are kept: what the list and the drawing of rows ask for.
"use strict";

/**
 * @typedef {{ row: number, fields: [string, string][], answers: string[], right: string | null }} SampledRow
 * @typedef {{ name: string, prompts: string[], scores: number[][], answers: (number | string)[][], logprobs: (number[] | null)[][], masses: (number | null)[][] }} SampledCheckpoint
 * @typedef {Record<string, Record<string, string | number | null>>} AxesOfPrompts
 * @typedef {{ metric: string, axes: AxesOfPrompts, rows: SampledRow[], checkpoints: SampledCheckpoint[] }} RowSample
 */

/**
 * One checkpoint's rows. `means` is the mean over prompts of each row; the others are undefined until they are loaded.
 * @typedef {{
 *   name: string, prompts: string[], means: ArrayLike<number>,
 *   score: (prompt: number, i: number) => number | undefined,
 *   answer: (prompt: number, i: number) => number | string | null | undefined,
 *   logprobs: (prompt: number, i: number) => number[] | null | undefined,
 *   mass: (prompt: number, i: number) => number | null | undefined,
 * }} RowSide
 */

/**
 * Rows are named by their place, from 0 to `numbers.length` - 1.
 * @typedef {{
 *   metric: string, axes: AxesOfPrompts, numbers: ArrayLike<number>,
 *   side: (name: string | null | undefined) => Promise<RowSide | undefined>,
 *   load: (rows: number[], sides: (RowSide | undefined)[], what: "scores" | "all") => Promise<void>,
 *   row: (i: number) => SampledRow,
 *   find: (words: string[]) => Promise<number[]>,
 * }} RowSource
 */

/** The words of a row that are searched. @param {SampledRow} row */
const wordsOf = (row) => [row.row, ...row.fields.flat(), row.right ?? "", ...row.answers].join(" ").toLowerCase();

/** The words that are looked for. @param {string} text */
const wantedWords = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Rows that are inside the page. @param {RowSample} sample @returns {RowSource} */
function packedRows({ metric, axes, rows, checkpoints }) {
  const sides = checkpoints.map(({ name, prompts, scores, answers, logprobs, masses }) => ({
    name,
    prompts,
    means: rows.map((_, i) => scores.reduce((sum, own) => sum + (own[i] ?? 0), 0) / Math.max(1, scores.length)),
    score: (/** @type {number} */ p, /** @type {number} */ i) => scores[p]?.[i],
    answer: (/** @type {number} */ p, /** @type {number} */ i) => answers[p]?.[i],
    logprobs: (/** @type {number} */ p, /** @type {number} */ i) => logprobs[p]?.[i],
    mass: (/** @type {number} */ p, /** @type {number} */ i) => masses[p]?.[i],
  }));
  /** @type {string[] | undefined} */
  let texts;
  return {
    metric,
    axes,
    numbers: rows.map(({ row }) => row),
    side: async (name) => sides.find((one) => one.name === name),
    load: async () => {},
    row: (i) => /** @type {SampledRow} */ (rows[i]),
    find: async (words) => {
      const all = (texts ??= rows.map(wordsOf));
      return all.flatMap((text, i) => (words.every((word) => text.includes(word)) ? [i] : []));
    },
  };
}

/** Sources by the element that shows them. @type {Map<string, Promise<RowSource>>} */
const rowSources = new Map();
/** @param {HTMLElement} box @returns {Promise<RowSource>} */
function sourceOf(box) {
  const pack = box.dataset["pack"] ?? "";
  const known = rowSources.get(pack) ?? openRows(pack);
  rowSources.set(pack, known);
  return known;
}

/** Opens the rows of a task; a page with a folder of rows beside it opens them in another way. @param {string} pack @returns {Promise<RowSource>} */
let openRows = async (pack) => packedRows(JSON.parse(await unpack(pack)));
