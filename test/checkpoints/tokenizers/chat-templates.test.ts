/** Tests where a checkpoint folder keeps its chat templates. */

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readChatTemplates } from "../../../src/checkpoints/tokenizers/chat-templates.js";
import { hashCheckpoint, openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { UserError } from "../../../src/base/errors.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(files)) {
    if (name.includes("/")) mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
const find = async (files: Readonly<Record<string, string>>, config: unknown) => {
  const folder = folderOf(files);
  return Object.fromEntries(await readChatTemplates(folder, readdirSync(folder), { chat_template: config }));
};

test.each([
  ["nothing", undefined, {}],
  ["null", null, {}],
  ["a text", "one", { default: "one" }],
  [
    "a list",
    [
      { name: "default", template: "one" },
      { name: "rag", template: "two" },
    ],
    { default: "one", rag: "two" },
  ],
  ["a map", { default: "one", rag: "two" }, { default: "one", rag: "two" }],
])("tokenizer_config.json may hold %s", async (_, config, expected) => {
  expect(await find({}, config)).toEqual(expected);
});

test.each([[7], [["one"]], [[{ name: "rag" }]], [{ rag: 7 }]])("but not %j", async (config) => {
  await expect(find({}, config)).rejects.toThrow(UserError);
  await expect(find({}, config)).rejects.toThrow(/tokenizer_config\.json: chat_template: /);
});

describe("files", () => {
  test("take the place of the configuration's", async () => {
    const files = { "chat_template.jinja": "file\n" };
    expect(await find(files, { default: "config", rag: "config" })).toEqual({ default: "file\n" });
  });

  test("of additional_chat_templates are named as they are", async () => {
    const files = {
      "chat_template.jinja": "one",
      "additional_chat_templates/tool_use.jinja": "two",
      "additional_chat_templates/notes.txt": "no template",
    };
    expect(await find(files, undefined)).toEqual({ default: "one", tool_use: "two" });
  });

  test("that cannot be read, or are not what they should be, are refused", async () => {
    const folder = folderOf({});
    mkdirSync(join(folder, "chat_template.jinja"));
    await expect(readChatTemplates(folder, ["chat_template.jinja"], {})).rejects.toThrow(/cannot read .*EISDIR/);
    const pointer = { "chat_template.jinja": "version https://git-lfs.github.com/spec/v1\n" };
    await expect(find(pointer, undefined)).rejects.toThrow(/chat_template\.jinja: a Git LFS pointer/);
  });
});

test("a checkpoint's tokenizer hash covers its chat templates", async () => {
  const folder = await writeTinyCheckpoint(tempFolder());
  const hash = async () => (await hashCheckpoint(await openCheckpoint(folder))).tokenizer;
  const hashes = [await hash()];
  for (const text of ["one", "two"]) {
    writeFileSync(join(folder, "chat_template.jinja"), text);
    hashes.push(await hash());
  }
  expect(new Set(hashes).size).toBe(3);
});
