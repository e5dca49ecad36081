/** Lists the values of FormatSpread (Sclar et al., ICLR 2024, arXiv:2310.11324), in the order of its published code. */

/** Lists what stands between a descriptor and its text (S1). */
export const SEPARATORS = [
  "", "::: ", ":: ", ": ", " \n\t", "\n    ", " : ", " - ", " ", "\n ", "\n\t", ":", "::", "- ", "\t",
] as const; // prettier-ignore

/**
 * Lists what stands between fields, and between the items of an enumeration (C). One value is there twice, and so drawn
 * twice as often.
 */
export const SPACES = [
  "", " ", "\n", " \n", " -- ", "  ", "; \n", " || ", " <sep> ", " -- ", ", ", " \n ", " , ", "\n ", ". ", " ,  ",
] as const; // prettier-ignore

/** Lists the ways in which descriptors are written (F_casing). */
export const CASINGS = ["identity", "title", "upper", "lower"] as const;
export type Casing = (typeof CASINGS)[number];

/** Lists what stands around the number of an item (F_item1); x is the number. */
export const WRAPPERS = ["(x)", "x.", "x)", "x )", "[x]", "<x>"] as const;
export type Wrapper = (typeof WRAPPERS)[number];

/** Lists the ways in which items are numbered (F_item2), each named by the first number. */
export const NUMBERINGS = ["1", "A", "a", "Ⅰ", "i", "I"] as const;
export type Numbering = (typeof NUMBERINGS)[number];

/**
 * Returns a text in a casing. Title case is Python's str.title(): a letter after a letter is small, every other one
 * capital.
 */
export function inCasing(text: string, casing: Casing): string {
  switch (casing) {
    case "identity":
      return text;
    case "title":
      return text.replace(/\p{L}+/gu, (word) => {
        const [first = "", ...rest] = word;
        return first.toUpperCase() + rest.join("").toLowerCase();
      });
    case "upper":
      return text.toUpperCase();
    case "lower":
      return text.toLowerCase();
  }
}

const ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"] as const;

/** Gives how many numbers a numbering has. */
export const NUMBERED: Readonly<Record<Numbering, number>> = { "1": Infinity, A: 26, a: 26, Ⅰ: 12, i: 15, I: 15 };

/**
 * Returns the number of an item.
 * @param index from 0
 * @throws RangeError where the numbering has no such number, see {@link NUMBERED}
 */
export function numberOf(index: number, numbering: Numbering): string {
  if (index >= NUMBERED[numbering]) throw new RangeError(`the numbering ${numbering} has no number ${index + 1}`);
  switch (numbering) {
    case "1":
      return String(index + 1);
    case "A":
    case "a":
      return String.fromCharCode(numbering.charCodeAt(0) + index);
    case "Ⅰ":
      return String.fromCharCode("Ⅰ".charCodeAt(0) + index);
    case "i":
      return ROMAN[index] as string;
    case "I":
      return (ROMAN[index] as string).toUpperCase();
  }
}

/** Returns a number as it stands before its item, e.g. "(B)". */
export function wrapped(number: string, wrapper: Wrapper): string {
  return wrapper.replace("x", () => number);
}
