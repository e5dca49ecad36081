/** Gives access to datasets: their descriptions and their rows. */

export {
  ANY_COLUMNS,
  builtinDatasets,
  checkInlineDescription,
  type Columns,
  type ColumnType,
  type HubSource,
  type InlineDatasetDescription,
  type ResolvedDataset,
} from "./description.js";
export { loadRows, type DataSource, type LoadedRows } from "./load.js";
export type { Row } from "./description.js";
export { readRowsFile, EXTENSIONS, PACKED } from "./read-file.js";
export { strictParsers } from "./parquet.js";
export { arrowAdvice, parquetParts } from "./parquet-folder.js";
export { parquetLabelNames, type LabelNames } from "./features.js";
export { hubAbout, type HubAbout } from "./hub-split.js";
