/**
 * Reads training data from a file of conversations, in the manner of the TULU mixtures: one {"messages": […]} a line.
 */

import type { ChatTemplates } from "../../engine/text/chat-template.js";
import type { TextTokenizer } from "../../engine/text/tokenizer.js";
import type { Message } from "../../engine/types.js";
import { readJsonl } from "../../datasets/jsonl.js";
import { UserError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import type { Span, TrainingExample } from "./example.js";

/** Holds TULU's format (Wang et al. 2023, arXiv:2306.04751), for checkpoints that come without a chat template. */
export const TULU_TEMPLATE =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' }}" +
  "{% if message['role'] == 'assistant' %}{{ message['content'] + eos_token + '\\n' }}" +
  "{% else %}{{ message['content'] + '\\n' }}{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}";

const isConversation = compileSchema<{ readonly messages: readonly Message[] }>({
  type: "object",
  required: ["messages"],
  properties: {
    messages: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["role", "content"],
        properties: { role: { enum: ["system", "user", "assistant"] }, content: { type: "string" } },
      },
    },
  },
});

/** @throws UserError naming the row that is no conversation, or has nothing that the assistant says */
export async function readConversations(path: string): Promise<(readonly Message[])[]> {
  const rows = await readJsonl(path);
  if (rows.length === 0) throw new UserError(`${path} holds no conversation`);
  return rows.map((row, i) => {
    const { messages } = validated(isConversation, row, `${path}: row ${i + 1}`);
    if (!messages.some(({ role }) => role === "assistant")) {
      throw new UserError(`${path}: row ${i + 1} has no turn of the assistant to learn from`);
    }
    return messages.map(({ role, content }) => ({ role, content }));
  });
}

/**
 * Encodes a conversation in the checkpoint's chat template; the answers are what the template makes of the assistant's
 * turns, up to the token that ends each.
 * @throws UserError when the template writes a turn in another way once others follow it
 */
export function encodeConversation(
  tokenizer: TextTokenizer,
  templates: ChatTemplates,
  messages: readonly Message[],
): TrainingExample {
  const whole = templates.transcript(messages, false);
  const ids = tokenizer.rendered.encode(whole);
  const answers: Span[] = [];
  messages.forEach(({ role }, i) => {
    if (role !== "assistant") return;
    const before = templates.transcript(messages.slice(0, i), true);
    const after = templates.transcript(messages.slice(0, i + 1), false);
    if (!whole.startsWith(before) || !whole.startsWith(after)) {
      throw new UserError("the chat template writes a turn in another way once others follow it; no loss on its turns");
    }
    // What comes after the turn's last token, such as a line break, belongs to the next one's beginning.
    const [from, to] = [before, after.replace(/\n+$/, "")].map((text) => sharedLength(tokenizer, ids, text));
    answers.push([from as number, to as number]);
  });
  return { ids, answers, text: { messages } };
}

/** Counts the tokens of the whole that the encoding of its beginning shares with it. */
function sharedLength(tokenizer: TextTokenizer, ids: readonly number[], beginning: string): number {
  const own = tokenizer.rendered.encode(beginning);
  const differs = own.findIndex((id, i) => id !== ids[i]);
  return differs < 0 ? own.length : differs;
}
