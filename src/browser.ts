/**
 * Runs the engine in a browser: a checkpoint's files as bytes, scored and continued by the graphs that also run in
 * Node, on onnxruntime-web. The model runs in the thread that calls: call from a worker to keep a page responsive.
 */

export { UserError } from "./base/errors.js";
export type * from "./engine/types.js";
export { fetchCheckpoint, openEngine, type BrowserEngineOptions, type CheckpointFiles } from "./web/checkpoint.js";
