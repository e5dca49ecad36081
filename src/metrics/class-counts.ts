/**
 * Computes metrics of a table of true and given labels: F1 of a class, macro-F1 and Matthews' correlation coefficient.
 */

import type { LeftOut, SetMetric, SetRow } from "./metric.js";

/** Counts by [true label][given label]; the last column is of answers that could not be read. */
class Counts {
  private readonly cells: Float64Array;

  constructor(
    rows: readonly SetRow[],
    readonly labels: number,
  ) {
    this.cells = new Float64Array(labels * (labels + 1));
    for (const row of rows) this.add(row, 1);
  }

  add({ gold, choice }: SetRow, times: number): void {
    const at = gold * (this.labels + 1) + (choice < 0 ? this.labels : choice);
    this.cells[at] = (this.cells[at] as number) + times;
  }

  at(gold: number, choice: number): number {
    return this.cells[gold * (this.labels + 1) + choice] as number;
  }

  /** Counts how often each label is right. */
  truth(): number[] {
    return this.sums((label, other) => (other <= this.labels ? this.at(label, other) : 0));
  }

  /** Counts how often each label is given. */
  given(): number[] {
    return this.sums((label, other) => (other < this.labels ? this.at(other, label) : 0));
  }

  /** Counts the answers that could not be read. */
  unread(): number {
    return Array.from({ length: this.labels }, (_, gold) => this.at(gold, this.labels)).reduce((a, b) => a + b, 0);
  }

  private sums(value: (label: number, other: number) => number): number[] {
    return Array.from({ length: this.labels }, (_, label) => {
      let sum = 0;
      for (let other = 0; other <= this.labels; other++) sum += value(label, other);
      return sum;
    });
  }
}

/**
 * Computes the statistic without each row: rows of the same true and given label leave out the same, so a value for
 * each pair of labels is enough.
 */
function leftOut(rows: readonly SetRow[], labels: number, value: (counts: Counts) => number): LeftOut {
  const counts = new Counts(rows, labels);
  const all = value(counts);
  const known = new Map<string, number>();
  const without = Float64Array.from(rows, (row) => {
    const key = `${row.gold} ${row.choice}`;
    let found = known.get(key);
    if (found === undefined) {
      counts.add(row, -1);
      found = value(counts);
      counts.add(row, 1);
      known.set(key, found);
    }
    return found;
  });
  return { all, without };
}

/**
 * Computes F1 of one label, 2 TP / (2 TP + FP + FN); 0 where it is neither right nor given. An unread answer is given
 * to none.
 */
function f1Of(counts: Counts, label: number): number {
  const [truth, given] = [counts.truth()[label] as number, counts.given()[label] as number];
  return truth + given === 0 ? 0 : (2 * counts.at(label, label)) / (truth + given);
}

const shared = {
  of: "set",
  answers: ["classification"],
  higherIsBetter: true,
  from: "answers",
  needs: "a right label and the label given, for every row",
} as const;

/** Holds the beginning of the names of {@link classF1}. */
export const CLASS_F1 = "f1_class:";

/** Returns the metric `f1_class:LABEL`, the F1 of one of the task's labels. Source: scikit-learn's f1_score. */
export function classF1(label: string): SetMetric {
  return {
    ...shared,
    name: `${CLASS_F1}${label}`,
    title: `F1 of the class "${label}"`,
    range: [0, 1],
    chance: () => null,
    needs: `a task with a label "${label}"`,
    set: (rows, labels) => {
      const place = labels.indexOf(label);
      if (place < 0) return { all: NaN, without: new Float64Array(rows.length).fill(NaN) };
      return leftOut(rows, labels.length, (counts) => f1Of(counts, place));
    },
  };
}

/**
 * Computes the mean of the F1 of the labels that are right or given somewhere in the set. It is that of scikit-learn's
 * f1_score with average="macro", but that answers that could not be read are no class of their own.
 */
export const macroF1: SetMetric = {
  ...shared,
  name: "macro_f1",
  title: "macro-F1",
  range: [0, 1],
  chance: () => null,
  set: (rows, labels) =>
    leftOut(rows, labels.length, (counts) => {
      const [truth, given] = [counts.truth(), counts.given()];
      const present = truth.flatMap((times, label) => (times + (given[label] as number) > 0 ? [label] : []));
      return present.reduce((sum, label) => sum + f1Of(counts, label), 0) / present.length;
    }),
};

/**
 * Computes Matthews' correlation coefficient of true and given labels, of any number of them; 0 where all rows have one
 * true label or all got one answer. Answers that could not be read are one more label. Source: Gorodkin 2004, R_K;
 * scikit-learn's matthews_corrcoef.
 */
export const mcc: SetMetric = {
  ...shared,
  name: "mcc",
  title: "Matthews' correlation coefficient",
  range: [-1, 1],
  chance: () => 0,
  set: (rows, labels) =>
    leftOut(rows, labels.length, (counts) => {
      const [truth, given] = [counts.truth(), [...counts.given(), counts.unread()]];
      const total = truth.reduce((sum, times) => sum + times, 0);
      const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
      const right = truth.reduce((sum, _, label) => sum + counts.at(label, label), 0);
      const covariance = right * total - truth.reduce((sum, times, label) => sum + times * (given[label] as number), 0);
      const scale = (total ** 2 - squares(truth)) * (total ** 2 - squares(given));
      return scale === 0 ? 0 : covariance / Math.sqrt(scale);
    }),
};
