/** Frequencies of rotary position embeddings, with the context extensions that config.json may ask for. */

import { shown, type ConfigReader } from "./config-reader.js";
import type { Rotary } from "./model-spec.js";

type RopeParameters = Readonly<Record<string, unknown>>;

/** Inverse frequencies theta^(-2i/dims), i = 0 .. dims/2 - 1 (Su et al. 2021, arXiv:2104.09864). */
export function ropeFrequencies(theta: number, dims: number): Float32Array {
  return Float32Array.from({ length: dims / 2 }, (_, i) => 1 / theta ** ((2 * i) / dims));
}

/** What an architecture knows about its rotary embedding beyond config.json. */
export interface RotaryDefaults {
  readonly theta?: number;
  /** Entry of rope_parameters, where it has one per kind of layer. */
  readonly layerType?: string;
  /** Theta of layers that keep the plain embedding where older files have rope_scaling; ignored with a layerType entry. */
  readonly plainTheta?: number;
}

/** Share of a head's dimensions that is rotated, from any of the places it is written in. */
export function rotaryShare(config: ConfigReader, fallback: number): number {
  const nested = config.object("rope_parameters");
  const share = config.number(
    ["partial_rotary_factor", "rotary_pct"],
    numberOf(config, nested, "partial_rotary_factor") ?? fallback,
  );
  if (share <= 0 || share > 1) throw config.fail(`the rotated share of a head is ${share}; it lies between 0 and 1`);
  return share;
}

/**
 * The rotary embedding config.json describes, in its older spelling (rope_theta, rope_scaling) or its newer one
 * (rope_parameters).
 * @param dims rotated dimensions of a head
 */
export function readRotary(config: ConfigReader, dims: number, defaults: RotaryDefaults = {}): Rotary {
  const nested = config.object("rope_parameters");
  const entry = defaults.layerType === undefined ? undefined : entryOf(config, nested, defaults.layerType);
  const parameters = entry ?? nested ?? {};
  const oldScaling = config.object("rope_scaling");
  const oldTheta = config.number(["rope_theta", "rotary_emb_base"], defaults.theta ?? 10000);
  if (entry === undefined && defaults.plainTheta !== undefined) {
    return { frequencies: ropeFrequencies(defaults.plainTheta, dims), attentionFactor: 1 };
  }
  const all: RopeParameters = { ...parameters, ...oldScaling };
  const theta = numberOf(config, parameters, "rope_theta") ?? oldTheta;
  if (dims < 2) throw config.fail(`${dims} rotated dimensions of a head are too few`);
  if (dims % 2 !== 0)
    throw config.fail(`${dims} rotated dimensions of a head: an odd number cannot be rotated in pairs`);
  const unnamed = oldScaling !== undefined && Object.keys(oldScaling).length > 0 ? undefined : "default";
  const kind = all["rope_type"] ?? all["type"] ?? unnamed;
  if (typeof kind !== "string") throw config.fail("rope_scaling does not name its type");
  const number = (key: string, fallback?: number) => {
    const value = numberOf(config, all, key) ?? fallback;
    if (value === undefined) throw config.fail(`rope_scaling of type ${kind} has no ${key}`);
    return value;
  };
  const plain = ropeFrequencies(theta, dims);
  const window = config.count(["max_position_embeddings", "n_positions", "seq_length"], 2048);
  switch (kind) {
    case "default":
      return { frequencies: plain, attentionFactor: 1 };
    case "dynamic": {
      const longerThan = number("original_max_position_embeddings", window);
      return { frequencies: plain, attentionFactor: 1, dynamic: { theta, factor: number("factor"), longerThan } };
    }
    case "linear": {
      const factor = number("factor");
      return { frequencies: plain.map((frequency) => frequency / factor), attentionFactor: 1 };
    }
    case "llama3":
      return { frequencies: llama3(plain, number), attentionFactor: 1 };
    case "yarn":
      return yarn(config, theta, dims, window, number, all);
    case "longrope":
    case "su":
      return longrope(config, plain, window, all);
    default:
      throw config.fail(
        `rope_scaling type "${kind}" is not supported; supported: default, linear, dynamic, llama3, yarn, longrope`,
      );
  }
}

/** Llama 3.1: long wavelengths are stretched, short ones kept, those between interpolated. */
function llama3(plain: Float32Array, number: (key: string, fallback?: number) => number): Float32Array {
  const factor = number("factor");
  const low = number("low_freq_factor");
  const high = number("high_freq_factor");
  const original = number("original_max_position_embeddings");
  return plain.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return frequency / factor;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** YaRN (Peng et al. 2023, arXiv:2309.00071), with the attention temperature folded into cosine and sine. */
function yarn(
  config: ConfigReader,
  theta: number,
  dims: number,
  window: number,
  number: (key: string, fallback?: number) => number,
  all: RopeParameters,
): Rotary {
  const original = number("original_max_position_embeddings", window);
  const factor = number(
    "factor",
    numberOf(config, all, "original_max_position_embeddings") === undefined ? undefined : window / original,
  );
  const magnitude = (scale: number, mscale: number) => (scale <= 1 ? 1 : 0.1 * mscale * Math.log(scale) + 1);
  const [mscale, mscaleAll] = [numberOf(config, all, "mscale"), numberOf(config, all, "mscale_all_dim")];
  const derived =
    mscale !== undefined && mscaleAll !== undefined && mscale !== 0 && mscaleAll !== 0
      ? magnitude(factor, mscale) / magnitude(factor, mscaleAll)
      : magnitude(factor, 1);
  const attentionFactor = number("attention_factor", derived);
  const correction = (rotations: number) =>
    (dims * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const truncate = all["truncate"] !== false;
  const fast = correction(number("beta_fast", 32));
  const slow = correction(number("beta_slow", 1));
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const high = Math.min(truncate ? Math.ceil(slow) : slow, dims - 1);
  const width = high === low ? 0.001 : high - low;
  const frequencies = ropeFrequencies(theta, dims).map((frequency, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / width));
    return (frequency / factor) * ramp + frequency * (1 - ramp);
  });
  return { frequencies, attentionFactor };
}

/** Phi-3's longrope (LongRoPE, arXiv:2402.13753): one set of factors for short rows, another for long ones. */
function longrope(config: ConfigReader, plain: Float32Array, window: number, all: RopeParameters): Rotary {
  const factors = (key: string) => {
    const values = all[key];
    if (
      !Array.isArray(values) ||
      values.length !== plain.length ||
      !values.every((value) => typeof value === "number")
    ) {
      throw config.fail(`rope_scaling: ${key} must be a list of ${plain.length} numbers`);
    }
    return plain.map((frequency, i) => frequency / (values[i] as number));
  };
  const original =
    numberOf(config, all, "original_max_position_embeddings") ??
    config.number("original_max_position_embeddings", window);
  const scale = numberOf(config, all, "factor") ?? window / original;
  const derived = scale <= 1 ? 1 : Math.sqrt(1 + Math.log(scale) / Math.log(original));
  return {
    frequencies: factors("short_factor"),
    long: { frequencies: factors("long_factor"), longerThan: original },
    attentionFactor: numberOf(config, all, "attention_factor") ?? derived,
  };
}

/** A number of rope_parameters or rope_scaling; null counts as absent. */
function numberOf(config: ConfigReader, parameters: RopeParameters | undefined, key: string): number | undefined {
  const value = parameters?.[key] ?? undefined;
  if (value !== undefined && (typeof value !== "number" || !Number.isFinite(value)))
    throw config.fail(`${key} of the rotary embedding must be a number, not ${shown(value)}`);
  return value;
}

/** The parameters of one kind of layer, where rope_parameters has them by kind. */
function entryOf(
  config: ConfigReader,
  nested: RopeParameters | undefined,
  layerType: string,
): RopeParameters | undefined {
  const entry = nested?.[layerType] ?? undefined;
  if (entry !== undefined && (typeof entry !== "object" || Array.isArray(entry)))
    throw config.fail(`rope_parameters.${layerType} must be an object, not ${shown(entry)}`);
  return entry as RopeParameters | undefined;
}
