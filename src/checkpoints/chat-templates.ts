/** Finds the chat templates that come with a tokenizer. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compileSchema, validated } from "../validation.js";
import { listFolder } from "./folder.js";
import { refuseStandIn } from "./stand-ins.js";
import { unreadable } from "./tensors.js";

const FILE = "chat_template.jinja";
const MORE = "additional_chat_templates";
const EXTENSION = ".jinja";

type Configured = string | Readonly<Record<string, string>> | readonly { name: string; template: string }[];

const isConfigured = compileSchema<Configured>({
  anyOf: [
    { type: "string" },
    {
      type: "array",
      items: {
        type: "object",
        required: ["name", "template"],
        properties: { name: { type: "string" }, template: { type: "string" } },
      },
    },
    { type: "object", additionalProperties: { type: "string" } },
  ],
});

/**
 * Jinja text of each template by name; the one that is used when none is named is called "default". As in transformers,
 * chat_template.jinja and the files of additional_chat_templates/ take the place of those in tokenizer_config.json.
 * @param files names of the folder's files
 * @throws UserError when a file cannot be read or the configuration's chat_template is no template
 */
export async function readChatTemplates(
  folder: string,
  files: readonly string[],
  tokenizerConfig: Readonly<Record<string, unknown>>,
): Promise<ReadonlyMap<string, string>> {
  const templates = new Map<string, string>();
  if (files.includes(FILE)) templates.set("default", await readTemplate(join(folder, FILE)));
  const more = files.includes(MORE) ? await listFolder(join(folder, MORE)) : [];
  for (const file of more.filter((name) => name.endsWith(EXTENSION)).sort()) {
    templates.set(file.slice(0, -EXTENSION.length), await readTemplate(join(folder, MORE, file)));
  }
  const configured = tokenizerConfig["chat_template"];
  if (templates.size > 0 || configured === undefined || configured === null) return templates;
  const given = validated(isConfigured, configured, `${join(folder, "tokenizer_config.json")}: chat_template`);
  if (typeof given === "string") return new Map([["default", given]]);
  if (isList(given)) return new Map(given.map(({ name, template }) => [name, template]));
  return new Map(Object.entries(given));
}

/** Array.isArray alone does not tell a readonly list from a map. */
function isList(given: object): given is readonly { name: string; template: string }[] {
  return Array.isArray(given);
}

async function readTemplate(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
  refuseStandIn(path, text);
  return text;
}
