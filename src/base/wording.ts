/** Writes small pieces of the sentences that the program prints. */

/** Writes a number with its noun: `1 row`, `2 rows`, `1,000 rows`. */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

/** Writes a number of bytes in decimal units: `512 bytes`, `3.2 MB`, `14.5 GB`. */
export function sized(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  const unit = ["kB", "MB", "GB", "TB"].find((_, i) => bytes < 1000 ** (i + 2)) ?? "PB";
  const power = ["kB", "MB", "GB", "TB", "PB"].indexOf(unit) + 1;
  return `${(bytes / 1000 ** power).toFixed(1)} ${unit}`;
}

const NATURAL = new Intl.Collator("en", { numeric: true });

/** Compares two names as people order them: `shots=2` before `shots=10`. */
export function naturally(a: string, b: string): number {
  return NATURAL.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/** Returns a name that fits its place: the beginning and the end of one that is too long. */
export function shortened(name: string, longest: number): string {
  const characters = Array.from(name);
  if (characters.length <= longest) return name;
  const tail = Math.floor((longest - 1) / 2);
  return `${characters.slice(0, longest - 1 - tail).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** Breaks text into lines of at most so many characters, at spaces where there are any. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => pieces(one, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Breaks a line as {@link wrapped} does; every part begins where the line began. */
export function wrappedLine(line: string, width: number): string[] {
  const start = line.length - line.trimStart().length;
  return wrapped(line.slice(start), width - start).map((part) => line.slice(0, start) + part);
}

function pieces(word: string, width: number): string[] {
  const characters = Array.from(word);
  if (characters.length <= width) return [word];
  const count = Math.ceil(characters.length / Math.max(1, width));
  return Array.from({ length: count }, (_, i) => characters.slice(i * width, (i + 1) * width).join(""));
}

/** Writes a word so that a shell takes it as it is: `a b` as `'a b'`. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
