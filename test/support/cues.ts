/** Classifiers that see one cue of a row and no meaning: how much of a data set's labels they get right. */

/** Describes a row with one of `labels` labels: its texts by name. */
export interface LabelledRow {
  readonly texts: Readonly<Record<string, string>>;
  readonly label: number;
}

/** Describes a row with choices. */
export interface ChoiceRow {
  readonly question: string;
  readonly choices: readonly string[];
  readonly gold: number;
}

export const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
const FUNCTION_WORDS = new Set(
  "a an the of in on at to for from by with and or but is are was were be been being it its this that these those as he she they his her their them him i you we do does did has have had will would can could what which who how when where why".split(" "), // prettier-ignore
);
const contentOf = (text: string) => new Set(wordsOf(text).filter((word) => !FUNCTION_WORDS.has(word)));
const NEGATION = /\b(not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n't)\b/i;
const SWEEPING =
  /\b(every|everyone|all|always|any|only|whole|both|single|never|no|none|nobody|entire|several|many|plenty)\b/i;
const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((word) => b.has(word)).length;
const jaccard = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  shared(a, b) / Math.max(1, a.size + b.size - shared(a, b));
const coverage = (a: ReadonlySet<string>, b: ReadonlySet<string>) => shared(a, b) / Math.max(1, b.size);

/** Numbers that a classifier of labelled rows may see, by name. The first text is the premise, the second the claim. */
export function labelCues(names: readonly string[]): Record<string, (row: LabelledRow) => number> {
  const [first = "", second = ""] = names;
  const a = ({ texts }: LabelledRow) => texts[first] ?? "";
  const b = ({ texts }: LabelledRow) => texts[second] ?? "";
  const bag = (text: string) => new Set(wordsOf(text));
  return {
    "word overlap": (row) => jaccard(bag(a(row)), bag(b(row))),
    "content overlap": (row) => jaccard(contentOf(a(row)), contentOf(b(row))),
    "share of the second text in the first": (row) => coverage(contentOf(a(row)), contentOf(b(row))),
    "share of the first text in the second": (row) => coverage(contentOf(b(row)), contentOf(a(row))),
    "negation in the first text": (row) => Number(NEGATION.test(a(row))),
    "negation in the second text": (row) => Number(NEGATION.test(b(row))),
    "negation in one text alone": (row) => Number(NEGATION.test(a(row))) - Number(NEGATION.test(b(row))),
    "sweeping words in the second text": (row) => Number(SWEEPING.test(b(row))),
    "length of the first text": (row) => wordsOf(a(row)).length,
    "length of the second text": (row) => wordsOf(b(row)).length,
    "difference of the lengths": (row) => wordsOf(a(row)).length - wordsOf(b(row)).length,
    "numbers in the second text": (row) => Number(/\d/.test(b(row))),
  };
}

/** Predicts a label from what other rows tell. */
type Fit<R> = (rows: readonly R[]) => (row: R) => number;

/** Share of rows that are predicted right by a classifier that was fitted to all other rows. */
export function leaveOneOut<R extends { readonly label: number }>(rows: readonly R[], fit: Fit<R>): number {
  const right = rows.filter((row, i) => fit(rows.filter((_, k) => k !== i))(row) === row.label);
  return right.length / rows.length;
}

/**
 * Cuts a cue into two ranges, or three for three labels, each with its most frequent label: the best cuts for the rows.
 */
export function fitRanges(cue: (row: LabelledRow) => number, labels: number): Fit<LabelledRow> {
  const known = new Map<LabelledRow, number>();
  const valueOf = (row: LabelledRow) => {
    const value = known.get(row) ?? cue(row);
    known.set(row, value);
    return value;
  };
  return (rows) => {
    const sorted = rows.map((row) => ({ value: valueOf(row), label: row.label })).sort((x, y) => x.value - y.value);
    // before[i][label]: rows of the label among the first i.
    const before = [new Array<number>(labels).fill(0)];
    for (const { label } of sorted) {
      const last = before.at(-1) as number[];
      before.push(last.map((count, k) => count + Number(k === label)));
    }
    const best = (from: number, to: number) => {
      const counts = (before[to] as number[]).map((count, k) => count - ((before[from] as number[])[k] as number));
      const count = Math.max(...counts);
      return { count, label: counts.indexOf(count) };
    };
    const places = sorted.flatMap(({ value }, i) => (i > 0 && value > (sorted[i - 1]?.value as number) ? [i] : []));
    const more = (low: number) => (labels > 2 ? places.filter((high) => high > low).map((high) => [low, high]) : []);
    let chosen = { right: best(0, sorted.length).count, at: [] as number[] };
    for (const at of places.flatMap((low) => [[low], ...more(low)])) {
      const right = [...at, sorted.length].reduce((sum, to, i) => sum + best(at[i - 1] ?? 0, to).count, 0);
      if (right > chosen.right) chosen = { right, at };
    }
    const { at } = chosen;
    const cuts = at.map((place) => ((sorted[place]?.value as number) + (sorted[place - 1]?.value as number)) / 2);
    const predicted = [...at, sorted.length].map((to, i) => best(at[i - 1] ?? 0, to).label);
    return (row) => predicted[cuts.filter((cut) => valueOf(row) >= cut).length] as number;
  };
}

/** Naive Bayes over the words of one text alone, with one added to each count. */
export function fitWords(name: string): Fit<LabelledRow> {
  const bag = ({ texts }: LabelledRow) => new Set(wordsOf(texts[name] ?? ""));
  return (rows) => {
    const labels = [...new Set(rows.map(({ label }) => label))].sort();
    const counts = new Map<string, number[]>();
    const sizes = labels.map((label) => rows.filter((row) => row.label === label).length);
    for (const row of rows) {
      for (const word of bag(row)) {
        const of = counts.get(word) ?? labels.map(() => 0);
        of[labels.indexOf(row.label)] = (of[labels.indexOf(row.label)] ?? 0) + 1;
        counts.set(word, of);
      }
    }
    return (row) => {
      const scores = labels.map((_, k) =>
        [...bag(row)].reduce(
          (sum, word) => {
            const of = counts.get(word);
            return of === undefined ? sum : sum + Math.log(((of[k] ?? 0) + 1) / ((sizes[k] ?? 0) + 2));
          },
          Math.log(sizes[k] ?? 1),
        ),
      );
      return labels[scores.indexOf(Math.max(...scores))] as number;
    };
  };
}

/** Holds what a classifier of choices may prefer, by name: the choice with the largest value is taken. */
export const CHOICE_CUES: Record<string, (row: ChoiceRow, choice: number) => number> = {
  "the longest choice": ({ choices }, i) => (choices[i] as string).length,
  "most overlap with the question": ({ question, choices }, i) => shared(contentOf(choices[i] as string), contentOf(question)),
  "a negation": ({ choices }, i) => Number(NEGATION.test(choices[i] as string)),
  "a sweeping word": ({ choices }, i) => Number(SWEEPING.test(choices[i] as string)),
  "most like the other choices": ({ choices }, i) =>
    choices.reduce((sum, other, k) => sum + (k === i ? 0 : shared(contentOf(choices[i] as string), contentOf(other))), 0),
}; // prettier-ignore

/** Share of rows whose right choice has the largest value; what is tied is shared. Sign -1 prefers the smallest. */
export function preferred(
  rows: readonly ChoiceRow[],
  cue: (row: ChoiceRow, choice: number) => number,
  sign: 1 | -1,
): number {
  const hits = rows.map((row) => {
    const values = row.choices.map((_, i) => sign * cue(row, i));
    const best = values.flatMap((value, i) => (value === Math.max(...values) ? [i] : []));
    return best.includes(row.gold) ? 1 / best.length : 0;
  });
  return hits.reduce((sum, hit) => sum + hit, 0) / rows.length;
}

/** Share of rows whose right choice has the words that are most typical of right choices of the other rows. */
export function choiceWords(rows: readonly ChoiceRow[]): number {
  const single = rows.map(({ choices, gold }) =>
    choices.map((text, i): LabelledRow => ({ texts: { text }, label: Number(i === gold) })),
  );
  const hits = rows.map((row, i) => {
    const others = single.filter((_, k) => k !== i).flat();
    const odds = wordOdds(others);
    const values = row.choices.map((text) => [...new Set(wordsOf(text))].reduce((sum, word) => sum + odds(word), 0));
    const best = values.flatMap((value, k) => (value === Math.max(...values) ? [k] : []));
    return best.includes(row.gold) ? 1 / best.length : 0;
  });
  return hits.reduce((sum: number, hit) => sum + hit, 0) / rows.length;
}

/** Log odds of a word in right against wrong choices. */
function wordOdds(rows: readonly LabelledRow[]): (word: string) => number {
  const sizes = [0, 1].map((label) => rows.filter((row) => row.label === label).length);
  const counts = new Map<string, [number, number]>();
  for (const { texts, label } of rows) {
    for (const word of new Set(wordsOf(texts["text"] ?? ""))) {
      const of = counts.get(word) ?? [0, 0];
      of[label as 0 | 1]++;
      counts.set(word, of);
    }
  }
  return (word) => {
    const of = counts.get(word);
    if (of === undefined) return 0;
    return Math.log((of[1] + 0.5) / ((sizes[1] ?? 0) + 1)) - Math.log((of[0] + 0.5) / ((sizes[0] ?? 0) + 1));
  };
}
