/** docs/library.md and src/index.ts say the same, and the page's programs compile and run as they stand. */

import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { docPrograms, LIBRARY_PAGE, namesUnder, PACKAGE } from "../support/doc-programs.js";
import { tempFolder } from "../support/temp-folder.js";

const run = promisify(execFile);
const programs = docPrograms(LIBRARY_PAGE);

/** An empty folder in which the package is installed. */
function project(): string {
  const folder = tempFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules", "amuro-eval"));
  return folder;
}

function compilerOptions(): ts.CompilerOptions {
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      target: "ES2023", module: "NodeNext", moduleResolution: "NodeNext", strict: true, noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true, exactOptionalPropertyTypes: true, allowJs: true, checkJs: true,
      noEmit: true, skipLibCheck: true, types: ["node"], typeRoots: [join(PACKAGE, "node_modules", "@types")],
    },
    PACKAGE,
  ); // prettier-ignore
  return options;
}

describe("the exports", () => {
  const index = join(PACKAGE, "src", "index.ts");
  let checker: ts.TypeChecker;
  let exported: ts.Symbol[];
  beforeAll(() => {
    const program = ts.createProgram([index], compilerOptions());
    checker = program.getTypeChecker();
    const file = program.getSourceFile(index) as ts.SourceFile;
    exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file) as ts.Symbol);
  });

  test("are exactly those that the page lists", () => {
    expect(exported.map(({ name }) => name).sort()).toEqual(namesUnder(LIBRARY_PAGE, "Exports").sort());
  });

  test("have each a comment that says what they are", () => {
    const silent = exported.filter((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return target.getDocumentationComment(checker).length === 0;
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test("have a program on the page where they are functions of their own", () => {
    const headings = programs.map(({ heading }) => heading);
    const functions = ["evaluate", "openResults", "analyze", "plan", "renderReport", "openEngine", "sft", "defineTask"];
    expect(headings).toEqual(["A study in 20 lines", ...functions]);
  });
});

test("the programs of the page compile in strict mode", () => {
  const folder = project();
  const files = programs.map(({ code }, i) => {
    const file = join(folder, `program-${i}.mjs`);
    writeFileSync(file, code);
    return file;
  });
  const host = ts.createCompilerHost(compilerOptions());
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(files, compilerOptions(), host));
  expect(ts.formatDiagnostics(diagnostics, host)).toBe("");
});

test("the first program takes 20 lines", () => {
  const lines = programs[0]?.code.split("\n").filter((line) => line.trim() !== "") ?? [];
  expect(lines).toHaveLength(20);
});

describe("a program of the page runs from an empty folder", () => {
  test.each(programs.map(({ heading, code }) => [heading, code]))("%s", async (_heading, code) => {
    const folder = project();
    writeFileSync(join(folder, "program.mjs"), code);
    const { stdout, stderr } = await run(process.execPath, ["program.mjs"], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, HF_HOME: folder, HF_HUB_OFFLINE: "1", NO_COLOR: "1" },
    });
    expect(stderr).toBe("");
    expect(stdout).not.toMatch(/undefined|NaN|\[object Object\]/);
    expect(stdout.trim()).not.toBe("");
  });
});
