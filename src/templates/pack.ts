/** Reads template packs: a folder or an npm package with .hbs files. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { UsageError, UserError } from "../base/errors.js";
import { textOf } from "../base/utf8.js";
import type { Family } from "../tasks/families/family.js";
import { LONGEST_BODY } from "./compile.js";
import { parseTemplate, type Template } from "./template.js";

/** Holds a template and where it was read. */
export interface PackTemplate {
  readonly template: Template;
  /** Path of its file. */
  readonly file: string;
}

/** Limits the bytes of a file: the body in UTF-8 with room for the front matter. */
const LARGEST_FILE = 4 * LONGEST_BODY + 4000;

/**
 * Reads the templates of a pack, in the order of their paths.
 * @param spec a folder, or the name of a package installed there
 * @param cwd where relative paths and packages are looked for
 * @param families those that its templates may belong to
 * @throws UsageError when there is no such folder or package, or no template in it
 * @throws UserError when a template is wrong
 */
export function readPack(spec: string, cwd: string, families: readonly Family[]): PackTemplate[] {
  return packFiles(spec, cwd).map((file) => ({ file, template: readTemplate(file, families) }));
}

/** @throws UserError when the file is too large, cannot be read or holds no template */
export function readTemplate(file: string, families: readonly Family[]): Template {
  if (statSync(file).size > LARGEST_FILE) {
    throw new UserError(`${file}: larger than ${LARGEST_FILE.toLocaleString("en")} bytes; a template is a prompt`);
  }
  return parseTemplate(textOf(readFileSync(file), file), file, families);
}

/** Returns the paths of a pack's .hbs files, see readPack. */
export function packFiles(spec: string, cwd: string): string[] {
  const folder = packFolder(spec, cwd);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".hbs"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).split(sep).includes("node_modules"))
    .sort();
  if (files.length === 0) throw new UsageError(`templates ${spec}: no .hbs file in ${folder}`);
  return files;
}

function packFolder(spec: string, cwd: string): string {
  const path = resolve(cwd, spec);
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return path;
    throw new UsageError(`templates ${spec}: not a folder; a pack is a folder or a package with .hbs files`);
  }
  if (!spec.startsWith(".") && !isAbsolute(spec)) {
    // By hand, because a package of templates need export nothing that could be resolved.
    for (let at = resolve(cwd); ; at = dirname(at)) {
      const folder = join(at, "node_modules", spec);
      if (existsSync(folder)) return folder;
      if (at === dirname(at)) break;
    }
  }
  throw new UsageError(`templates ${spec}: no such folder or package (looked for ${path} and in node_modules)`);
}
