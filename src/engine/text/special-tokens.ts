/** Reads the special tokens that a tokenizer_config.json names, as text. */

import { tokenText } from "../../checkpoints/tokenizers/token-text.js";

/** Lists the names under which transformers hands special tokens to a chat template. */
const NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

/**
 * Returns the text of each special token by its name, e.g. `bos_token`; those that the tokenizer lacks are left out.
 */
export function specialTokens(tokenizerConfig: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const text = tokenText(tokenizerConfig[name]);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}
