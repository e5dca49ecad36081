/** Prompts in files and configurations. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/cli/flags/config-file.js";
import { withPromptFiles } from "../../src/library/prompt-list.js";
import { UsageError } from "../../src/base/errors.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("files of prompts", () => {
  test("stand for their words and axes, in place", () => {
    const list = file("list.yaml", "- io\n- {wording: [default, i*], labels: yes-no, shots: [0, 4]}\n- format:3@2\n");
    const json = file("list.json", '["paper", {"wording": "format:2", "shot-separator": "rule"}]');
    expect(withPromptFiles(["design", `@${list}`, json, "x"])).toEqual([
      "design", "io", "default|i*+labels=yes-no+shots=0|4", "format:3@2", "paper", "format:2+shot-separator=rule", "x",
    ]);
    expect(withPromptFiles([`@${file("no-extension", "[io]")}`])).toEqual(["io"]);
  }); // prettier-ignore

  test.each([
    ["nowhere.yaml", undefined, "--prompts DIR/nowhere.yaml: no such file"],
    ["broken.yaml", "[io", "--prompts DIR/broken.yaml: not YAML or JSON ("],
    ["empty.yaml", "[]", "--prompts DIR/empty.yaml: the value must NOT have fewer than 1 items"],
    ["axis.yaml", "- {wording: io, lables: yes-no}", '--prompts DIR/axis.yaml: unknown key "lables" in 0; did you mean "labels"?'],
    ["none.yaml", "- {labels: yes-no}", '--prompts DIR/none.yaml: missing key "wording" in 0'],
  ])("%s is refused", (name, content, message) => {
    const path = content === undefined ? join(folder, name) : file(name, content);
    expect(() => withPromptFiles([path])).toThrow(UsageError);
    expect(() => withPromptFiles([path])).toThrow(message.replace("DIR", folder));
  }); // prettier-ignore
});

describe("a configuration", () => {
  const prompts = (yaml: string) => readConfig(file("c.yaml", yaml))["prompts"];

  test("may write prompts as words or as axes", () => {
    expect(prompts("prompts: io")).toEqual(["io"]);
    expect(prompts("prompts: [paper, 'format:5']")).toEqual(["paper", "format:5"]);
    expect(prompts("prompts: {wording: [default, io], draw: [0, 1]}")).toEqual(["default|io+draw=0|1"]);
    expect(prompts("prompts:\n  - design\n  - {wording: io, noise: [typos, case]}\n")).toEqual([
      "design",
      "io+noise=typos|case",
    ]);
    expect(readConfig(file("c.yaml", "seen_prompts: {wording: io}"))).toEqual({ seenPrompts: ["io"] });
  });

  test("may name an axis as earlier versions did", () => {
    expect(prompts("prompts: {wording: io, between: rule, answer_words: yes-no}")).toEqual([
      "io+between=rule+answer_words=yes-no",
    ]);
  });

  test("is refused where an axis is unknown", () => {
    expect(() => prompts("prompts: {wording: io, lables: x}")).toThrow(
      'unknown key "lables" in prompts; did you mean "labels"?',
    );
  });
});
