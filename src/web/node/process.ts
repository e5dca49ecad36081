/** Stands for the global `process` in the page's worker. */

export const nodeProcess = {
  env: {},
  cwd: () => "/",
  versions: { node: "none" },
  platform: "browser",
  arch: "wasm",
  constrainedMemory: () => 0,
};
