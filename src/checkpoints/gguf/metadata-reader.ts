/**
 * Reads the metadata of one architecture key by key, so that a key nobody reads is noticed: it may change the
 * mathematics.
 */

import { UserError } from "../../base/errors.js";
import type { Metadata } from "./header.js";
import type { MetadataValue } from "./values.js";

/** Lists the keys that change nothing, or that the tensors' shapes say as well. */
const HARMLESS = new Set([
  "vocab_size", "tensor_data_layout", "rope.scaling.finetuned", "use_parallel_residual", "attention.value_length",
  "feed_forward_length", "attention.head_count_kv",
]); // prettier-ignore

export class MetadataReader {
  private readonly read = new Set<string>();

  /**
   * @param architecture keys are those behind its name and a point
   * @param source the file, for messages
   */
  constructor(
    readonly metadata: Metadata,
    private readonly architecture: string,
    private readonly source: string,
  ) {}

  private value(key: string): MetadataValue | undefined {
    this.read.add(key);
    return this.metadata.get(`${this.architecture}.${key}`);
  }

  has(key: string): boolean {
    return this.metadata.has(`${this.architecture}.${key}`);
  }

  /** @throws UserError where it is there and no number */
  optionalNumber(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "number") return value;
    throw this.fail(`${this.architecture}.${key} is not a number`);
  }

  number(key: string, fallback?: number): number {
    const value = this.optionalNumber(key) ?? fallback;
    if (value === undefined) throw this.fail(`its metadata has no ${this.architecture}.${key}`);
    return value;
  }

  /** Reads a list of flags, where it is one. */
  flags(key: string): readonly boolean[] | undefined {
    const value = this.value(key);
    return Array.isArray(value) ? value.map(Boolean) : undefined;
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    return typeof value === "string" ? value : undefined;
  }

  fail(problem: string): UserError {
    return new UserError(`${this.source}: ${problem}`);
  }

  /** @throws UserError when a key of the architecture was not read, unless its value switches it off */
  finish(): void {
    const prefix = `${this.architecture}.`;
    for (const [key, value] of this.metadata) {
      if (!key.startsWith(prefix)) continue;
      const own = key.slice(prefix.length);
      if (this.read.has(own) || HARMLESS.has(own) || value === 0 || value === false || value === "") continue;
      const shown = JSON.stringify(value).slice(0, 60);
      throw this.fail(`the metadata key ${key} (${shown}) is not known; it may change what the model computes`);
    }
  }
}
