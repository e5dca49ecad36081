/**
 * Reads config.json key by key, so that a key nobody reads is noticed: it may change the mathematics. Sizes are held
 * against the weight files before anything is made from them.
 */

import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import type { TensorLocation } from "../files/tensors.js";

/** Lists the keys beside those of harmless-keys.ts that say what a file is, not what it computes. */
export const NAMING = new Set(
  `is_llama_config is_qwen2_config transformers.js_config _attn_implementation architectures attn_implementation
  attn_pdrop cache_implementation dtype id2label init_std initializer_range is_decoder max_window_layers model_type
  summary_activation summary_type torch_dtype transformers_version vision_config`.split(/\s+/),
);

/**
 * Lists the whole numbers that are not a dimension of any tensor, e.g. because every window fits the same rotary
 * embedding.
 */
const NOT_STORED = new Set(
  `max_position_embeddings max_sequence_length original_max_position_embeddings n_positions seq_length sliding_window sliding_window_pattern _sliding_window_pattern
  no_rope_layer_interval max_seq_len decoder_sparse_step num_experts_per_tok`.split(/\s+/),
);
/** Lists the keys that count what tensors are named after, with the part of the name before the number. */
const COUNTED: Readonly<Record<"layers" | "experts", { readonly keys: ReadonlySet<string>; readonly named: RegExp }>> =
  {
    layers: {
      keys: new Set(["num_hidden_layers", "n_layer", "n_layers", "num_layers"]),
      named: /(?:^|\.)(?:layers|h|blocks)\.(\d+)\./,
    },
    experts: { keys: new Set(["num_experts", "num_local_experts"]), named: /\.experts\.(\d+)\./ },
  };

/** Holds what the weight files hold, as far as it bounds what config.json may ask for. */
interface StoredSizes {
  readonly tensors: number;
  readonly parameters: number;
  readonly largestDimension: number;
  readonly layers: number;
  readonly experts: number;
}

export class ConfigReader {
  private readonly read = new Set<string>();
  private readonly children = new Map<string, ConfigReader>();
  private readonly stored: StoredSizes;

  /**
   * @param tensors what the weight files hold
   * @param harmless keys that change nothing, beside those that never do
   * @param path where the object lies in config.json, e.g. "rope_scaling."
   * @param ignored keys that the user wants passed over, nested ones with their path
   */
  constructor(
    private readonly json: Readonly<Record<string, unknown>>,
    private readonly source: string,
    private readonly tensors: ReadonlyMap<string, TensorLocation>,
    private readonly harmless: ReadonlySet<string> = NAMING,
    private readonly path = "",
    private readonly ignored: readonly string[] = [],
  ) {
    this.stored = storedSizes(tensors);
  }

  /**
   * Reads an object of config.json key by key: finish holds its keys to the same rule.
   * @param harmless its keys that change nothing
   * @returns undefined where it is absent or empty
   */
  nested(key: string, harmless: ReadonlySet<string> = new Set()): ConfigReader | undefined {
    const known = this.children.get(key);
    if (known !== undefined) return known;
    const value = this.object(key);
    if (value === undefined || Object.keys(value).length === 0) return undefined;
    const child = new ConfigReader(value, this.source, this.tensors, harmless, `${this.path}${key}.`, this.ignored);
    this.children.set(key, child);
    return child;
  }

  /** Returns the keys that are there. */
  keys(): string[] {
    return Object.keys(this.json).filter((key) => this.present([key]) !== undefined);
  }

  /** Returns the raw value of the first of the keys that is there; null counts as absent. */
  value(...keys: string[]): unknown {
    for (const key of keys) this.read.add(key);
    const [key, ...others] = keys.filter((one) => this.present([one]) !== undefined);
    if (key === undefined) return undefined;
    const other = others.find((one) => JSON.stringify(this.json[one]) !== JSON.stringify(this.json[key]));
    if (other !== undefined)
      throw this.fail(`${key} ${shown(this.json[key])} and ${other} ${shown(this.json[other])} contradict each other`);
    return this.json[key];
  }

  /** Tells whether a key is there, null included. */
  has(key: string): boolean {
    return Object.hasOwn(this.json, key);
  }

  private present(keys: readonly string[]): string | undefined {
    return keys.find((one) => this.json[one] !== undefined && this.json[one] !== null);
  }

  /** Returns the key that is there, or else the first of those that could be. */
  private keyOf(keys: string | readonly string[]): string {
    return this.present(list(keys)) ?? list(keys)[0] ?? "";
  }

  /**
   * Reads a whole number of at least one: a number of layers, a window, or else a size that tensors must have. Loops
   * and lists are made of what comes back, so a number that the weight files cannot fill is refused here.
   */
  count(keys: string | readonly string[], fallback?: number): number {
    const value = this.number(keys, fallback);
    if (!Number.isSafeInteger(value) || value < 1)
      throw this.fail(`${this.keyOf(keys)} is ${value}; it must be a whole number of at least 1`);
    const { tensors, parameters, largestDimension } = this.stored;
    if (list(keys).some((key) => NOT_STORED.has(key))) return value;
    for (const what of ["layers", "experts"] as const) {
      if (!list(keys).some((key) => COUNTED[what].keys.has(key))) continue;
      if (value <= this.stored[what]) return value;
      throw this.fail(
        `${this.keyOf(keys)} is ${value}, but the weight files hold tensors of ${this.stored[what]} ${what}`,
      );
    }
    if (value <= largestDimension) return value;
    throw this.fail(
      `${this.keyOf(keys)} is ${value}, but no dimension of the ${tensors} tensors in the weight files ` +
        `(${parameters} parameters) is larger than ${largestDimension}`,
    );
  }

  optionalCount(key: string): number | undefined {
    return this.value(key) === undefined ? undefined : this.count(key);
  }

  /** Returns the width of an attention head where config.json does not give it. */
  headSize(hidden: number, heads: number): number {
    if (hidden % heads !== 0) throw this.fail(`a hidden size of ${hidden} cannot be split into ${heads} heads`);
    return hidden / heads;
  }

  object(key: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value))
      throw this.fail(`${key} must be an object, not ${shown(value)}`);
    return value as Readonly<Record<string, unknown>>;
  }

  number(keys: string | readonly string[], fallback?: number): number {
    const value = this.value(...list(keys)) ?? fallback;
    if (value === undefined) throw this.fail(`missing key "${this.keyOf(keys)}"`);
    if (typeof value !== "number" || !Number.isFinite(value))
      throw this.fail(`${this.keyOf(keys)} must be a number, not ${shown(value)}`);
    return value;
  }

  optionalNumber(key: string): number | undefined {
    return this.value(key) === undefined ? undefined : this.number(key);
  }

  flag(keys: string | readonly string[], fallback: boolean): boolean {
    const given = this.value(...list(keys));
    // To transformers a flag that is null is one that is off, whatever its default.
    const isNull = given === undefined && list(keys).some((key) => this.has(key));
    if (isNull && fallback) throw this.fail(`${this.keyOf(keys)} is null; write true or false, or leave it out`);
    const value = given ?? fallback;
    if (typeof value !== "boolean") throw this.fail(`${this.keyOf(keys)} must be true or false, not ${shown(value)}`);
    return value;
  }

  text(keys: string | readonly string[], fallback: string): string {
    const value = this.value(...list(keys)) ?? fallback;
    if (typeof value !== "string") throw this.fail(`${this.keyOf(keys)} must be a string, not ${shown(value)}`);
    return value;
  }

  /** Refuses any value of a key but the one that is supported. */
  only<T extends string | number | boolean>(key: string, supported: T, fallback: T = supported): void {
    const value = this.value(key) ?? fallback;
    if (value !== supported)
      throw this.fail(`${key} ${shown(value)} is not supported yet; supported: ${JSON.stringify(supported)}`);
  }

  /** @throws UserError where the key is there and not null: this architecture does not read it */
  refuse(key: string): void {
    if (this.value(key) !== undefined)
      throw this.fail(`${key} ${shown(this.value(key))} is not read for this architecture`);
  }

  fail(problem: string): UserError {
    return new UserError(`${this.source}: ${this.path === "" ? "" : `in ${this.path.slice(0, -1)}: `}${problem}`);
  }

  /**
   * @throws UserError when a key, at any depth of what is read, was neither read nor known to be harmless, unless its
   *   value switches it off or the user wants it passed over; or when a key to pass over is read or not there
   */
  finish(): void {
    for (const child of this.children.values()) child.finish();
    if (this.path === "") this.checkIgnored();
    const off = (value: unknown) =>
      value === null ||
      value === false ||
      (Array.isArray(value) && value.length === 0) ||
      (typeof value === "object" && Object.keys(value).length === 0);
    const unknown = Object.keys(this.json).filter(
      (key) =>
        !this.read.has(key) &&
        !this.harmless.has(key) &&
        !off(this.json[key]) &&
        !this.ignored.includes(this.path + key),
    );
    const [first] = unknown;
    if (first !== undefined) {
      const all = unknown.map((key) => this.path + key).join(",");
      throw this.fail(
        `the key "${first}" (${shown(this.json[first])}) is not known; it may change what the model computes` +
          `${didYouMean(first, [...this.read], 0)}; --ignore-config-key ${all} passes over ${unknown.length === 1 ? "it" : "these"}`,
      );
    }
  }

  private checkIgnored(): void {
    const readers = [this, ...this.descendants()];
    const there = readers.flatMap((one) => Object.keys(one.json).map((key) => one.path + key));
    const read = new Set(readers.flatMap((one) => [...one.read].map((key) => one.path + key)));
    for (const key of this.ignored) {
      if (!there.includes(key))
        throw new UsageError(`--ignore-config-key ${key}: ${this.source} has no such key${didYouMean(key, there)}`);
      if (read.has(key))
        throw new UsageError(
          `--ignore-config-key ${key}: ${this.source} needs this key; only keys that are not known can be passed over`,
        );
    }
  }

  private descendants(): ConfigReader[] {
    return [...this.children.values()].flatMap((child) => [child, ...child.descendants()]);
  }
}

function storedSizes(tensors: ReadonlyMap<string, TensorLocation>): StoredSizes {
  const found = { layers: new Set<string>(), experts: new Set<string>() };
  let parameters = 0;
  let largestDimension = 0;
  for (const { name, shape, length } of tensors.values()) {
    for (const what of ["layers", "experts"] as const) {
      const number = COUNTED[what].named.exec(name)?.[1];
      if (number !== undefined) found[what].add(number);
    }
    // An empty tensor may claim any dimension beside the one that is zero.
    if (length === 0) continue;
    parameters += shape.reduce((product, size) => product * size, 1);
    for (const size of shape) largestDimension = Math.max(largestDimension, size);
  }
  const { layers, experts } = found;
  return { tensors: tensors.size, parameters, largestDimension, layers: layers.size, experts: experts.size };
}

/** Returns the beginning of a value, as JSON. */
export function shown(value: unknown): string {
  try {
    return JSON.stringify(value).slice(0, 60);
  } catch {
    // JSON.parse reads any depth, JSON.stringify does not write it.
    return "a deeply nested value";
  }
}

function list(keys: string | readonly string[]): string[] {
  return typeof keys === "string" ? [keys] : [...keys];
}
