/** Lists the files of the page that runs models: a static site, for any server. */

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { sha256 } from "../base/hash.js";
import { PACKAGE_ROOT, VERSION } from "../base/package-info.js";
import { builtinCheckpoint } from "../checkpoints/find/builtin.js";
import { pageStyle } from "../reports/page/shell.js";
import { indexPage } from "./index-page.js";

/** Holds a file of the site. */
export interface PageFile {
  /** Path inside the folder of the site, with forward slashes. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Matches what of ONNX Runtime the page loads. */
const RUNTIME = /^(?:ort\.(?:wasm|webgpu)\.min|ort-wasm-simd-threaded(?:\.asyncify)?)\.(?:mjs|wasm)$/;

/** Matches what is for WebGPU alone: kept when it is first used. */
const ON_DEMAND = /webgpu|asyncify/;

/** @yields the service worker last: it names all others */
export function* pageFiles(): Generator<PageFile> {
  const site = join(import.meta.dirname, "site");
  const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));
  const { root, subfolder } = builtinCheckpoint();
  const files: PageFile[] = [
    { path: "index.html", content: indexPage() },
    { path: "style.css", content: pageStyle() + readFileSync(join(site, "site.css"), "utf8") },
    { path: "app.js", content: readFileSync(join(site, "app.client.js"), "utf8") },
    { path: "worker.js", content: readFileSync(join(site, "worker.js"), "utf8") },
    { path: "icon.svg", content: readFileSync(join(site, "icon.svg"), "utf8") },
    { path: "manifest.webmanifest", content: readFileSync(join(site, "manifest.webmanifest"), "utf8") },
    ...readdirSync(runtime).filter((name) => RUNTIME.test(name)).sort().map((name) => ({ path: `ort/${name}`, content: readFileSync(join(runtime, name)) })),
    ...[root, join(root, subfolder)].flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => ({ path: `builtin/${name}`, content: readFileSync(join(folder, name)) })),
    ),
    { path: "LICENSE.txt", content: readFileSync(join(PACKAGE_ROOT, "LICENSE"), "utf8") },
  ]; // prettier-ignore
  yield* files;
  const hashes = files.map(({ path, content }) => `${path} ${sha256(content)}`);
  const name = `amuro-eval ${VERSION} ${sha256(hashes.join("\n")).slice(0, 16)}`;
  const kept = ["./", ...files.flatMap(({ path }) => (ON_DEMAND.test(path) ? [] : [path]))];
  const head = `const NAME = ${JSON.stringify(name)};\nconst FILES = ${JSON.stringify(kept)};\n`;
  yield { path: "service-worker.js", content: head + readFileSync(join(site, "service-worker.client.js"), "utf8") };
}
