/** Names the labels of a column: as the user says, as the dataset says, else by its values. */

import { didYouMean, UsageError } from "../../base/errors.js";

/** Limits the different values of a label column whose names nobody gave. */
const MOST_LABELS = 50;

type Value = string | number | boolean;

/** Holds the labels of a task, and which of them a value of the column is. */
export interface LabelColumn {
  readonly labels: readonly string[];
  readonly indexOf: ReadonlyMap<Value, number>;
  /** Says where the names are from. */
  readonly note: string;
}

interface Asked {
  /** For messages: the flag with its column. */
  readonly flag: string;
  /** Values of the column in all rows. */
  readonly values: readonly unknown[];
  /** Names in the order of the values, or VALUE=NAME each. */
  readonly given: readonly string[];
  /** Names that the dataset gives to the numbers from 0. */
  readonly named: readonly string[] | undefined;
}

/** @throws UsageError where the values are no labels, or numbers without names */
export function labelColumn({ flag, values, given, named }: Asked): LabelColumn {
  const distinct = distinctValues(values, flag);
  const isText = given.length === 0 && named === undefined && distinct.length > Math.max(2, values.length / 2);
  const found =
    given.length > 0 ? givenNames(given, distinct, flag) : named === undefined ? ownNames(distinct, flag, isText) : saidNames(named, distinct, flag); // prettier-ignore
  if (found.labels.length < 2)
    throw new UsageError(`${flag}: there is one label alone, ${found.labels.join("")}; two or more are needed`);
  return found;
}

/** Returns the values in their order, without those of hidden labels: nothing, or -1. */
function distinctValues(values: readonly unknown[], flag: string): Value[] {
  const shown = values.filter((value) => value !== null && value !== undefined && value !== "" && value !== -1);
  const other = shown.find((value) => typeof value === "object");
  if (other !== undefined) throw new UsageError(`${flag}: its values are lists or objects, not labels`);
  if (shown.length === 0) throw new UsageError(`${flag}: no row has a label there; use another split`);
  return [...new Set(shown as Value[])].sort((a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1,
  );
}

/**
 * Takes the texts of the column in the order of the alphabet.
 * @param isText whether most rows have a value of their own, as texts have and labels do not
 */
function ownNames(values: readonly Value[], flag: string, isText: boolean): LabelColumn {
  const listed = `${values.slice(0, 4).join(", ")}${values.length > 4 ? ", …" : ""}`;
  if (values.length > MOST_LABELS || isText)
    throw new UsageError(`${flag}: ${values.length} different values (${listed}), too many for labels; name the column of the labels`); // prettier-ignore
  if (values.some((value) => typeof value === "number" || /^[-+]?\d+$/.test(String(value))))
    throw new UsageError(`${flag}: the labels are numbers (${listed}) and the dataset does not name them; give --labels with a name for each, in this order`); // prettier-ignore
  const labels = values.map(String);
  const note = `labels are the values of the column, in the order of the alphabet: ${labels.join(", ")}`;
  return { labels, indexOf: new Map(values.map((value, i) => [value, i])), note };
}

/** Takes the names that the dataset gives: values are their numbers, or the names themselves. */
function saidNames(labels: readonly string[], values: readonly Value[], flag: string): LabelColumn {
  const indexOf = new Map<Value, number>([
    ...labels.map((_, i): [Value, number] => [i, i]),
    ...labels.map((label, i): [Value, number] => [label, i]),
  ]);
  const other = values.find((value) => !indexOf.has(value));
  if (other !== undefined)
    throw new UsageError(`${flag}: the value ${JSON.stringify(other)} is none of the labels that the dataset names (${labels.join(", ")}); give --labels`); // prettier-ignore
  return { labels, indexOf, note: `labels are those that the dataset names: ${labels.join(", ")}` };
}

function givenNames(given: readonly string[], values: readonly Value[], flag: string): LabelColumn {
  const pairs = given.map((one) => /^([^=]+)=(.+)$/.exec(one));
  const isPaired = pairs.every((pair) => pair !== null);
  if (!isPaired && pairs.some((pair) => pair !== null))
    throw new UsageError(`--labels ${given.join(",")}: write VALUE=NAME for all labels or for none`);
  const names = pairs.map((pair, i) => pair?.[2] ?? (given[i] as string));
  const keys = isPaired ? pairs.map((pair) => pair[1] ?? "") : undefined;
  const positions = values.map((value, i): [Value, number] => [
    value,
    keys === undefined ? positionOf(value, i, names, values) : keys.indexOf(String(value)),
  ]);
  const lost = positions.find(([, at]) => at < 0)?.[0];
  if (lost !== undefined) {
    const known = keys ?? names;
    throw new UsageError(`--labels: no name for the value ${JSON.stringify(lost)} of ${flag.replace("--label ", "the column ")}${didYouMean(String(lost), known)}; write VALUE=NAME for each of ${values.slice(0, MOST_LABELS).join(", ")}`); // prettier-ignore
  }
  // Two values may have one name.
  const labels = [...new Set(names)];
  const indexOf = new Map(positions.map(([value, at]) => [value, labels.indexOf(names[at] as string)]));
  return { labels, indexOf, note: `labels are as --labels says: ${labels.join(", ")}` };
}

/**
 * Returns the place of a value among names in their order: texts by themselves, numbers from 0, else by their order.
 */
function positionOf(value: Value, order: number, names: readonly string[], values: readonly Value[]): number {
  const isNamed = values.every((one) => names.includes(String(one)));
  if (isNamed) return names.indexOf(String(value));
  const areNumbers = values.every((one) => Number.isInteger(one) && (one as number) >= 0 && (one as number) < names.length); // prettier-ignore
  if (areNumbers) return value as number;
  const isText = values.some((one) => typeof one === "string" && !/^[-+]?\d+$/.test(one));
  return values.length === names.length && !isText ? order : -1;
}
