/** Says why a task of lm-evaluation-harness cannot be run here. */

import { UsageError } from "../../base/errors.js";
import type { PythonFunction } from "./yaml.js";

/** Says that a task cannot be run, and for which kind of reason. */
export class Refusal extends UsageError {
  /** @param kind the reason in a few words, the same for all tasks that are refused for it */
  constructor(
    readonly kind: string,
    message: string,
    detail?: string,
  ) {
    super(message, { detail });
  }
}

/** Refuses a function of Python by its name, with its text and what to do. */
export function refuseFunction(key: string, called: PythonFunction): Refusal {
  const text = called.source();
  const missing = text === undefined ? `; ${called.module} does not define it` : "";
  return new Refusal(
    `${key} is a function of Python`,
    `${key} is !function ${called.name}, which is Python and is not run; write the task as a plugin whose toExample does the ` +
      `same (docs/plugins.md)${missing}`,
    text,
  );
}
