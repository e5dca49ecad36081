/** Chat layouts as a part of a prompt's identity. */

import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.js";
import { chatLayoutName, parseChatLayout } from "../../src/templates/chat.js";
import { withChat, type PromptVariant } from "../../src/templates/variant.js";
import { familyNamed, variantsOfFamily } from "../support/families.js";

test.each([
  ["off", undefined],
  ["turns", { form: "turns" }],
  ["single", { form: "single" }],
  ["turns:tool_use", { form: "turns", template: "tool_use" }],
  ["single:a:b", { form: "single", template: "a:b" }],
])("%s", (text, layout) => {
  const found = parseChatLayout(text);
  expect(found).toEqual(layout);
  if (found !== undefined) expect(chatLayoutName(found)).toBe(text);
});

const EXPECTED = "expected off, turns, single, turns:NAME or single:NAME";
test.each([
  ["trns", `--chat-template trns: ${EXPECTED}; did you mean "turns"?`],
  ["singel:x", `--chat-template singel:x: ${EXPECTED}; did you mean "single"?`],
  ["tool_use", `--chat-template tool_use: ${EXPECTED}`],
  ["turns:", `--chat-template turns:: ${EXPECTED}`],
  ["off:x", `--chat-template off:x: ${EXPECTED}`],
  ["", `--chat-template : ${EXPECTED}`],
])("%j is refused", (text, message) => {
  expect(() => parseChatLayout(text)).toThrow(UsageError);
  expect(() => parseChatLayout(text)).toThrow(message);
});

describe("a variant with a chat layout", () => {
  const [variant] = variantsOfFamily(familyNamed("nli")) as [PromptVariant];
  const layouts = ["off", "turns", "single", "turns:tool_use", "single:tool_use"].map(parseChatLayout);
  const variants = layouts.map((layout) => withChat(variant, layout));

  test("is named after both", () => {
    expect(variants.map(({ id }) => id)).toEqual([
      "default",
      "default+turns",
      "default+single",
      "default+turns:tool_use",
      "default+single:tool_use",
    ]);
  });

  test("has a hash of its own; plain text keeps the one it has without", () => {
    expect(new Set(variants.map(({ hash }) => hash)).size).toBe(variants.length);
    expect(variants[0]).toBe(variant);
  });
});
