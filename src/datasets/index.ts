/** Datasets: their descriptions and their rows. */

export {
  builtinDatasets,
  checkInlineDescription,
  descriptionSchema,
  inlineDescriptionSchema,
  loadDescription,
  type Columns,
  type ColumnType,
  type DatasetDescription,
  type HubSource,
  type InlineDatasetDescription,
  type Labels,
  type ResolvedDataset,
} from "./description.js";
export { loadRows, type DataSource, type LoadedRows } from "./load.js";
export { readRowsFile } from "./read-file.js";
export { checkRows, type Row } from "./rows.js";
