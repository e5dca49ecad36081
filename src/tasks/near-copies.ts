/** Finds rows that ask the same question, also where letters, spaces or single words differ. */

import type { Example } from "./contract.js";

/** Holds what is asked, as words: one part for each field, and one for the choices. */
export type Asked = readonly (readonly string[])[];

/** Returns what an example asks. The order of choices does not count; the answer is left out. */
export function askedOf(example: Example): Asked {
  const choices = "choices" in example ? [...example.choices].sort() : [];
  return [...Object.values(example.fields).map(words), choices.flatMap(words)];
}

/**
 * Splits a text into words and signs in one spelling: case, punctuation, white space and forms of letters do not count.
 */
function words(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
}

const WORD = /[\p{L}\p{M}\p{N}]+|\p{S}|[-−](?=\d)/gu;

/**
 * Returns a key that two questions share where they have the same words in the same order; empty where there are none.
 */
export function askedKey(asked: Asked): string {
  return asked.every((part) => part.length === 0) ? "" : asked.map((part) => part.join(" ")).join("\n");
}

/** Sets the words of a shingle. */
const SHINGLE = 3;
/** Sets the length below which parts must have the same words: one word may be what is asked. */
const LONG = 12;
/** Sets the share of common shingles (Jaccard similarity) from which two long parts are near copies. */
const NEAR = 0.7;

/** Keeps questions in which near copies of another one are looked up. */
export class NearCopies {
  private readonly byKey = new Map<string, number>();
  private readonly byShingle = new Map<string, number[]>();

  /** @param questions undefined for one that is passed over */
  constructor(private readonly questions: readonly (Asked | undefined)[]) {
    for (const [index, asked] of questions.entries()) {
      const key = asked === undefined ? "" : askedKey(asked);
      if (asked === undefined || key === "") continue;
      if (!this.byKey.has(key)) this.byKey.set(key, index);
      for (const shingle of asked.flatMap((part) => [...shinglesOf(part)])) {
        const places = this.byShingle.get(shingle);
        if (places === undefined) this.byShingle.set(shingle, [index]);
        else if (places.at(-1) !== index) places.push(index);
      }
    }
  }

  /**
   * Returns the place of a question that the given one copies, undefined where there is none. Numbers must be the same.
   */
  find(asked: Asked): number | undefined {
    const same = this.byKey.get(askedKey(asked));
    if (same !== undefined) return same;
    const shared = new Map<number, number>();
    const shingles = asked.flatMap((part) => [...shinglesOf(part)]);
    for (const shingle of shingles) {
      for (const index of this.byShingle.get(shingle) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
    }
    for (const [index, common] of shared) {
      if (common >= NEAR * shingles.length && isNear(asked, this.questions[index] as Asked)) return index;
    }
    return undefined;
  }
}

function isNear(a: Asked, b: Asked): boolean {
  return a.length === b.length && a.every((part, i) => isNearPart(part, b[i] as readonly string[]));
}

function isNearPart(a: readonly string[], b: readonly string[]): boolean {
  if (a.join(" ") === b.join(" ")) return true;
  if (Math.min(a.length, b.length) < LONG || numbersIn(a) !== numbersIn(b)) return false;
  const [left, right] = [shinglesOf(a), shinglesOf(b)];
  const common = [...left].filter((shingle) => right.has(shingle)).length;
  return common >= NEAR * (left.size + right.size - common);
}

/** Returns every run of three words, none of a short part. */
function shinglesOf(part: readonly string[]): Set<string> {
  if (part.length < LONG) return new Set();
  const count = part.length - SHINGLE + 1;
  return new Set(Array.from({ length: count }, (_, i) => part.slice(i, i + SHINGLE).join(" ")));
}

function numbersIn(part: readonly string[]): string {
  return part.filter((word) => /\p{N}/u.test(word)).join(" ");
}
