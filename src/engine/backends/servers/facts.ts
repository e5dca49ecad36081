/** Says what results tell of a server, and when two servers are one. */

import { canonicalJson } from "../../../base/hash.js";
import type { OpenedModel } from "./opened-model.js";
import { probeDifference, probeTolerance } from "./probes.js";

/** Holds what results say of a server. */
export interface ServerFacts {
  readonly engine: string;
  readonly version: string;
  readonly model: string;
  readonly root: string | null;
  readonly dtype: string | null;
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  /** How it was asked; null where it only generates. */
  readonly shape: string | null;
  /** Largest difference between answers to one question, in nats. */
  readonly noise: number;
  /** Log-probabilities of the same tokens for every server of a model, or ids where it gives none. */
  readonly probes: readonly number[];
}

export function serverFacts({
  about,
  shape,
  examination: { noScores, noise, probes },
}: Pick<OpenedModel, "about" | "shape" | "examination">): ServerFacts {
  const { engine, version, model, root = null, dtype = null, flags } = about;
  return {
    engine,
    version,
    model,
    root,
    dtype,
    flags,
    shape: noScores === undefined ? shape : null,
    noise,
    probes,
  };
}

/**
 * Tells whether two servers are of one kind and version and their probes differ no more than the answers of each: then
 * they serve one model.
 */
export function isSameServer(one: ServerFacts, other: ServerFacts): boolean {
  const stated = ({ engine, version, model, dtype, flags, shape }: ServerFacts) =>
    canonicalJson({ engine, version, model, dtype, flags, shape });
  if (stated(one) !== stated(other)) return false;
  return probeDifference(one.probes, other.probes) <= probeTolerance(one.noise, other.noise);
}
