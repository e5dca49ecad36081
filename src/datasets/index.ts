/** Gives access to datasets: their descriptions and their rows. */

export {
  ANY_COLUMNS,
  builtinDatasets,
  checkInlineDescription,
  type Columns,
  type ColumnType,
  type HubSource,
  type InlineDatasetDescription,
  type LocalRows,
  type ResolvedDataset,
} from "./description.js";
export { loadRows, type DataSource, type LoadedRows } from "./load.js";
export type { Row } from "./description.js";
export { strictParsers } from "./parquet.js";
export { readLocalRows } from "./local-rows.js";
export { EXTENSIONS, PACKED } from "./read-file.js";
export { folderParts } from "./folder.js";
export { shardsOf } from "./arrow-folder.js";
export { parsedSplit } from "./slice.js";
export { labelNamesIn, type LabelNames } from "./features.js";
export { hubAbout, type HubAbout } from "./hub-split.js";
