/** Shows prompts side by side in the terminal: each beside the first, what differs from it marked. */

import { diffArrays } from "diff";
import pc from "picocolors";
import { counted } from "../../base/wording.js";
import { levelsText, type InspectedPrompt } from "./inspected.js";

/** Sets the narrowest column that a prompt can be read in. */
const NARROWEST = 38;
const GAP = " │ ";

/** Marks where the answer begins. */
export const ANSWER_MARK = "◂answer▸";

/** Edits after which two texts are taken to differ in all that is between their common ends. */
const MOST_EDITS = 2000;

/** Holds characters with a mark for those that differ. */
type Cell = readonly [char: string, differs: boolean];

/** Returns how many prompts stand side by side in a line of so many characters. */
export function columnsIn(width: number): number {
  return Math.floor((width + GAP.length) / (NARROWEST + GAP.length));
}

/**
 * Writes a row's prompts in columns: the first at the left of every block, for comparison.
 * @param width characters of a line
 */
export function sideBySide(prompts: readonly InspectedPrompt[], width: number): string {
  const [first, ...others] = prompts;
  if (first === undefined) return "";
  const columns = Math.max(2, Math.min(prompts.length, columnsIn(width)));
  const column = Math.max(20, Math.floor((width - GAP.length * (columns - 1)) / columns));
  const blocks: string[] = [
    pc.bold(`── ${first.task} · row ${first.row} · right answer ${JSON.stringify(first.right_answer)}`),
  ];
  for (let at = 0; at < others.length; at += columns - 1) {
    const shown = [first, ...others.slice(at, at + columns - 1)];
    const lines = shown.map((prompt) => columnOf(prompt, first, column));
    const height = Math.max(...lines.map(({ length }) => length));
    const blank = " ".repeat(column);
    for (let i = 0; i < height; i++)
      blocks.push(
        lines
          .map((one) => one[i] ?? blank)
          .join(pc.dim(GAP))
          .trimEnd(),
      );
    blocks.push("");
  }
  return blocks.join("\n");
}

function columnOf(prompt: InspectedPrompt, first: InspectedPrompt, width: number): string[] {
  const dropped = prompt.shots_dropped > 0 ? `, ${prompt.shots_dropped} dropped` : "";
  const about = [`${counted(prompt.shots, "shot")}${dropped}, ${counted(prompt.context_tokens, "token")}`];
  const answers = prompt.answers.map(({ text, tokens }) => `${JSON.stringify(text)} = ${tokens.map((token) => JSON.stringify(token)).join(" ")}`); // prettier-ignore
  const plain = (text: string): Cell[] => Array.from(text, (char) => [char, false] as const);
  const text = prompt === first ? plain(prompt.text) : marked(prompt.text, first.text);
  return [
    ...wrap(plain(prompt.prompt), width).map((line) => pc.bold(line)),
    ...wrap([...text, ...plain(ANSWER_MARK)], width),
    ...[...about, levelsText(prompt), ...answers]
      .flatMap((line) => wrap(plain(line), width))
      .map((line) => pc.dim(line)),
  ];
}

/** Marks the characters of words that another text does not have in that place. */
function marked(text: string, other: string): Cell[] {
  const words = wordsOf(text);
  const parts = diffArrays(wordsOf(other), words, { maxEditLength: MOST_EDITS });
  const pieces: readonly { readonly value: readonly string[]; readonly added?: boolean; readonly removed?: boolean }[] =
    parts ?? [{ value: words, added: true, removed: false }];
  return pieces.flatMap(({ value, added, removed }) =>
    removed === true ? [] : value.flatMap((word) => Array.from(word, (char) => [char, added === true] as const)),
  );
}

/** Splits a text into words, and single characters between them. */
const wordsOf = (text: string) => text.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]/gu) ?? [];

/**
 * Breaks a text between words into lines of so many characters, filled with spaces; a line break is shown, so that it
 * can be told from one that is only here. A word that is longer than a line is broken in it.
 */
function wrap(cells: readonly Cell[], width: number): string[] {
  const lines: Cell[][] = [[]];
  const push = (cell: Cell) => {
    const line = lines.at(-1) as Cell[];
    if (line.length === width) {
      const [char] = cell;
      const end = char === " " ? width : line.findLastIndex(([one]) => one === " ") + 1;
      lines.push(end === 0 ? [] : line.splice(end));
    }
    (lines.at(-1) as Cell[]).push(cell);
  };
  for (const [char, differs] of cells) {
    if (char === "\n") {
      push(["⏎", differs]);
      lines.push([]);
    } else push([char === "\t" ? "→" : char < " " ? "·" : char, differs]);
  }
  if ((lines.at(-1) as Cell[]).length === 0) lines.pop();
  return lines.map((line) => rendered(line) + " ".repeat(Math.max(0, width - line.length)));
}

/** Writes marked characters in reverse video, or underlined with a combining line where there are no colours. */
function rendered(line: readonly Cell[]): string {
  const runs: { text: string; differs: boolean }[] = [];
  for (const [char, differs] of line) {
    const run = runs.at(-1);
    if (run?.differs === differs) run.text += char;
    else runs.push({ text: char, differs });
  }
  return runs.map(({ text, differs }) => (!differs ? text : pc.isColorSupported ? pc.inverse(text) : Array.from(text, (char) => `${char}\u0332`).join(""))).join(""); // prettier-ignore
}
