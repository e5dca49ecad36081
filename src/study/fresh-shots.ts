/** Draws shots that no evaluated row repeats, and shows no example twice. */

import { counted } from "../base/wording.js";
import { askedKey, NearCopies, type Asked } from "../tasks/near-copies.js";

/** Holds the shots of one plan, in the order in which they were drawn. */
interface DrawnShots<E, P> {
  readonly plan: P;
  readonly entries: readonly E[];
}

export interface ShotSource<E, P> {
  /** Rows that shots are drawn from. */
  readonly pool: readonly E[];
  /** Rows that are evaluated, as far as they are not shots. */
  readonly everyRow: readonly E[];
  /** Train rows that are left out of the pool because they are evaluated rows. */
  readonly repeated: number;
  /** For messages; without train rows, shots are taken out of the evaluated ones. */
  readonly sources: { readonly evaluated: string; readonly train: string | undefined };
  /**
   * Shows train rows also where they nearly repeat evaluated ones, and says so: what asks about few facts has no
   * others.
   */
  readonly keepCopies: boolean;
  /** Returns what a row asks; undefined where it is no example. */
  readonly askedOf: (entry: E) => Asked | undefined;
  /** Draws the shots of every plan from the rows of the pool that may be shown. */
  readonly draw: (isUsable?: (entry: E) => boolean) => readonly DrawnShots<E, P>[];
}

export interface FreshShots<E, P> {
  readonly drawn: readonly DrawnShots<E, P>[];
  /** Rows that are evaluated. */
  readonly left: readonly E[];
  /** Rows of the pool that may be shown, as far as anybody looked. */
  readonly usable: number;
  /** Rows of the pool that repeat others of it, as far as anybody looked. */
  readonly repeats: number;
  readonly notes: readonly string[];
}

/**
 * Draws shots. Where a shot nearly repeats an evaluated row, the train rows that do so are left out of the draw;
 * without train rows, the evaluated row is left out. Rows that are no copies are drawn in the same order with and
 * without copies.
 */
export function drawFreshShots<E extends { readonly row: number; readonly hash: string }, P>(
  source: ShotSource<E, P>,
): FreshShots<E, P> {
  const { pool, everyRow, repeated, sources, keepCopies, askedOf, draw } = source;
  const first = draw();
  const shown = shownIn(first);
  if (shown.length === 0) return { drawn: first, left: everyRow, usable: pool.length, repeats: 0, notes: [] };
  const twice = first.some(({ entries }) => repeatsIn(entries, askedOf).length > 0) ? repeatsIn(pool, askedOf) : [];
  const copies = sources.train === undefined ? [] : copiesIn(source, shown);
  const banned = new Set(keepCopies ? twice : [...twice, ...copies]);
  const drawn = banned.size === 0 ? first : draw((entry) => !banned.has(entry));
  const usable = pool.length - banned.size;
  const from = sources.train ?? sources.evaluated;
  const notes =
    twice.length === 0
      ? []
      : [`${counted(twice.length, "row")} of ${from} ${twice.length === 1 ? "repeats" : "repeat"} others: no example is shown twice as a shot`]; // prettier-ignore
  if (sources.train !== undefined) {
    const count = repeated + copies.length;
    if (count > 0) {
      const example = copies[0] === undefined ? "" : ` (row ${copies[0].row + 1} nearly does)`;
      notes.push(
        `${count} of ${counted(pool.length + repeated, "row")} of ${from} ${count === 1 ? "repeats" : "repeat"} rows of ` +
          `${sources.evaluated}${example}: ${keepCopies && copies.length > 0 ? "a shot may give an answer away" : "they are not shown as shots"}`,
      );
    }
    return { drawn, left: everyRow, usable, repeats: twice.length, notes };
  }
  const shots = shownIn(drawn);
  const hashes = new Set(shots.map(({ hash }) => hash));
  const near = new NearCopies(shots.map(askedOf));
  const left = everyRow.filter((entry) => !hashes.has(entry.hash) && near.find(askedOf(entry) ?? []) === undefined);
  const dropped = everyRow.length - left.length - hashes.size;
  if (dropped > 0) {
    notes.push(
      `${counted(dropped, "row")} of ${from} ${dropped === 1 ? "repeats a shot and is" : "repeat shots and are"} not evaluated`,
    );
  }
  return { drawn, left, usable, repeats: twice.length, notes };
}

function shownIn<E>(drawn: readonly { readonly entries: readonly E[] }[]): E[] {
  return [...new Set(drawn.flatMap(({ entries }) => entries))];
}

/** Returns the rows that ask what an earlier one asks. */
function repeatsIn<E>(entries: readonly E[], askedOf: (entry: E) => Asked | undefined): E[] {
  const known = new Set<string>();
  return entries.filter((entry) => {
    const key = askedKey(askedOf(entry) ?? []);
    if (key === "" || !known.has(key)) {
      known.add(key);
      return false;
    }
    return true;
  });
}

/** Returns all rows of the pool that nearly repeat an evaluated row; looks only where one of the shown rows does. */
function copiesIn<E, P>({ pool, everyRow, askedOf }: ShotSource<E, P>, shown: readonly E[]): E[] {
  const ofShots = new NearCopies(shown.map(askedOf));
  if (!everyRow.some((entry) => ofShots.find(askedOf(entry) ?? []) !== undefined)) return [];
  const ofRows = new NearCopies(everyRow.map(askedOf));
  return pool.filter((entry) => ofRows.find(askedOf(entry) ?? []) !== undefined);
}
