/**
 * Joins 8-bit weights with the scales that are stored beside them: W = codes x scale, one scale for each block of rows
 * and columns, for each row, or for all.
 */

import { UserError } from "../../base/errors.js";
import { isFloat8 } from "./float8.js";
import { elementsOf, type Scales, type TensorLocation } from "./tensors.js";

type Json = Readonly<Record<string, unknown>>;
type Tensors = ReadonlyMap<string, TensorLocation>;

/** Names ways of quantising whose weights may be 8-bit floats with scales, by the key quant_method. */
const METHODS = ["fp8", "compressed-tensors", "modelopt"];
const SCALE = /\.weight_scale(?:_inv)?$/;
/** Matches scales of what goes into a linear map and of the cache: nothing but weights is rounded here. */
const OTHER_SCALE = /\.(?:input_scale|activation_scale|k_scale|v_scale|q_scale)$/;

/** Tells whether a config.json says that weights may be 8-bit floats with scales. */
export function hasScales(quantisation: unknown): boolean {
  const { quant_method: method, quant_algo: algorithm } = (quantisation ?? {}) as Json;
  return METHODS.includes(String(method)) || algorithm === "FP8";
}

/**
 * @param quantisation the key quantization_config
 * @param folder for messages
 * @returns the tensors, without those of scales, each 8-bit weight with its own
 * @throws UserError where an 8-bit weight has no scales, scales have no such weight, or their number is not that of the
 *   blocks
 */
export function withScales(tensors: Tensors, quantisation: unknown, folder: string): Tensors {
  const result = new Map([...tensors].filter(([name]) => !SCALE.test(name) && !OTHER_SCALE.test(name)));
  for (const [name, stored] of tensors) {
    if (!SCALE.test(name)) continue;
    const weight = name.replace(SCALE, ".weight");
    const tensor = result.get(weight);
    if (tensor === undefined || !isFloat8(tensor.dtype)) {
      throw new UserError(
        `${folder}: ${name} belongs to no 8-bit floating-point weight; quantized weights of other kinds are not supported ` +
          `but in GGUF files; use a copy in bf16 or f32`,
      );
    }
    result.set(weight, { ...tensor, scales: scalesOf(tensor, stored, quantisation, folder) });
  }
  const bare = [...result.values()].find(({ dtype, scales }) => isFloat8(dtype) && scales === undefined);
  if (bare !== undefined)
    throw new UserError(`${folder}: config.json says that weights have scales, but ${bare.name} has none`);
  return result;
}

function scalesOf(tensor: TensorLocation, stored: TensorLocation, quantisation: unknown, folder: string): Scales {
  const [rows = 1, columns = 1] = tensor.shape;
  const count = elementsOf(stored);
  const given = blockSize(quantisation);
  const perRow: Scales["block"] | undefined = count === rows && stored.shape[0] === rows ? [1, columns] : undefined;
  const block: Scales["block"] | undefined = count === 1 ? [rows, columns] : (given ?? perRow);
  const blocks = block === undefined ? 0 : Math.ceil(rows / block[0]) * Math.ceil(columns / block[1]);
  if (block === undefined || blocks !== count || tensor.shape.length !== 2) {
    throw new UserError(
      `${folder}: ${stored.name} [${stored.shape.join(", ")}] does not fit ${tensor.name} [${tensor.shape.join(", ")}]` +
        (given === undefined ? "" : ` in blocks of ${given.join(" x ")}`),
    );
  }
  return { stored, block, columns };
}

/** Reads the size of blocks from either of its places. */
function blockSize(quantisation: unknown): readonly [number, number] | undefined {
  const json = (quantisation ?? {}) as Json;
  const groups = Object.values((json["config_groups"] ?? {}) as Readonly<Record<string, Json>>);
  const inGroup = groups.map((group) => (group["weights"] as Json | undefined)?.["block_structure"]);
  const [found] = [json["weight_block_size"], ...inGroup].filter((value) => value !== undefined && value !== null);
  const [rows, columns, ...more] = Array.isArray(found) ? (found as unknown[]) : [];
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  return isSize(rows) && isSize(columns) && more.length === 0 ? [rows, columns] : undefined;
}

/**
 * Multiplies numbers of the matrix in place.
 * @param start place of the first of them in the matrix, row by row
 * @param factors the scales' numbers
 */
export function applyScales(
  values: Float32Array,
  start: number,
  factors: Float32Array,
  { block, columns }: Scales,
): void {
  const [high, wide] = block;
  const across = Math.ceil(columns / wide);
  let row = Math.floor(start / columns);
  let column = start % columns;
  for (let i = 0; i < values.length; i++) {
    values[i] =
      (values[i] as number) * (factors[Math.floor(row / high) * across + Math.floor(column / wide)] as number);
    if (++column === columns) [column, row] = [0, row + 1];
  }
}
