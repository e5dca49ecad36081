/** Holds what the doctor says of one thing. */

export interface Finding {
  /** What was looked at, e.g. "token". */
  readonly name: string;
  /** What is there; never a secret. */
  readonly found: string;
  /** What is wrong and what to do; absent where nothing is. */
  readonly problem?: string;
  /** Whether a run would be stopped by it. */
  readonly stops?: boolean;
}

/** Returns a finding with what is wrong, where something is. */
export function finding(name: string, found: string, problem?: string, stops = false): Finding {
  return problem === undefined ? { name, found } : { name, found, problem, stops };
}
