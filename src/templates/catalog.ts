/** Lists which wordings there are, by family: those that a family brings and those of template packs. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError, UserError } from "../base/errors.js";
import { textOf } from "../base/utf8.js";
import { BUILTIN_FAMILIES } from "../tasks/families/builtin.js";
import type { Family, WordingDefinition } from "../tasks/families/family.js";
import { readPack } from "./pack.js";
import { parsedBody, parseTemplate, type Template } from "./template.js";

/**
 * Lists the ids of the experiment's three formats, printed in the paper or made in its manner; they come first in their
 * family.
 */
export const EXPERIMENT_FORMATS: readonly string[] = ["default", "instruct", "io"];

/** Wordings by the name of their family. */
export type Catalog = ReadonlyMap<string, readonly Template[]>;

const read = new WeakMap<Family, readonly Template[]>();

/**
 * Returns the wordings that a family brings, those in its definition before those of its folder. Read and checked once.
 * @throws UsageError when two of them have one id, or the folder is not there
 * @throws UserError when a wording is wrong
 */
export function wordingsOf(family: Family): readonly Template[] {
  let found = read.get(family);
  if (found === undefined) {
    const { wordings, templates } = family;
    const inline = Object.entries(wordings).map(([id, wording]) => inlineWording(family, id, wording));
    const filed = templates === undefined ? [] : readFolder(family, templates);
    const twin = filed.find(({ id }) => Object.hasOwn(wordings, id));
    if (twin !== undefined) throw new UsageError(`family ${family.name}: the wording "${twin.id}" is given twice`);
    read.set(family, (found = [...inline, ...filed]));
  }
  return found;
}

function inlineWording(
  family: Family,
  id: string,
  { text, preamble, answerSeparator, ...brings }: WordingDefinition,
): Template {
  const where = `family ${family.name}: wording ${id}`;
  const about = { id, family, style: "inline", paper: false, note: "written in the family's definition" };
  const made = text === undefined ? wholePrompt(where) : parsedBody(text, family, where);
  return {
    ...about,
    ...made,
    ...(answerSeparator === undefined ? {} : { answerSeparator }),
    ...(preamble === undefined ? {} : { preamble }),
    ...(Object.keys(brings).length === 0 ? {} : { brings }),
  };
}

/** Returns a wording whose prompts the task writes row by row. */
function wholePrompt(where: string): Pick<Template, "body" | "parts" | "answerSeparator" | "render"> {
  const render = () => {
    throw new TypeError(`${where}: the task writes this prompt, not its fields`);
  };
  return { body: "", parts: [], answerSeparator: " ", render };
}

function readFolder(family: Family, folder: string): Template[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".hbs"));
  } catch {
    throw new UsageError(`family ${family.name}: templates: there is no folder ${folder}`);
  }
  if (names.length === 0) throw new UsageError(`family ${family.name}: templates: no .hbs file in ${folder}`);
  const formats = EXPERIMENT_FORMATS.map((id) => `${id}.hbs`).filter((name) => names.includes(name));
  return [...formats, ...names.filter((name) => !formats.includes(name)).sort()].map((name) => {
    const path = join(folder, name);
    const template = parseTemplate(textOf(readFileSync(path), path), path, [family]);
    if (`${template.id}.hbs` !== name) throw new UserError(`${path}: front matter says ${family.name}/${template.id}`);
    return template;
  });
}

/**
 * Returns the wordings of families and those of packs.
 * @param packs folders or npm packages, see readPack
 * @param families whose wordings are wanted
 * @throws UsageError when a pack is not there or two templates of a family have one id
 * @throws UserError when a template is wrong
 */
export function templatesWith(
  packs: readonly string[],
  families: readonly Family[] = BUILTIN_FAMILIES,
  cwd = process.cwd(),
): Catalog {
  const all = new Map(families.map((family) => [family.name, [...wordingsOf(family)]]));
  for (const pack of packs) {
    for (const { template, file } of readPack(pack, cwd, families)) {
      const { name } = template.family;
      const family = all.get(name) ?? [];
      if (family.some(({ id }) => id === template.id)) {
        throw new UsageError(
          `${file}: there is already a template "${template.id}" in the family ${name}; choose another id`,
        );
      }
      all.set(name, [...family, template]);
    }
  }
  return all;
}
