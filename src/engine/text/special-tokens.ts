/** The special tokens that a tokenizer_config.json names, as text. */

/** The names under which transformers hands special tokens to a chat template. */
const NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

/** The configuration writes a special token as its text, or as an object that holds it. */
export function tokenText(token: unknown): string | undefined {
  if (typeof token === "string") return token;
  const content = (token as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

/** Text of each special token by its name, e.g. `bos_token`; those that the tokenizer lacks are left out. */
export function specialTokens(tokenizerConfig: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const text = tokenText(tokenizerConfig[name]);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}
