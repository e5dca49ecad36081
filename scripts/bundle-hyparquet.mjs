// Bundles what pages take of hyparquet into one script that defines the global name "hyparquet".
import { join } from "node:path";
import { build } from "vite";

/** @param dist folder that tsc wrote */
export async function bundleHyparquet(root, dist) {
  await build({
    configFile: false,
    root,
    logLevel: "error",
    publicDir: false,
    build: {
      outDir: join(dist, "reports", "page"),
      emptyOutDir: false,
      target: "es2022",
      minify: true,
      lib: {
        entry: join(root, "scripts", "hyparquet-of-pages.mjs"),
        name: "hyparquet",
        formats: ["iife"],
        fileName: () => "hyparquet.bundle.js",
      },
    },
  });
}
