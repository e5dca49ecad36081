/** Templates as Jinja2 renders them, in the environment of transformers' chat templates (test/golden/jinja). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { render } from "../../src/base/jinja/evaluator.js";
import { fromJson } from "../../src/base/jinja/globals.js";
import { parseTemplate } from "../../src/base/jinja/parser.js";
import { Callable, TemplateError } from "../../src/base/jinja/values.js";
import { str } from "../../src/base/jinja/text.js";

interface Golden {
  readonly names: Readonly<Record<string, unknown>>;
  readonly cases: readonly { readonly template: string; readonly text?: string; readonly fails?: string }[];
}
const golden = JSON.parse(readFileSync(new URL("../golden/jinja/golden.json", import.meta.url), "utf8")) as Golden;
const names = {
  ...Object.fromEntries(Object.entries(golden.names).map(([name, value]) => [name, fromJson(value)])),
  raise_exception: new Callable("raise_exception", ([message = ""]) => {
    throw new TemplateError(str(message));
  }),
};

function outcome(template: string): { readonly text?: string; readonly fails?: string } {
  try {
    return { text: render(parseTemplate(template), names) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { fails: error.message };
  }
}

test("there are more than 300 templates", () => {
  expect(golden.cases.length).toBeGreaterThan(300);
});

describe("Jinja2 and amuro-eval agree on", () => {
  test.each(golden.cases)("$template", ({ template, text }) => {
    const ours = outcome(template);
    // A failure may be told otherwise, but a failure it is.
    if (text === undefined) expect(ours.fails).toBeTypeOf("string");
    else expect(ours).toEqual({ text });
  });
});
