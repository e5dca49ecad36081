/** Conversations: the loss is over what the assistant says, and over nothing else. */

import fc from "fast-check";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChatTemplates } from "../../../src/engine/text/chat-template.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import type { Message } from "../../../src/engine/types.js";
import { cutExample, trainingText, type TrainingExample } from "../../../src/sft/data/example.js";
import { encodeConversation, readConversations, TULU_TEMPLATE } from "../../../src/sft/data/messages.js";
import { tempFolder } from "../../support/temp-folder.js";
import { tinyTokenizer } from "../../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

const tokenizer = new TextTokenizer(tinyTokenizer(), { eos_token: "</s>" }, 0);
const tulu = new ChatTemplates(new Map([["default", TULU_TEMPLATE]]), { eos_token: "</s>" }, "the test");

/** Text of each answer; decoding leaves out the token that ends it. */
function answersOf({ ids, answers }: TrainingExample): string[] {
  return answers.map(([from, to]) => tokenizer.decode(ids.slice(from, to)));
}

const words = fc.stringMatching(/^[a-z]+( [a-z]+){0,4}$/);
const conversation = fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 4 }).map((turns) =>
  turns.flatMap(([question, answer]): Message[] => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]),
);

describe("a conversation in TULU's template", () => {
  test("has the assistant's turns as its answers, each with the token that ends it", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const example = encodeConversation(tokenizer, tulu, messages);
        const said = messages.flatMap(({ role, content }) => (role === "assistant" ? [content] : []));
        expect(answersOf(example)).toEqual(said);
        for (const [, to] of example.answers) expect(example.ids[to - 1]).toBe(1);
      }),
    );
  });

  test("is written as open-instruct writes it", () => {
    const messages: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi?" },
      { role: "assistant", content: "Hello." },
    ];
    expect(tulu.transcript(messages, false)).toBe("<|system|>\nBe brief.\n<|user|>\nHi?\n<|assistant|>\nHello.</s>\n");
    expect(tulu.transcript(messages.slice(0, 2), true)).toBe("<|system|>\nBe brief.\n<|user|>\nHi?\n<|assistant|>\n");
  });
});

test("a template that writes earlier turns in another way is refused", async () => {
  const onlyLast =
    "{% for m in messages %}{% if loop.last %}<{{ m['role'] }}>{{ m['content'] }}{% endif %}{% endfor %}";
  const templates = new ChatTemplates(new Map([["default", onlyLast]]), {}, "the test");
  const messages: Message[] = [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
    { role: "user", content: "c" },
    { role: "assistant", content: "d" },
  ];
  const failure = await failureOf(() =>
    Promise.resolve().then(() => encodeConversation(tokenizer, templates, messages)),
  );
  expectUserError(failure, "once others follow it");
});

describe("a file of conversations", () => {
  const folder = tempFolder();
  const read = async (text: string) => {
    const file = join(folder, "messages.jsonl");
    await writeFile(file, text);
    return readConversations(file);
  };
  const turn = (role: string, content: unknown = "x") => ({ role, content });
  const line = (...messages: object[]) => `${JSON.stringify({ messages, id: 1, dataset: "any" })}\n`;

  test("is read with other keys left aside", async () => {
    const messages = [turn("user"), turn("assistant")];
    expect(await read(line(...messages) + line({ ...messages[1], tool: 1 }))).toEqual([messages, [messages[1]]]);
  });

  test.each([
    ["no rows", "\n\n", "holds no conversation"],
    ["no messages", '{"text": "x"}\n', "row 1"],
    ["another role", line(turn("user"), turn("tool")), "row 1"],
    ["content that is no text", line(turn("user", [1])), "row 1"],
    [
      "nobody to learn from",
      line(turn("user"), turn("assistant")) + line(turn("user")),
      "row 2 has no turn of the assistant",
    ],
    ["no JSON", "{", "line 1"],
  ])("is refused: %s", async (_, text, named) => {
    expectUserError(await failureOf(() => read(text)), "messages.jsonl", named);
  });
});

test("an example that is cut keeps its end, and its answers stay on their tokens", () => {
  fc.assert(
    fc.property(conversation, fc.integer({ min: 2, max: 60 }), (messages, most) => {
      const whole = encodeConversation(tokenizer, tulu, messages);
      const cut = cutExample(whole, most);
      expect(cut.ids).toEqual(whole.ids.slice(-most));
      const gone = whole.ids.length - cut.ids.length;
      const [before, after] = [trainingText(whole, "answer"), trainingText(cut, "answer")];
      cut.ids.forEach((_, i) => {
        expect(after.counted?.(i)).toBe(before.counted?.(i + gone));
      });
    }),
  );
});
