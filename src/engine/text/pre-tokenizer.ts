/**
 * Cuts a text where the reference does before its pieces become tokens. The tokenizer library cuts in other places than
 * the reference (the tokenizers package of Python) for some kinds of pre-tokenizer; each of these is written here as a
 * `Split` by a regular expression, which it runs as the reference does.
 */

type PreTokenizer = Readonly<Record<string, unknown>>;

/** Matches the words of GPT-2 (Radford et al. 2019). */
const BYTE_LEVEL_WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
/** Matches the punctuation of Unicode and of ASCII, which counts a few symbols. */
const PUNCTUATION = "[\\p{P}!-/:-@\\[-`{-~]";
/** Matches Unicode's word characters (UTS 18, annex C). */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
const ANY = "[\\s\\S]";

/**
 * Returns a tokenizer.json whose pre-tokenizer cuts as the reference's does; everything else is as it was.
 * @throws Error for a way of splitting that the library would take for another one
 */
export function withReferenceSplits(tokenizerJson: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { pre_tokenizer: given } = tokenizerJson;
  return isConfig(given) ? { ...tokenizerJson, pre_tokenizer: rewritten(given) } : { ...tokenizerJson };
}

function rewritten(config: PreTokenizer): PreTokenizer {
  switch (config["type"]) {
    case "Sequence": {
      const parts: unknown = config["pretokenizers"];
      if (!Array.isArray(parts)) return config;
      return sequence(parts.map((part: unknown) => (isConfig(part) ? rewritten(part) : (part as PreTokenizer))));
    }
    case "ByteLevel":
      return byteLevel(config);
    // The library knows the ten digits of ASCII, the reference every character that Unicode calls a number.
    case "Digits":
      return isolated(config["individual_digits"] === true ? "\\p{N}" : "\\p{N}+");
    case "Punctuation":
      return split(PUNCTUATION, config["behavior"] ?? "Isolated", false);
    // The library knows only ASCII words here.
    case "Whitespace":
      return matches(`[${WORD}]+|[^\\s${WORD}]+`);
    case "WhitespaceSplit":
      return matches("\\S+");
    case "Metaspace":
      return metaspace(config);
    case "Split": {
      const { pattern } = config;
      if (!isConfig(pattern)) return config;
      const { Regex: regex, String: text } = pattern;
      const source = typeof regex === "string" ? regex : typeof text === "string" ? escaped(text) : undefined;
      return source === undefined ? config : split(source, config["behavior"], config["invert"] === true);
    }
    default:
      return config;
  }
}

/**
 * Returns a byte-level pre-tokenizer that cuts words as the reference does. JavaScript's \s is not Unicode's white
 * space: it has U+FEFF and lacks U+0085.
 */
function byteLevel(config: PreTokenizer): PreTokenizer {
  if (config["use_regex"] === false) return config;
  const bytes = { ...config, add_prefix_space: false, use_regex: false };
  const words = [isolated(BYTE_LEVEL_WORDS), bytes];
  if (config["add_prefix_space"] === false) return sequence(words);
  // This is how the library puts a space in front of a text that has none.
  return sequence([{ type: "Metaspace", replacement: " ", prepend_scheme: "always" }, ...words]);
}

/**
 * Returns a metaspace pre-tokenizer that also cuts before the marks for spaces. The library sets the marks for spaces
 * and does not cut before them.
 */
function metaspace(config: PreTokenizer): PreTokenizer {
  if (config["split"] === false) return config;
  const { replacement } = config;
  const mark = escaped(typeof replacement === "string" ? replacement : "▁");
  return sequence([config, split(mark, "MergedWithNext", false)]);
}

/**
 * Writes a split in one of the two ways that the library has: every match and every gap is a piece, or the matches
 * alone are.
 * @param behavior what becomes of the matches
 * @param invert the gaps count as the matches
 */
function split(regex: string, behavior: unknown, invert: boolean): PreTokenizer {
  if (behavior === "Isolated") return isolated(regex);
  if (behavior === "Removed") return invert ? matches(regex) : { ...isolated(regex), behavior };
  if (!invert) {
    const gap = `(?:(?!${regex})${ANY})`;
    if (behavior === "Contiguous") return matches(`(?:${regex})+|${gap}+`);
    if (behavior === "MergedWithPrevious") return matches(`${gap}*(?:${regex})|${gap}+`);
    if (behavior === "MergedWithNext") return matches(`(?:${regex})${gap}*|${gap}+`);
  }
  throw new Error(`a pre-tokenizer splits by ${String(behavior)}${invert ? ", inverted" : ""}, which is not supported`);
}

function sequence(pretokenizers: readonly PreTokenizer[]): PreTokenizer {
  return { type: "Sequence", pretokenizers };
}

function isolated(regex: string): PreTokenizer {
  return { type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false };
}

function matches(regex: string): PreTokenizer {
  return { type: "Split", pattern: { Regex: regex }, behavior: "Removed", invert: true };
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function isConfig(value: unknown): value is PreTokenizer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
