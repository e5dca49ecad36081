/** Loads plugins: TypeScript or JavaScript files, or packages. */

import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, UsageError } from "../base/errors.js";
import type { TaskRegistry } from "./registry.js";

/**
 * Registers every task, metric and family that a module exports.
 * @param others tells what else a plugin may export, which is left to others
 * @throws UsageError when the module cannot be loaded, exports nothing, or a task has a wrong field
 */
export async function loadPlugin(
  registry: TaskRegistry,
  spec: string,
  others: (value: unknown) => boolean = () => false,
): Promise<void> {
  const exported = await pluginExports(spec);
  registry.addAll(exported.filter((one) => !others(one)), `plugin ${spec}`); // prettier-ignore
}

/**
 * Returns what a module exports: by default or by name, alone or in an array.
 * @param spec a path (./my-task.ts, .js, .mjs) or the name of an installed package
 * @param cwd folder that relative paths and packages are resolved from
 * @throws UsageError when the module cannot be loaded or exports nothing
 */
export async function pluginExports(spec: string, cwd = process.cwd()): Promise<readonly object[]> {
  const isPath = spec.startsWith(".") || isAbsolute(spec) || /\.[cm]?[jt]s$/.test(spec);
  const target = isPath ? resolve(cwd, spec) : spec;
  if (isPath && !existsSync(target)) throw new UsageError(`plugin ${spec}: no such file (looked for ${target})`);
  const { createJiti } = await import("jiti");
  const jiti = createJiti(pathToFileURL(resolve(cwd, "plugin-loader.js")).href, {
    // A plugin's own `import … from "amuro-eval"` is this copy as it is loaded, wherever the plugin lies: nothing is
    // loaded twice, and its errors are known as ours.
    virtualModules: { "amuro-eval": (await import(new URL("../index.js", import.meta.url).href)) as object },
  });
  let exported: Record<string, unknown>;
  try {
    exported = await jiti.import<Record<string, unknown>>(target);
  } catch (error) {
    const reason = messageOf(error).replace(/ Require stack:.*$/, "");
    // A loader's own words for a module whose default export is null.
    if (/of null \(reading 'then'\)/.test(reason)) throw noTask(spec);
    if (!isPath && reason.includes(`'${spec}'`)) {
      throw new UsageError(`plugin ${spec}: no such package in ${cwd}; the path of a file begins with ./`);
    }
    throw new UsageError(`plugin ${spec}: cannot be loaded (${reason})`);
  }
  // A CommonJS module may be a task itself: module.exports = defineTask({ … }).
  const tasks = ("toExample" in exported ? [exported] : Object.values(exported))
    .flat()
    .filter((value): value is object => typeof value === "object" && value !== null);
  const distinct = [...new Set(tasks)];
  if (distinct.length === 0) throw noTask(spec);
  return distinct;
}

function noTask(spec: string): UsageError {
  return new UsageError(`plugin ${spec}: exports no task; write export default defineTask({ … })`);
}
