/** Finds the chat templates that come with a tokenizer. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { configuredTemplates } from "./configured-templates.js";
import { listFolder } from "../files/folder.js";
import { refuseStandIn } from "../files/stand-ins.js";
import { unreadable } from "../files/tensors.js";
import { textOf } from "../../base/utf8.js";

const FILE = "chat_template.jinja";
const MORE = "additional_chat_templates";
const EXTENSION = ".jinja";

/**
 * Reads the Jinja text of each template by name; the one that is used when none is named is called "default". As in
 * transformers, chat_template.jinja and the files of additional_chat_templates/ take the place of those in
 * tokenizer_config.json.
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
  return templates.size > 0 ? templates : configuredTemplates(tokenizerConfig, folder);
}

async function readTemplate(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  const text = textOf(bytes, path);
  refuseStandIn(path, text);
  return text;
}
