/** Holds the files that the page's worker reads: those of the package, put into its bundle, and pasted rows. */

const files = new Map<string, string>();

/** @param path absolute */
export function putFile(path: string, text: string): void {
  files.set(path, text);
}

export function fileText(path: string): string | undefined {
  return files.get(path);
}

/** Lists the names in a folder; undefined where there is no such folder. */
export function namesIn(folder: string): string[] | undefined {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  const names = [...files.keys()].flatMap((path) => (path.startsWith(start) ? [path.slice(start.length).split("/")[0] ?? ""] : [])); // prettier-ignore
  return names.length === 0 ? undefined : [...new Set(names)].sort();
}
