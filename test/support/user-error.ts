/** Says what a refusal must look like. */

import { expect } from "vitest";
import { UserError } from "../../src/base/errors.js";

/** Expects a UserError of one printable line that says all of this. */
export function expectUserError(error: unknown, ...named: readonly (string | RegExp)[]): void {
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  for (const part of named) expect(message).toMatch(part);
}

/** Returns what was thrown; undefined when nothing was. */
export async function failureOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
}
