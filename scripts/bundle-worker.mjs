// Bundles dist/web/worker.js and what it imports into one file for browsers. Modules of Node are replaced by packages
// for browsers, by those in dist/web/node/, or by nothing where the page does not come to them; files that the program
// reads are put into the bundle.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "vite";

/** Where the bundle believes the package to be. */
const PLACE = "/amuro-eval";
const PACKAGES = { "node:buffer": "buffer/", "node:path": "path-browserify" };
const STANDINS = { "fs/promises": "fs" };
const NOTHING = "\0nothing";
const FILES = "\0files";

function filesUnder(folder, wanted) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @param dist folder that tsc wrote, with the templates and the pages' styles in it */
export async function bundleWorker(root, dist) {
  const read = [
    join(root, "package.json"),
    ...filesUnder(join(root, "datasets"), /\.jsonl?$/),
    ...filesUnder(join(dist, "templates"), /\.hbs$/),
    ...filesUnder(join(dist, "reports", "page"), /\.css$|\.client\.js$/),
  ];
  const placeOf = (path) =>
    path.startsWith(dist) ? `${PLACE}/dist/${relative(dist, path)}` : `${PLACE}/${relative(root, path)}`;
  const standIn = (name) => join(dist, "web", "node", `${STANDINS[name] ?? name}.js`);
  const plugin = {
    name: "amuro-eval",
    enforce: "pre",
    resolveId(id, importer) {
      if (id === FILES) return id;
      if (id === "csv-parse/sync") return this.resolve("csv-parse/browser/esm/sync", importer);
      if (id in PACKAGES) return this.resolve(PACKAGES[id], join(root, "package.json"));
      const name = /^(?:node:)?([a-z_/]+)$/.exec(id)?.[1];
      if (id.startsWith("node:")) return existsSync(standIn(name)) ? standIn(name) : NOTHING;
      return id.startsWith("@duckdb/") || /^https?-proxy-agent$/.test(id) ? NOTHING : null;
    },
    load(id) {
      if (id === NOTHING) return "export {};";
      if (id !== FILES) return null;
      const put = read.map(
        (path) => `putFile(${JSON.stringify(placeOf(path))}, ${JSON.stringify(readFileSync(path, "utf8"))});`,
      );
      return [
        `import { Buffer } from "node:buffer";`,
        "globalThis.Buffer = Buffer;",
        `import { putFile } from ${JSON.stringify(join(dist, "web", "node", "files.js"))};`,
        ...put,
      ].join("\n");
    },
    transform(code, id) {
      if (!id.startsWith(dist)) return null;
      const before = [];
      if (id === join(dist, "web", "worker.js")) before.push(`import ${JSON.stringify(FILES)};`);
      if (/\bprocess\.(?!exit)/.test(code) && !id.endsWith("node/process.js"))
        before.push(`import { nodeProcess as process } from ${JSON.stringify(standIn("process"))};`);
      const text = code
        .replaceAll("import.meta.dirname", JSON.stringify(placeOf(join(id, ".."))))
        .replaceAll("import.meta.url", JSON.stringify(`file://${placeOf(id)}`));
      return { code: before.join("\n") + text, map: null };
    },
  };
  await build({
    configFile: false,
    root,
    logLevel: "error",
    publicDir: false,
    // path-browserify asks for it where a path is relative.
    define: { "process.cwd": '(() => "/")' },
    plugins: [plugin],
    build: {
      outDir: join(dist, "web", "site"),
      emptyOutDir: false,
      target: "es2022",
      minify: true,
      lib: { entry: join(dist, "web", "worker.js"), formats: ["es"], fileName: () => "worker.js" },
      rolldownOptions: { shimMissingExports: true, output: { codeSplitting: false, minify: true } },
    },
  });
}
