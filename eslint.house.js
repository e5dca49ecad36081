/**
 * The floors of src/ as eslint rules: imports go downwards only, and never in a circle. Imports of types count, too.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

import { createNodeResolver, importX } from "eslint-plugin-import-x";
import ts from "typescript";
import tseslint from "typescript-eslint";

/**
 * Rooms of src/, bottom up. A file imports from its own room and from rooms before it in this list. CONTRIBUTING.md shows
 * the same list as floors.
 */
export const ROOMS = [
  "base",
  "statistics",
  "hub",
  "datasets",
  "checkpoints",
  "metrics",
  "tasks",
  "engine",
  "templates",
  "sft",
  "store",
  "study",
  "importers",
  "analysis",
  "exports",
  "leaderboard",
  "reports",
  "web",
  "library",
  "cli",
];

/** Files of src/ itself: the entry points of the package, above every room. */
const ENTRY_POINTS = ["index.ts", "browser.ts"];

const zones = ROOMS.map((room, at) => ({
  target: `./src/${room}`,
  from: [...ROOMS.slice(at + 1), ...ENTRY_POINTS].map((name) => `./src/${name}`),
  message: `src/${room} stands below it: see the floors in CONTRIBUTING.md.`,
}));

/** Returns the file of a relative specifier; undefined for packages and for files that are not TypeScript. */
function fileOf(importer, specifier) {
  if (!specifier.startsWith(".")) return undefined;
  const file = resolve(dirname(importer), specifier).replace(/\.js$/, ".ts");
  return file.endsWith(".ts") && existsSync(file) ? file : undefined;
}

const importsOf = new Map();

/** Returns the files that a file on disk imports, types included. */
function imports(file) {
  let found = importsOf.get(file);
  if (found === undefined) {
    const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, false);
    found = importedFiles.flatMap(({ fileName }) => fileOf(file, fileName) ?? []);
    importsOf.set(file, found);
  }
  return found;
}

/** Returns the shortest way from one file to another by imports; undefined when there is none. */
function way(from, to) {
  const ways = [[from]];
  const seen = new Set([from]);
  for (const files of ways) {
    const last = files.at(-1);
    if (last === to) return files;
    for (const next of imports(last)) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...files, next]);
    }
  }
  return undefined;
}

/** Reports an import whose file imports this one again. import-x/no-cycle passes over imports of types. */
const noCycle = {
  meta: { type: "problem", schema: [], messages: { cycle: "Imports go in a circle: {{way}}." } },
  create(context) {
    const check = (node) => {
      if (node.source?.value === undefined) return;
      const imported = fileOf(context.filename, node.source.value);
      const circle = imported && way(imported, context.filename);
      if (!circle) return;
      const names = [context.filename, ...circle].map((file) => relative(context.cwd, file));
      context.report({ node: node.source, messageId: "cycle", data: { way: names.join(" -> ") } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export const house = {
  files: ["src/**/*.ts"],
  languageOptions: { parser: tseslint.parser },
  plugins: { "import-x": importX, house: { rules: { "no-cycle": noCycle } } },
  settings: {
    "import-x/extensions": [".ts"],
    // Specifiers say ".js" where the file is TypeScript.
    "import-x/resolver-next": [createNodeResolver({ extensionAlias: { ".js": [".ts", ".js"] } })],
  },
  rules: {
    "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
    "house/no-cycle": "error",
  },
};
