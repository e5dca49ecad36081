/**
 * Makes surface noise: slips in the text of a question that leave it readable. Only letters A to Z and spaces are
 * touched, and no letter is replaced by one that looks like it.
 */

import { didYouMean, UsageError } from "../base/errors.js";
import { randomStream, type Random } from "../base/random.js";
import type { Fields } from "../tasks/contract.js";

export const NOISE_KINDS = ["typos", "case", "spaces"] as const;
type NoiseKind = (typeof NOISE_KINDS)[number];

export interface Noise {
  readonly kind: NoiseKind;
  /** Share of the letters (typos, case) or of the spaces that are hit. */
  readonly rate: number;
  readonly seed: number;
}

/** Sets the shares that leave a text readable, in the range that studies of perturbed prompts use. */
const RATES: Readonly<Record<NoiseKind, number>> = { typos: 0.03, case: 0.1, spaces: 0.1 };

const ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** Letters beside, above and below each letter of an English keyboard. */
const NEIGHBOURS: ReadonlyMap<string, string> = new Map(
  ROWS.flatMap((row, y) =>
    Array.from(row, (letter, x) => {
      const around = [row[x - 1], row[x + 1], ROWS[y - 1]?.[x], ROWS[y - 1]?.[x + 1], ROWS[y + 1]?.[x - 1], ROWS[y + 1]?.[x]]; // prettier-ignore
      return [letter, around.filter((one) => one !== undefined).join("")] as const;
    }),
  ),
);

const HITS: Readonly<
  Record<NoiseKind, { readonly what: RegExp; readonly hit: (char: string, random: Random) => string }>
> = {
  typos: { what: /[a-z]/gi, hit: slip },
  case: { what: /[a-z]/gi, hit: (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()) }, // prettier-ignore
  spaces: { what: / /g, hit: (_, random) => " ".repeat(2 + Math.floor(random() * 2)) },
};

function slip(letter: string, random: Random): string {
  const near = NEIGHBOURS.get(letter.toLowerCase()) as string;
  const typed = near[Math.floor(random() * near.length)] as string;
  return letter === letter.toLowerCase() ? typed : typed.toUpperCase();
}

/**
 * Reads what stands after `noise=` or `noise:`: a kind, and if wished its rate and seed, as in typos, typos:0.1,
 * typos:0.1@7.
 * @throws UsageError with the nearest kind
 */
export function parseNoise(text: string): Noise {
  const [, word = text, rate, seed] = /^([^:@]*)(?::([^@]*))?(?:@(\d{1,9}))?$/.exec(text) ?? [];
  const kind = NOISE_KINDS.find((name) => name === word);
  if (kind === undefined) throw new UsageError(`noise ${text}: unknown kind "${word}"${didYouMean(word, NOISE_KINDS)}`);
  const share = rate === undefined ? RATES[kind] : Number(rate);
  if (rate === "" || !(share > 0 && share <= 1)) {
    throw new UsageError(
      `noise ${text}: the rate must be a number above 0 and at most 1, as in ${kind}:${RATES[kind]}`,
    );
  }
  return { kind, rate: share, seed: Number(seed ?? 0) };
}

/** Writes the noise as {@link parseNoise} reads it. */
export function noiseName({ kind, rate, seed }: Noise): string {
  return kind + (rate === RATES[kind] ? "" : `:${rate}`) + (seed === 0 ? "" : `@${seed}`);
}

/** Puts noise into fields: the same for the same fields. */
export function withNoise(fields: Fields, { kind, rate, seed }: Noise): Fields {
  const { what, hit } = HITS[kind];
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => {
      const random = randomStream("noise", kind, seed, name, text);
      return [name, text.replace(what, (char) => (random() < rate ? hit(char, random) : char))];
    }),
  );
}
