/**
 * Checks over the rows of a task: what makes its score say something else than it seems to. One list for all commands.
 */

import { UserError } from "../base/errors.js";
import { counted } from "../base/wording.js";
import { readAnswer } from "../metrics/extract.js";
import { favouredPlace, favouredPlaceNote } from "../tasks/answer-places.js";
import type { Example, Task } from "../tasks/contract.js";
import { hasText } from "../tasks/example.js";
import { fieldNames } from "../tasks/families/family.js";
import { askedKey, askedOf } from "../tasks/near-copies.js";

/** Holds the evaluated rows of a task. */
export interface AskedRows {
  readonly task: Task;
  /** Where they come from, for messages. */
  readonly source: string;
  /** Rows with their position in the source, from 0. */
  readonly rows: readonly { readonly row: number; readonly example: Example }[];
  /** Whether these are all rows of the source, and not a part of them that --limit drew. */
  readonly whole: boolean;
}

type RowCheckName =
  | "answer-places"
  | "definition"
  | "duplicate-choices"
  | "white-space"
  | "labels"
  | "duplicate-rows"
  | "empty-fields"
  | "references"
  | "wordings"
  | "shots";

/** Holds what a check found. */
export interface RowNote {
  readonly check: RowCheckName;
  /** One line that begins with the task's name. */
  readonly text: string;
}

/** Returns what is wrong, without the task's name. @throws UserError to refuse the rows */
type RowCheck = (asked: AskedRows) => string[];

const CHECKS: readonly (readonly [RowCheckName, RowCheck])[] = [
  ["duplicate-choices", duplicateChoices],
  ["white-space", whiteSpace],
  ["labels", labelsInUse],
  ["duplicate-rows", duplicateRows],
  ["empty-fields", emptyFields],
  ["references", countedReferences],
  ["references", reachableReferences],
];

/**
 * Runs every check over a task's rows.
 * @returns what every output of a study with these rows has to say
 * @throws UserError for rows that no score can be given for
 */
export function checkAskedRows(asked: AskedRows): RowNote[] {
  const { task } = asked;
  const favoured = favouredPlace(asked.rows.map(({ example }) => example));
  const places: RowNote[] =
    favoured === undefined ? [] : [{ check: "answer-places", text: favouredPlaceNote(task.name, favoured) }];
  const others = CHECKS.flatMap(([check, run]) =>
    run(asked).map((found) => ({ check, text: `${task.name}: ${found}` })),
  );
  return [...places, ...others];
}

/** Names the rows of a finding: how many, and the first. */
function inRows(found: readonly { readonly row: number }[], { rows }: AskedRows): string {
  return `in ${found.length} of ${counted(rows.length, "row")} (row ${(found[0]?.row ?? 0) + 1}`;
}

const plain = (text: string) => text.normalize("NFKC").replace(/\s+/g, " ").trim();

function duplicateChoices(asked: AskedRows): string[] {
  const found = asked.rows.flatMap(({ row, example }) => {
    if (!("choices" in example)) return [];
    const choices = example.choices.map(plain);
    const second = choices.findIndex((choice, i) => choices.indexOf(choice) < i);
    if (second < 0) return [];
    const isRight = choices.filter((choice) => choice === choices[example.gold]).length > 1;
    return [{ row, isRight, text: choices[second] as string }];
  });
  const right = found.filter(({ isRight }) => isRight);
  const wrong = found.filter(({ isRight }) => !isRight);
  return [
    ...(right.length === 0
      ? []
      : [
          `two choices are the same text and one of them is right ${inRows(right, asked)}: ${shown(right[0]?.text)}); ` +
            `such a row cannot be answered for certain: correct it or leave it out`,
        ]),
    ...(wrong.length === 0
      ? []
      : [
          `two wrong choices are the same text ${inRows(wrong, asked)}: ${shown(wrong[0]?.text)}); ` +
            `there is one choice less than it seems`,
        ]),
  ];
}

/**
 * Matches white space that shows in a prompt or a token: at either end, a line break, a tab, an unusual or a double
 * space.
 */
const ODD_SPACE = /^\s|\s$|[\n\r\t\v\f\u0085\u2028\u2029\u00a0\u200b\u2060\ufeff\u2000-\u200a\u202f\u3000]|\s{2}/u;

function whiteSpace(asked: AskedRows): string[] {
  const isMixed = (texts: readonly string[]) => {
    const odd = texts.filter((text) => ODD_SPACE.test(text)).length;
    return odd > 0 && odd < texts.length;
  };
  const { answer } = asked.task;
  const labels = answer.kind === "classification" ? answer.labels : [];
  const found = asked.rows.flatMap(({ row, example }) => {
    if (!("choices" in example) || !isMixed(example.choices)) return [];
    const choice = example.choices.findIndex((text) => ODD_SPACE.test(text));
    return [{ row, choice, text: example.choices[choice] }];
  });
  const consequence = "which changes how likely these are; strip them in toExample, or in the file";
  return [
    ...(isMixed(labels) ? [`some labels have spaces or line breaks that others have not, ${consequence}`] : []),
    ...(found.length === 0
      ? []
      : [
          `some choices have spaces or line breaks that the others have not, ${inRows(found, asked)}, choice ` +
            `${(found[0]?.choice ?? 0) + 1}: ${shown(found[0]?.text)}), ${consequence}`,
        ]),
  ];
}

/**
 * Sets the rows per label from which a label that does not occur is no chance of the draw: (1 - 1/k)^(8k) is below 1 in
 * 2,000.
 */
const ROWS_PER_LABEL = 8;

function labelsInUse(asked: AskedRows): string[] {
  const { task, rows, whole } = asked;
  const { answer, dataset } = task;
  if (answer.kind !== "classification" || rows.length < 2) return [];
  const used = new Set(rows.map(({ example }) => ("gold" in example ? example.gold : -1)));
  const enough = rows.length >= ROWS_PER_LABEL * answer.labels.length;
  if (!enough && !(whole && used.size === 1)) return [];
  const { labels } = dataset.description;
  const range =
    labels !== undefined && "range" in labels
      ? `; the column ${labels.column} should run from ${labels.range.join(" to ")}: is this another scale?`
      : "";
  if (used.size === 1) {
    const [only] = used;
    return [
      `every one of ${counted(rows.length, "row")} has the label "${String(answer.labels[only ?? 0])}": ` +
        `who always says it is right everywhere, so the score says nothing${range}`,
    ];
  }
  const unused = answer.labels.filter((_, label) => !used.has(label));
  if (unused.length === 0) return [];
  return [
    `no row of ${rows.length} has the label ${unused.map((label) => `"${label}"`).join(" or ")}; chance is higher than the labels say${range}`,
  ];
}

function duplicateRows(asked: AskedRows): string[] {
  const first = new Map<string, (typeof asked.rows)[number]>();
  const found = asked.rows.flatMap((one) => {
    const key = askedKey(askedOf(one.example));
    const before = first.get(key);
    if (before === undefined) first.set(key, one);
    return before === undefined || key === "" ? [] : [{ ...one, before }];
  });
  const [repeated] = found;
  if (repeated === undefined) return [];
  const clash = found.filter(({ example, before }) => rightAnswer(example) !== rightAnswer(before.example));
  const text =
    `the same question is asked again ${inRows(found, asked)} repeats row ${repeated.before.row + 1}); ` +
    `repeated rows are not independent, so errors and intervals come out too small: keep one of each`;
  const [other] = clash;
  if (other === undefined) return [text];
  return [
    text,
    `the same question has another answer ${inRows(clash, asked)} and row ${other.before.row + 1}); correct one of them`,
  ];
}

function rightAnswer(example: Example): string {
  if ("references" in example) return "";
  return "choices" in example ? String(example.choices[example.gold]) : String(example.gold);
}

function emptyFields(asked: AskedRows): string[] {
  const { family } = asked.task;
  return fieldNames(family).flatMap((field) => {
    if (family.fields[field]?.whenEmpty !== undefined) return [];
    const found = asked.rows.filter(({ example }) => !hasText(example.fields[field] ?? ""));
    if (found.length === 0) return [];
    return [`the field "${field}" is empty ${inRows(found, asked)}); nothing is asked there`];
  });
}

/** Sets the share of letters and digits below which ROUGE leaves out most of a text. */
const MOST = 0.5;

/**
 * Checks references for ROUGE, which counts the letters a to z and digits alone: other scripts would get 0 whatever is
 * answered.
 */
function countedReferences(asked: AskedRows): string[] {
  const { task, rows, source } = asked;
  if (task.answer.kind !== "generation") return [];
  const all = rows.flatMap(({ row, example }) => ("references" in example ? [{ row, texts: example.references }] : []));
  const blank = all.filter(({ texts }) => !texts.some(hasText));
  const notes = blank.length === 0 ? [] : [`there is no right answer ${inRows(blank, asked)}); such a row scores 0`];
  const rouge = task.metrics.find((metric) => metric.tokens !== undefined);
  const { tokens } = rouge ?? {};
  if (tokens === undefined) return notes;
  const lost = all.filter(({ texts }) => texts.some(hasText) && !texts.some((text) => mostlyCounted(text, tokens)));
  const [first] = lost;
  if (first === undefined) return notes;
  if (rouge === task.metrics[0] && lost.length > rows.length / 2) {
    throw new UserError(
      `${source}, row ${first.row + 1}: ROUGE counts only the letters a to z and digits, and most of ${shown(first.texts[0])} ` +
        `is in other letters, as in ${lost.length} of ${counted(rows.length, "row")}; its score would be near 0 whatever is ` +
        `answered: leave the task ${task.name} out`,
    );
  }
  return [
    ...notes,
    `ROUGE counts only the letters a to z and digits, which leaves out most of the right answer ${inRows(lost, asked)})`,
  ];
}

/**
 * Checks that a right answer would count as right: where it has no number although numbers are compared, or goes on
 * after a stop, no model can be right.
 */
function reachableReferences(asked: AskedRows): string[] {
  const [metric] = asked.task.metrics;
  const { answer } = asked.task;
  if (answer.kind !== "generation" || metric?.of !== "row" || metric.binary !== true) return [];
  // A pattern may ask for words around the answer.
  const how = typeof answer.extract === "string" ? answer.extract : undefined;
  const isRight = (text: string, references: readonly string[]) => {
    const end = Math.min(...answer.stop.map((stop) => text.indexOf(stop)).filter((at) => at >= 0), text.length);
    const read = readAnswer(text.slice(0, end), how);
    return metric.row({ answers: [], numbered: false, whole: true, references, ...read }) === 1;
  };
  const found = asked.rows.flatMap(({ row, example }) => {
    if (!("references" in example)) return [];
    const texts = example.references.map((text) => text.trim()).filter(hasText);
    return texts.length === 0 || texts.some((text) => isRight(text, example.references))
      ? []
      : [{ row, text: texts[0] }];
  });
  if (found.length === 0) return [];
  return [
    `the right answer itself would count as wrong by ${metric.name} ${inRows(found, asked)}: ${shown(found[0]?.text)}); no answer can be right there`,
  ];
}

function mostlyCounted(text: string, tokens: (text: string) => readonly string[]): boolean {
  const letters = text.match(/[\p{L}\p{M}\p{N}]/gu)?.length ?? 0;
  const kept = tokens(text).reduce((sum, token) => sum + token.length, 0);
  return kept > 0 && kept >= MOST * letters;
}

/** Shows a text in quotation marks, with its white space, cut off after 40 characters. */
function shown(text = ""): string {
  const characters = Array.from(text);
  return JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text);
}
