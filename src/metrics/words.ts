/** Splits texts at white space as Python does. */

/** Matches what parts words: white space of Python's texts. */
// eslint-disable-next-line no-control-regex -- the separators of ASCII are white space there
export const WORDS_APART = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
