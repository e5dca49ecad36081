/** Finds the smallest design that does what is wanted. */

/** Holds numbers of wordings and of rows. */
export interface Size {
  readonly wordings: number;
  readonly rows: number;
}

/**
 * Says what is needed of one facet while the other stays, and of both at the least number of scores; null where nothing
 * is enough.
 */
export interface Need {
  readonly wordings: number | null;
  readonly rows: number | null;
  readonly least: Size | null;
}

/** Lists numbers of wordings that are tried. */
const WORDINGS = [12, 16, 20, 24, 32, 40, 48, 64, 80, 96];
/** Holds the fewest rows that are tried. */
const FEWEST_ROWS = 20;

/**
 * @param reached whether a design does it; more of either is taken never to do less
 * @param present the pilot's size
 * @param mostRows rows that there are
 */
export function needOf(reached: (size: Size) => boolean, present: Size, mostRows: number): Need {
  const sizes = WORDINGS.flatMap((wordings) => {
    const rows = fewest((n) => reached({ wordings, rows: n }), Math.min(FEWEST_ROWS, mostRows), mostRows);
    return rows === null ? [] : [{ wordings, rows }];
  });
  const [least = null] = [...sizes].sort((a, b) => a.wordings * a.rows - b.wordings * b.rows || a.rows - b.rows);
  return {
    wordings: WORDINGS.find((wordings) => reached({ wordings, rows: present.rows })) ?? null,
    rows: fewest((n) => reached({ wordings: present.wordings, rows: n }), FEWEST_ROWS, mostRows),
    least,
  };
}

/** Finds the least number that is enough, rounded up to two figures; null where the most is not enough. */
function fewest(holds: (n: number) => boolean, least: number, most: number): number | null {
  if (holds(least)) return least;
  if (least >= most || !holds(most)) return null;
  let [no, yes] = [least, most];
  while (yes - no > Math.max(1, 0.02 * no)) {
    const middle = Math.round(Math.sqrt(no * yes));
    if (middle <= no || middle >= yes) break;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(yes)) - 1);
  return Math.min(most, Math.ceil(yes / unit) * unit);
}
