/** Says where a command's words go: results to standard output, everything else to standard error. */

import { wrappedLine } from "../../base/wording.js";

export interface Console {
  /** A part of the result. */
  readonly out: (text: string) => void;
  /** Progress and notes; silent when quiet. */
  readonly info: (line: string) => void;
  /** True when standard error is a terminal that can show a progress bar. */
  readonly interactive: boolean;
  /** Columns of standard output; Infinity where lines may have any length, 0 where no tables are wanted. */
  readonly width: number;
}

/**
 * @param options.quiet whether nothing but the result is printed
 * @param options.plain whether output is to be words alone: no tables, colours or bars
 */
export function processConsole({ quiet, plain }: { readonly quiet: boolean; readonly plain: boolean }): Console {
  return {
    out: (text) => {
      process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    },
    info: (line) => {
      const width = process.stderr.isTTY && !plain ? process.stderr.columns : Infinity;
      // A command stays on one line, to be copied.
      const lines = line.includes("amuro-eval ") ? [line] : wrappedLine(line, width);
      if (!quiet) process.stderr.write(`${lines.join("\n")}\n`);
    },
    interactive: !quiet && !plain && process.stderr.isTTY,
    width: plain ? 0 : widthOf(process.stdout),
  };
}

/** Returns the width of a terminal, of the variable COLUMNS elsewhere, and Infinity where neither is known. */
function widthOf({ isTTY, columns }: NodeJS.WriteStream): number {
  return isTTY ? columns : Number(process.env["COLUMNS"]) || Infinity;
}
