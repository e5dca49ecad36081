/**
 * docs/library.md, src/index.ts and src/browser.ts say the same, and the page's programs compile and run as they stand.
 */

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

/** Returns an empty folder in which the package is installed. */
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

const ENTRIES = [
  ["index.ts", "Exports"],
  ["browser.ts", "Exports for a browser"],
] as const;

const sourceOf = (entry: string) => join(PACKAGE, "src", entry);
let program: ts.Program | undefined;

describe.each(ENTRIES)("the exports of %s", (entry, heading) => {
  let checker: ts.TypeChecker;
  let exported: ts.Symbol[];
  beforeAll(() => {
    program ??= ts.createProgram(ENTRIES.map(([name]) => sourceOf(name)), compilerOptions()); // prettier-ignore
    checker = program.getTypeChecker();
    const file = program.getSourceFile(sourceOf(entry)) as ts.SourceFile;
    exported = checker
      .getExportsOfModule(checker.getSymbolAtLocation(file) as ts.Symbol)
      .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));
  });
  const commentOf = (symbol: ts.Symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker));
  /** Returns the names of the parts of an export, as its text declares them. */
  const membersOf = (symbol: ts.Symbol) =>
    (symbol.declarations ?? []).flatMap((node) =>
      ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)
        ? [...node.members].flatMap(({ name }) => (name === undefined ? [] : (checker.getSymbolAtLocation(name) ?? [])))
        : [],
    );

  test("are exactly those that the page lists", () => {
    expect(exported.map(({ name }) => name).sort()).toEqual(namesUnder(LIBRARY_PAGE, heading).sort());
  });

  test("have each a comment that begins with what it does: a verb in the third person", () => {
    const odd = exported.filter((symbol) => !/^[A-Z][a-z-]+s\b/.test(commentOf(symbol)));
    expect(odd.map((symbol) => `${symbol.name}: ${commentOf(symbol)}`)).toEqual([]);
  });

  test("have a comment at each of their parts, but for the names and codes of errors", () => {
    const silent = exported.flatMap((symbol) =>
      membersOf(symbol).flatMap((member) =>
        commentOf(member) !== "" || symbol.name.endsWith("Error") ? [] : [`${symbol.name}.${member.name}`],
      ),
    );
    expect(silent).toEqual([]);
  });

  test("say what they return where they are functions", () => {
    const functions = exported.filter((symbol) => symbol.declarations?.some(ts.isFunctionDeclaration));
    expect(functions.length).toBeGreaterThan(1);
    const silent = functions.filter((symbol) => {
      const tags = symbol.getJsDocTags(checker).map(({ name }) => name);
      return !tags.includes("returns") && !/^(Returns|Writes) /.test(commentOf(symbol));
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

test("every function of the library that does something has a program on the page", () => {
  const functions = ["evaluate", "openResults", "analyze", "plan", "renderReport", "openEngine", "sft", "defineTask"];
  expect(programs.map(({ heading }) => heading)).toEqual(["A study in 20 lines", ...functions]);
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
