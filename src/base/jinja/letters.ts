/** Changes and tells the case of letters, and what is a digit, as Python does with Unicode's tables. */

import { codePoints } from "./values.js";

/** Matches what stands before and after a final sigma. */
const FINAL_SIGMA =
  /(?<=(?!\p{Case_Ignorable})\p{Cased}\p{Case_Ignorable}*)Σ(?!\p{Case_Ignorable}*(?!\p{Case_Ignorable})\p{Cased})/gu;
/** Matches letters that are alike in upper case and at the beginning of a title, though JavaScript changes them. */
const GEORGIAN = /^[\u10d0-\u10fa\u10fd-\u10ff]$/u;
/** Matches characters that stand for two letters or more, of which a title has one in upper case. */
const LIGATURE = /^[ßև\ufb00-\ufb06\ufb13-\ufb17]$/u;
const CHEROKEE = /^[\u13a0-\u13f5\u13f8-\u13fd\uab70-\uabbf]$/u;
const DIGRAPHS: Readonly<Record<string, string>> = {
  ...{ Ǆ: "ǅ", ǅ: "ǅ", ǆ: "ǅ", Ǉ: "ǈ", ǈ: "ǈ", ǉ: "ǈ", Ǌ: "ǋ", ǋ: "ǋ", ǌ: "ǋ", Ǳ: "ǲ", ǲ: "ǲ", ǳ: "ǲ" },
};

/** Matches what Python counts as a digit: those of numbers, and raised, lowered or circled ones. */
export const DIGIT =
  /^[\p{Nd}\u{b2}\u{b3}\u{b9}\u{1369}-\u{1371}\u{19da}\u{2070}\u{2074}-\u{2079}\u{2080}-\u{2089}\u{2460}-\u{2468}\u{2474}-\u{247c}\u{2488}-\u{2490}\u{24ea}\u{24f5}-\u{24fd}\u{24ff}\u{2776}-\u{277e}\u{2780}-\u{2788}\u{278a}-\u{2792}\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]$/u;
/** Matches what Python counts as numeric: numbers of all kinds, and Chinese characters that are numbers. */
export const NUMERIC =
  /^[\p{N}㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭\u{2f890}]$/u;

/** Returns a character as a title begins with it. */
function titleOf(char: string): string {
  const upper = char.toUpperCase();
  if (GEORGIAN.test(char)) return char;
  if (DIGRAPHS[char] !== undefined) return DIGRAPHS[char];
  if (LIGATURE.test(char)) return upper.slice(0, 1) + upper.slice(1).toLowerCase();
  // Greek vowels with an iota below keep it there.
  if (!/^[\u1f80-\u1fff]$/u.test(char) || !upper.endsWith("Ι") || upper.length === 1) return upper;
  const below = `${upper.slice(0, -1)}\u0345`;
  return upper.length === 2 ? below.normalize("NFC") : below;
}

/** Writes sigmas at the ends of words as such, so that all other characters can be changed one by one. */
function withFinalSigmas(text: string): string {
  return text.replaceAll(FINAL_SIGMA, "ς");
}

/** Does what Python's str.title() does: a letter after anything but a letter is as in a title. */
export function titled(text: string): string {
  const final = codePoints(withFinalSigmas(text));
  let after = false;
  let result = "";
  for (const [i, char] of codePoints(text).entries()) {
    result += after ? (final[i] as string).toLowerCase() : titleOf(char);
    after = /\p{Cased}/u.test(char);
  }
  return result;
}

/** Does what Python's str.capitalize() does. */
export function capitalized(text: string): string {
  const [first] = codePoints(text);
  if (first === undefined) return "";
  return titleOf(first) + codePoints(withFinalSigmas(text)).slice(1).map((char) => char.toLowerCase()).join("");
} // prettier-ignore

/** Does what Python's str.swapcase() does. */
export function swapped(text: string): string {
  const final = codePoints(withFinalSigmas(text));
  return codePoints(text)
    .map((char, i) => {
      if (/\p{Uppercase}/u.test(char)) return (final[i] as string).toLowerCase();
      return /\p{Lowercase}/u.test(char) ? char.toUpperCase() : char;
    })
    .join("");
}

/** Does what Python's str.casefold() does. */
export function folded(text: string): string {
  return codePoints(text)
    .map((char) => {
      if (CHEROKEE.test(char)) return char.toUpperCase();
      return char === "ı" ? char : char === "ẞ" ? "ss" : char.toUpperCase().toLowerCase();
    })
    .join("");
}

const hasUpper = (text: string) => /[\p{Uppercase}\p{Lt}]/u.test(text);
export const isLower = (text: string): boolean => /\p{Lowercase}/u.test(text) && !hasUpper(text);
export const isUpper = (text: string): boolean => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);

/** Does what Python's str.istitle() does: each run of letters begins in upper case and goes on in lower case. */
export function isTitle(text: string): boolean {
  let after = false;
  for (const char of text) {
    const upper = hasUpper(char);
    const cased = upper || /\p{Lowercase}/u.test(char);
    if (cased && upper === after) return false;
    after = cased;
  }
  return hasUpper(text);
}

/** Writes the decimal digits of all scripts as 0 to 9. */
export function plainDigits(text: string): string {
  return text.replaceAll(/(?![0-9])\p{Nd}/gu, (digit) => {
    // The ten digits of a script follow each other, and so do those of several styles.
    const code = digit.codePointAt(0) as number;
    let first = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
    return String((code - first) % 10);
  });
}
