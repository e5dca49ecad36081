/** Stands for `node:fs` and `node:fs/promises` in the page's worker: reading of the files that are in memory. */

import { Buffer } from "buffer/";
import { fileText, namesIn } from "./files.js";

interface Stats {
  isDirectory(): boolean;
  isFile(): boolean;
  readonly size: number;
}

export function existsSync(path: string): boolean {
  return fileText(path) !== undefined || namesIn(path) !== undefined;
}

export function readFileSync(path: string, encoding?: string): string | Buffer {
  const text = fileText(path);
  if (text === undefined) throw missing(path);
  return encoding === undefined ? Buffer.from(text) : text;
}

export function readdirSync(path: string, { withFileTypes = false } = {}): unknown[] {
  const names = namesIn(path);
  if (names === undefined) throw missing(path);
  return withFileTypes ? names.map((name) => ({ name, ...statSync(`${path}/${name}`) })) : names;
}

export function statSync(path: string): Stats {
  const text = fileText(path);
  if (text === undefined && namesIn(path) === undefined) throw missing(path);
  return { isDirectory: () => text === undefined, isFile: () => text !== undefined, size: text?.length ?? 0 };
}

/* eslint-disable @typescript-eslint/require-await -- promises, as in node:fs/promises */
export const access = async (path: string) => void statSync(path);
export const stat = async (path: string) => statSync(path);
export const readFile = async (path: string, encoding?: string) => readFileSync(path, encoding);
export const readdir = async (path: string, options?: { withFileTypes: boolean }) => readdirSync(path, options);
/* eslint-enable */

function missing(path: string): Error {
  return Object.assign(new Error(`${path}: no such file`), { code: "ENOENT" });
}
