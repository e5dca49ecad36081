/** Puts shots and question into the turns of a checkpoint's chat template. */

import { didYouMean, UsageError } from "../base/errors.js";

const FORMS = ["turns", "single"] as const;

export interface ChatLayout {
  /** `turns`: each shot is a turn of the user and one of the assistant. `single`: all is one turn of the user. */
  readonly form: (typeof FORMS)[number];
  /** Name of the template where the tokenizer has several; absent for its default. */
  readonly template?: string;
}

/**
 * Reads what --chat-template takes: off, turns, single, turns:NAME or single:NAME.
 * @returns undefined for off: plain text
 * @throws UsageError with the nearest word
 */
export function parseChatLayout(text: string): ChatLayout | undefined {
  if (text === "off") return undefined;
  const [, word = text, template] = /^([^:]*):(.+)$/s.exec(text) ?? [];
  const form = FORMS.find((name) => name === word);
  if (form === undefined) {
    throw new UsageError(
      `--chat-template ${text}: expected off, turns, single, turns:NAME or single:NAME${didYouMean(word, ["off", ...FORMS], 0)}`,
    );
  }
  return { form, ...(template === undefined ? {} : { template }) };
}

/** Writes the layout as the user does. */
export function chatLayoutName({ form, template }: ChatLayout): string {
  return template === undefined ? form : `${form}:${template}`;
}
