/** The templates that ship with amuro-eval, by family. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.js";
import { FAMILY_NAMES, type Family } from "../tasks/families.js";
import { parseTemplate, type Template } from "./template.js";

/** Ids of the experiment's three formats; every family has them, printed in the paper or made in its manner. */
export const EXPERIMENT_FORMATS: readonly string[] = ["default", "instruct", "io"];

let catalog: ReadonlyMap<Family, readonly Template[]> | undefined;

/** Every built-in template. Read and checked once per process; within a family the experiment's formats come first. */
export function builtinTemplates(): ReadonlyMap<Family, readonly Template[]> {
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
