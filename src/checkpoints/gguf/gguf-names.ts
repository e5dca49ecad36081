/** Names of GGUF files. */

import { statSync } from "node:fs";
import { UserError } from "../../base/errors.js";

/** Matches the name of one of several files that hold one model. */
const SHARD = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

/** Tells whether a name is that of a GGUF file. */
export function isGguf(name: string): boolean {
  return name.toLowerCase().endsWith(".gguf");
}

/** Tells whether a path leads to a GGUF file; a folder of such a name is a checkpoint's folder. */
export function isGgufFile(path: string): boolean {
  return isGguf(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true;
}

/** Names of all files of the model that a file belongs to, the first one first. */
export function ggufShards(name: string): string[] {
  const [, stem, , count] = SHARD.exec(name) ?? [];
  if (stem === undefined || count === undefined) return [name];
  return Array.from({ length: Number(count) }, (_, i) => `${stem}-${String(i + 1).padStart(5, "0")}-of-${count}.gguf`);
}

/**
 * Returns the one model among the GGUF files of a folder: the name of its file, or of its first one.
 * @param names names of the folder's files; those that hold the part that sees images do not count
 * @returns undefined where there is none
 * @throws UserError when there are several
 */
export function onlyGguf(names: readonly string[], folder: string): string | undefined {
  const models = names.filter((name) => isGguf(name) && !/^mmproj/i.test(name));
  const firsts = [...new Set(models.map((name) => ggufShards(name)[0] as string))].sort();
  if (firsts.length < 2) return firsts[0];
  throw new UserError(
    `${folder}: it has ${firsts.length} GGUF files (${firsts.slice(0, 4).join(", ")}${firsts.length > 4 ? ", …" : ""}); name one of them`,
  );
}
