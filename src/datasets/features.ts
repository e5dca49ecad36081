/** Reads what the `datasets` library says of the columns of a dataset: the names of its labels. */

import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { arrowAbout } from "./arrow.js";

/** Holds the names of label columns, in the order of their numbers. */
export type LabelNames = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the names from a dataset's card, `dataset_info`.
 * @param config name of the configuration; undefined for the only one or the default one
 */
export function cardLabelNames(card: Readonly<Record<string, unknown>>, config: string | undefined): LabelNames {
  const infos = [card["dataset_info"]].flat().filter(isRecord);
  const named = infos.find((one) => one["config_name"] === (config ?? "default"));
  const info = named ?? (infos.length === 1 ? infos[0] : undefined);
  const features = [info?.["features"]].flat().filter(isRecord);
  return new Map(
    features.flatMap((feature): [string, readonly string[]][] => {
      const { name, dtype } = feature;
      const label = isRecord(dtype) ? dtype["class_label"] : undefined;
      const names = isRecord(label) ? namesOf(label["names"]) : undefined;
      return typeof name === "string" && names !== undefined ? [[name, names]] : [];
    }),
  );
}

/** Reads the names from a Parquet or Arrow file that `datasets` wrote; none where a file says nothing. */
export async function labelNamesIn(path: string): Promise<LabelNames> {
  if (path.endsWith(".arrow")) return namesIn(await arrowAbout(path));
  if (!path.endsWith(".parquet")) return new Map();
  const { key_value_metadata: about = [] } = await parquetMetadataAsync(await asyncBufferFromFile(path));
  return namesIn(about.find(({ key }) => key === "huggingface")?.value);
}

function namesIn(text: string | undefined): LabelNames {
  const said: unknown = text === undefined ? undefined : parsed(text);
  const info = isRecord(said) ? said["info"] : undefined;
  const features = isRecord(info) && isRecord(info["features"]) ? info["features"] : {};
  return new Map(
    Object.entries(features).flatMap(([name, feature]): [string, readonly string[]][] => {
      const names = isRecord(feature) && feature["_type"] === "ClassLabel" ? namesOf(feature["names"]) : undefined;
      return names === undefined ? [] : [[name, names]];
    }),
  );
}

/** Returns names that are a list, or an object with the numbers 0, 1, … as keys. */
function namesOf(given: unknown): readonly string[] | undefined {
  const values: unknown[] = isRecord(given) ? Object.keys(given).map((_, i) => given[String(i)]) : [given].flat();
  return values.length > 0 && values.every((one) => typeof one === "string") ? values : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
