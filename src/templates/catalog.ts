/** Which templates there are, by family: those that ship with amuro-eval and those of template packs. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UsageError, UserError } from "../base/errors.js";
import { FAMILY_NAMES, type Family } from "../tasks/families.js";
import { readPack } from "./pack.js";
import { parseTemplate, type Template } from "./template.js";

/** Ids of the experiment's three formats; every family has them, printed in the paper or made in its manner. */
export const EXPERIMENT_FORMATS: readonly string[] = ["default", "instruct", "io"];

/** Wordings by family; within a family the experiment's formats come first. */
export type Catalog = ReadonlyMap<Family, readonly Template[]>;

let catalog: Catalog | undefined;

/** Every built-in template. Read and checked once per process. */
export function builtinTemplates(): Catalog {
  catalog ??= new Map(FAMILY_NAMES.map((family) => [family, readFamily(family)]));
  return catalog;
}

function readFamily(family: Family): Template[] {
  const folder = new URL(`./${family}/`, import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".hbs"));
  const formats = EXPERIMENT_FORMATS.map((id) => `${id}.hbs`);
  return [...formats, ...names.filter((name) => !formats.includes(name)).sort()].map((name) => {
    const url = new URL(name, folder);
    const template = parseTemplate(readFileSync(url, "utf8"), fileURLToPath(url));
    if (template.family !== family || `${template.id}.hbs` !== name) {
      throw new UserError(`${fileURLToPath(url)}: front matter says ${template.family}/${template.id}`);
    }
    return template;
  });
}

/**
 * The built-in templates and those of packs.
 * @param packs folders or npm packages, see readPack
 * @throws UsageError when a pack is not there or two templates of a family have one id
 * @throws UserError when a template is wrong
 */
export function templatesWith(packs: readonly string[], cwd = process.cwd()): Catalog {
  const all = new Map([...builtinTemplates()].map(([family, templates]) => [family, [...templates]]));
  for (const pack of packs) {
    for (const { template, file } of readPack(pack, cwd)) {
      const family = all.get(template.family) ?? [];
      if (family.some(({ id }) => id === template.id)) {
        throw new UsageError(
          `${file}: there is already a template "${template.id}" in the family ${template.family}; choose another id`,
        );
      }
      all.set(template.family, [...family, template]);
    }
  }
  return all;
}
