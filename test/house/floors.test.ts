import { readdirSync } from "node:fs";
import { resolve } from "node:path";

import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

import { house, ROOMS } from "../../eslint.house.js";

const root = resolve(import.meta.dirname, "../..");
const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig: [house] });

async function messages(file: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath: resolve(root, file) });
  return results.flatMap((result) => result.messages.map(({ message }) => message));
}

describe("the floors of src/", () => {
  it("every folder of src/ has its place in the list of rooms", () => {
    const folders = readdirSync(resolve(root, "src"), { withFileTypes: true });
    expect(folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)).toEqual([...ROOMS].sort());
  });

  it("a file imports from its own room and from rooms below", async () => {
    const code = `import "../base/errors.js";\nimport type { A } from "./moments.js";\n`;
    expect(await messages("src/statistics/bootstrap.ts", code)).toEqual([]);
  });

  it("an import from a room above is an error, also of types alone", async () => {
    expect(await messages("src/base/random.ts", `import { x } from "../cli/main.js";\n`)).toContainEqual(
      expect.stringContaining("src/base stands below it"),
    );
    expect(await messages("src/base/random.ts", `import type { X } from "../cli/main.js";\n`)).toContainEqual(
      expect.stringContaining("src/base stands below it"),
    );
    expect(await messages("src/cli/main.ts", `import "../index.js";\n`)).toContainEqual(
      expect.stringContaining("src/cli stands below it"),
    );
  });

  it("a circle of imports is an error that names the way, also of types alone", async () => {
    for (const code of [`import { RULES } from "./rules.js";`, `import type { A } from "./rules.js";`]) {
      expect(await messages("src/sft/graph/tape.ts", `${code}\n`)).toEqual([
        "Imports go in a circle: src/sft/graph/tape.ts -> src/sft/graph/rules.ts -> src/sft/graph/tape.ts.",
      ]);
    }
    expect(await messages("src/sft/graph/tape.ts", `export * from "./norm-rules.js";\n`)).toHaveLength(1);
  });
});
