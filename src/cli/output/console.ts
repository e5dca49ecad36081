/** Says where a command's words go: results to standard output, everything else to standard error. */

export interface Console {
  /** A part of the result. */
  readonly out: (text: string) => void;
  /** Progress and notes; silent when quiet. */
  readonly info: (line: string) => void;
  /** True when standard error is a terminal that can show a progress bar. */
  readonly interactive: boolean;
}

export function processConsole(quiet: boolean): Console {
  return {
    out: (text) => {
      process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    },
    info: (line) => {
      if (!quiet) process.stderr.write(`${line}\n`);
    },
    interactive: !quiet && process.stderr.isTTY,
  };
}
