/** Public interface for authors of task plugins and readers of results. */

export { defineTask } from "./tasks/contract.js";
export type { Answer, Example, Fields, Metric, PluginDataset, TaskDefinition } from "./tasks/contract.js";
export type { Family } from "./tasks/families.js";
export { answerList, inDrawnOrder, keyIndex } from "./tasks/helpers.js";
export { UserError } from "./base/errors.js";
export type { Columns, ColumnType, HubSource, Row } from "./datasets/index.js";
export type { Results } from "./store/results.js";
export type { Analysis } from "./analysis/document/document.js";
