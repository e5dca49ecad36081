/** Chat templates against Python's apply_chat_template, and what the harness adds to it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChatTemplates, conversation } from "../../../src/engine/text/chat-template.js";
import { specialTokens } from "../../../src/engine/text/special-tokens.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import type { Message } from "../../../src/engine/types.js";
import { UserError } from "../../../src/base/errors.js";

const folder = join(import.meta.dirname, "../../golden/chat");
const read = (file: string) => readFileSync(join(folder, file), "utf8");

/** See test/golden/chat/make.py. */
interface Golden {
  readonly conversations: readonly (readonly Message[])[];
  readonly answer: string;
  readonly templates: Readonly<Record<string, readonly { text: string; ids: readonly number[]; turn: string }[]>>;
  readonly refused: { readonly template: string; readonly messages: readonly Message[]; readonly message: string };
}
const golden = JSON.parse(read("golden.json")) as Golden;
const config = { bos_token: { content: "<s>", special: true }, eos_token: "</s>", pad_token: null };
const tokenizer = new TextTokenizer(JSON.parse(read("tokenizer.json")) as Record<string, unknown>, config, undefined);
const templates = (texts: Record<string, string>) =>
  new ChatTemplates(new Map(Object.entries(texts)), specialTokens(config), "checkpoint tuned");
const published = (name: string) => templates({ default: read(`templates/${name}.jinja`) });
const user = (content: string): Message => ({ role: "user", content });

describe.each(Object.entries(golden.templates))("a template in the manner of %s", (name, expected) => {
  test.each(expected.map((entry, shots) => ({ shots, ...entry })))(
    "renders and encodes $shots shots as transformers does",
    ({ shots, text, ids, turn }) => {
      const rendered = published(name).render(golden.conversations[shots] ?? [], undefined);
      expect(rendered.text + rendered.space).toBe(text + turn.slice(0, turn.indexOf(golden.answer)));
      expect(rendered.text).not.toMatch(/ $/);
      expect(tokenizer.rendered.encodeContext(text)).toEqual(ids);
    },
  );
});

test("all six templates and zero to four shots are compared", () => {
  expect(Object.values(golden.templates).map((entries) => entries.length)).toEqual([5, 5, 5, 5, 5, 5]);
});

describe("special tokens", () => {
  test("in a rendered text are special tokens, and none is put before it", () => {
    expect(tokenizer.prefixIds).toEqual([0]);
    const { text } = published("llama3").render([user("hi")], undefined);
    const ids = tokenizer.rendered.encodeContext(text);
    expect(tokenizer.pieces(ids).filter((piece) => /^<.*>$/.test(piece))).toEqual([
      "<s>",
      ...["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
    ]);
    expect(tokenizer.encodeContext(text)).toEqual([0, ...ids]);
  });

  test("are not added where the template writes none", () => {
    const { text } = published("chatml").render([user("hi")], undefined);
    expect(tokenizer.rendered.encodeContext(text)[0]).toBe(2);
  });

  test("stand for a conversation that a template renders as nothing", () => {
    const { text } = templates({ default: "{# nothing #}" }).render([user("hi")], undefined);
    expect(text).toBe("");
    expect(tokenizer.rendered.encodeContext(text)).toEqual([0]);
  });
});

describe("where the answer begins", () => {
  test.each([
    ["nothing is between", "{{ messages[0].content }}\n[A]{{ messages[1].content if messages[1] }}", "q\n[A]", ""],
    ["a space is", "{{ messages[0].content }}\n[A]{{ ' ' + messages[1].content if messages[1] }}", "q\n[A]", " "],
    ["a line break is", "{{ messages[0].content }}[A]{{ '\\n' + messages[1].content if messages[1] }}", "q[A]\n", ""],
    [
      "the prompt ends in a space",
      "{{ messages[0].content }} A: {{ messages[1].content if messages[1] }}",
      "q A:",
      " ",
    ],
    ["words are", "{{ messages[0].content }}{{ '[A]' + messages[1].content if messages[1] }}", "q", ""],
    ["the template refuses to say", "{{ raise_exception('') if messages[1] }}{{ messages[0].content }}:", "q:", ""],
  ])("when %s", (_, text, rendered, space) => {
    expect(templates({ default: text }).render([user("q")], undefined)).toEqual({ text: rendered, space });
  });
});

describe("which template", () => {
  const several = { default: "plain", tool_use: "tools" };

  test("is the one named, or the default", () => {
    expect(templates(several).render([user("q")], undefined).text).toBe("plain");
    expect(templates(several).render([user("q")], "tool_use").text).toBe("tools");
    expect(templates({ default: "only" }).render([user("q")], "default").text).toBe("only");
  });

  test.each([
    [{}, undefined, "checkpoint tuned: the tokenizer has no chat template; use --chat-template off"],
    [{}, "rag", "checkpoint tuned: the tokenizer has no chat template; use --chat-template off"],
    [several, "tool_sue", 'checkpoint tuned: no chat template is named "tool_sue"; did you mean "tool_use"?'],
    [several, "rag", 'checkpoint tuned: no chat template is named "rag"; known: default, tool_use'],
    [
      { rag: "r", tool_use: "t" },
      undefined,
      "checkpoint tuned: no chat template is the default; name one, e.g. --chat-template turns:rag (there are rag, tool_use)",
    ],
  ])("%j does not give %j", (texts, name, message) => {
    const render = () => templates(texts).render([user("q")], name);
    expect(render).toThrow(UserError);
    expect(render).toThrow(message);
  });
});

describe("a template's own errors are one line that names the checkpoint", () => {
  test("raise_exception says the same as in Python", () => {
    const { template, messages, message } = golden.refused;
    const render = () => published(template).render(messages, undefined);
    expect(render).toThrow(UserError);
    expect(render).toThrow(`checkpoint tuned: the chat template refuses the conversation (${message})`);
  });

  test.each([
    ["{% if %}", "checkpoint tuned: the chat template is not Jinja ("],
    ["{{ 'x' }", "checkpoint tuned: the chat template is not Jinja ("],
    ["{{ nothing() }}", "checkpoint tuned: the chat template refuses the conversation ("],
    ["{{ strftime_now('%Q') }}", "refuses the conversation (strftime_now does not know %Q)"],
    ["{{ messages[1].content }}", "refuses the conversation (list object has no element 1)"],
    [
      "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
      "takes more than 1000000 steps",
    ],
    ["{% for i in range(100000) %}{{ range(100000)|list|length }}{% endfor %}", "takes more than 1000000 steps"],
    ["{% set s = 'ab' * 4000000 %}{% for i in range(100000) %}{{ s[i] }}{% endfor %}", "takes more than 1000000 steps"],
    ["{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "its macros call each other more than 200 deep"],
    [
      "{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
      "a text of more than",
    ],
    [
      "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
      "a list of more than",
    ],
    ["{{ 'x' * 99999999999 }}", "a text that is too long"],
    ["{{ 9 ** 9 ** 9 ** 9 ** 9 }}", "a power is too large"],
    ["{{ range(1, 2, 0) }}", "refuses the conversation (range() arg 3 must not be zero)"],
  ])("%j", (text, message) => {
    const render = () => templates({ default: text }).render([user("q")], undefined);
    expect(render).toThrow(UserError);
    expect(render).toThrow(message);
    expect(render).not.toThrow("\n");
  });
});

test.each([
  ["(", ")"],
  ["[", "]"],
  ["{1:", " }"],
  ["not ", ""],
  ["-", ""],
  ["a(", ")"],
  ["x if 1 else ", ""],
])("a template nested 5000 deep by %s%s is refused", (open, close) => {
  const render = () =>
    templates({ default: `{{ ${open.repeat(5000)}1${close.repeat(5000)} }}` }).render([user("q")], undefined);
  expect(render).toThrow("the chat template is not Jinja (line 1: more than 300 levels of nesting)");
});

test("blocks nested 5000 deep are refused", () => {
  const render = () => templates({ default: "{% if 1 %}".repeat(5000) }).render([user("q")], undefined);
  expect(render).toThrow("the chat template is not Jinja (line 1: more than 300 levels of nesting)");
});

describe("a template knows", () => {
  test.each([
    ["{{ bos_token }}{{ eos_token }}{{ pad_token }}", "<s></s>"],
    ["{{ tools is none and documents is none }}", "True"],
    ["{% for i in range(3) %}{{ i }}{% endfor %}", "012"],
    ["{% for i in range(4, 0, -2) %}{{ i }}{% endfor %}", "42"],
    ["{% set ns = namespace(n=1) %}{% set ns.n = 2 %}{{ ns.n }}", "2"],
    ["{% generation %}a{% endgeneration %}", "a"],
    ["one\r\ntwo\r\n", "one\ntwo"],
  ])("%j", (text, expected) => {
    expect(templates({ default: text }).render([user("q")], undefined).text).toBe(expected);
  });

  test("a date that is the same every day", () => {
    const text = "{{ strftime_now('%A %d %b %Y, %B %H:%M 100%%') }}";
    const { text: rendered } = templates({ default: text }).render([user("q")], undefined);
    expect(rendered).toBe("Friday 26 Jul 2024, July 00:00 100%");
  });
});

test("segments become turns of the user, with or without answers between", () => {
  expect(conversation(["a", "b"], undefined)).toEqual([user("ab")]);
  expect(conversation(["a", "b", "q"], ["1", "2"])).toEqual([
    user("a"),
    { role: "assistant", content: "1" },
    user("b"),
    { role: "assistant", content: "2" },
    user("q"),
  ]);
});
