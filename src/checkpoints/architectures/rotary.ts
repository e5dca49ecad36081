/** Frequencies of rotary position embeddings, with the context extensions that config.json may ask for. */

import type { ConfigReader } from "./config-reader.js";
import type { Attention, Rotary } from "./model-spec.js";

/**
 * Lists the keys of the rotary embedding that only some kinds of scaling read; transformers passes over them in the
 * others.
 */
const OTHER_KINDS = new Set(
  `factor attention_factor beta_fast beta_slow mscale mscale_all_dim truncate short_factor long_factor low_freq_factor
  high_freq_factor original_max_position_embeddings finetuned`.split(/\s+/),
);

/** Returns the inverse frequencies theta^(-2i/dims), i = 0 .. dims/2 - 1 (Su et al. 2021, arXiv:2104.09864). */
export function ropeFrequencies(theta: number, dims: number): Float32Array {
  return Float32Array.from({ length: dims / 2 }, (_, i) => 1 / theta ** ((2 * i) / dims));
}

/** Holds what an architecture knows about its rotary embedding beyond config.json. */
export interface RotaryDefaults {
  readonly theta?: number;
  /** Name of theta beside the other keys; "rope_theta" where it is undefined. */
  readonly thetaKey?: string;
  /** Entry of rope_parameters, in architectures that have one per kind of layer. */
  readonly layerType?: string;
  /** True for an entry that an older file's rope_scaling does not change. */
  readonly unscaled?: boolean;
  /** Context window where config.json does not give it; 2048 where it is undefined. */
  readonly window?: number;
  /** Window before longrope extended it, in architectures that write it beside the other keys. */
  readonly originalWindow?: number;
  /** True for architectures that may rotate a part of a head; see rotaryShare. */
  readonly partial?: boolean;
}

/**
 * Returns the share of a head's dimensions that is rotated, from any of the places it is written in.
 * @param key its name beside the other keys
 */
export function rotaryShare(config: ConfigReader, fallback: number, key = "partial_rotary_factor"): number {
  const share = ropeParameters(config)?.optionalNumber("partial_rotary_factor") ?? config.number(key, fallback);
  if (share <= 0 || share > 1) throw config.fail(`the rotated share of a head is ${share}; it lies between 0 and 1`);
  return share;
}

/** Reads by how much queries are multiplied as positions grow; undefined where config.json says nothing of it. */
export function readQueryScale(config: ConfigReader): Attention["queryScale"] {
  const parameters = ropeParameters(config);
  const beta = parameters?.optionalNumber("llama_4_scaling_beta");
  if (parameters === undefined || beta === undefined) return undefined;
  const length = parameters.optionalNumber("original_max_position_embeddings");
  if (length === undefined || length <= 0)
    throw parameters.fail("llama_4_scaling_beta needs original_max_position_embeddings above 0");
  return { beta, length };
}

/**
 * Reads the parameters of the rotary embedding; as in transformers, rope_scaling takes the place of rope_parameters.
 */
function ropeParameters(config: ConfigReader): ConfigReader | undefined {
  return config.nested("rope_scaling", OTHER_KINDS) ?? config.nested("rope_parameters", OTHER_KINDS);
}

/**
 * Reads the rotary embedding that config.json describes, in its older spelling (rope_theta, rope_scaling) or its newer
 * one (rope_parameters).
 * @param dims rotated dimensions of a head
 */
export function readRotary(config: ConfigReader, dims: number, defaults: RotaryDefaults = {}): Rotary {
  if (dims < 2) throw config.fail(`${dims} rotated dimensions of a head are too few`);
  if (dims % 2 !== 0)
    throw config.fail(`${dims} rotated dimensions of a head: an odd number cannot be rotated in pairs`);
  const ownTheta = config.number(defaults.thetaKey ?? "rope_theta", defaults.theta ?? 10000);
  const parameters = ropeParametersOf(config, defaults);
  if (parameters === undefined) return { frequencies: ropeFrequencies(ownTheta, dims), attentionFactor: 1 };
  const theta = parameters.optionalNumber("rope_theta") ?? ownTheta;
  if (defaults.partial !== true && parameters.number("partial_rotary_factor", 1) !== 1)
    throw parameters.fail("a partial_rotary_factor is not a part of this architecture");
  const window = config.count(["max_position_embeddings", "n_positions", "seq_length"], defaults.window ?? 2048);
  return scaledRotary(parameters, { theta, dims, window }, defaults);
}

/** Returns the parameters that hold for a kind of layer, or for all layers. */
function ropeParametersOf(config: ConfigReader, defaults: RotaryDefaults): ConfigReader | undefined {
  if (defaults.layerType === undefined) return ropeParameters(config);
  const scaling = config.nested("rope_scaling", OTHER_KINDS);
  const entry = config.nested("rope_parameters")?.nested(defaults.layerType, OTHER_KINDS);
  if (entry !== undefined && scaling !== undefined)
    throw config.fail("rope_scaling and rope_parameters are both there; leave out one");
  return entry ?? (defaults.unscaled === true ? undefined : scaling);
}

interface PlainRotary {
  readonly theta: number;
  readonly dims: number;
  readonly window: number;
}

function scaledRotary(
  parameters: ConfigReader,
  { theta, dims, window }: PlainRotary,
  { layerType, originalWindow }: RotaryDefaults,
): Rotary {
  // transformers reads neither an older type nor truncate where there are parameters for each kind of layer.
  if (layerType !== undefined) for (const key of ["type", "truncate"]) parameters.refuse(key);
  const named = ["rope_type", "type"].map((key) => parameters.value(key)).find((value) => value !== undefined);
  const thetaAlone = parameters
    .keys()
    .every((key) => /^(?:rope_theta|partial_rotary_factor|rope_type|type)$/.test(key));
  const kind = named ?? (thetaAlone ? "default" : undefined);
  if (typeof kind !== "string") throw parameters.fail("the kind of scaling (rope_type) is not named");
  const number = (key: string, fallback?: number) => {
    const value = parameters.optionalNumber(key) ?? fallback;
    if (value === undefined) throw parameters.fail(`scaling of type ${kind} needs ${key}`);
    return value;
  };
  const plain = ropeFrequencies(theta, dims);
  switch (kind) {
    case "default":
      return { frequencies: plain, attentionFactor: 1 };
    case "dynamic":
      return {
        frequencies: plain,
        attentionFactor: 1,
        dynamic: { theta, factor: number("factor"), longerThan: window },
      };
    case "linear": {
      const factor = number("factor");
      return { frequencies: plain.map((frequency) => frequency / factor), attentionFactor: 1 };
    }
    case "llama3":
      return { frequencies: llama3(plain, window, number), attentionFactor: 1 };
    case "yarn":
      return yarn(parameters, { theta, dims, window }, number);
    case "longrope":
    case "su":
      return longrope(parameters, plain, window, originalWindow);
    default:
      throw parameters.fail(
        `scaling of type "${kind}" is not supported; supported: default, linear, dynamic, llama3, yarn, longrope`,
      );
  }
}

/**
 * Scales frequencies as Llama 3.1 does: long wavelengths are stretched, short ones kept, those between interpolated.
 */
function llama3(plain: Float32Array, window: number, number: (key: string, fallback?: number) => number): Float32Array {
  const factor = number("factor");
  const low = number("low_freq_factor");
  const high = number("high_freq_factor");
  const original = number("original_max_position_embeddings", window);
  return plain.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return frequency / factor;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/**
 * Scales frequencies by YaRN (Peng et al. 2023, arXiv:2309.00071), with the attention temperature folded into cosine
 * and sine.
 */
function yarn(
  parameters: ConfigReader,
  { theta, dims, window }: PlainRotary,
  number: (key: string, fallback?: number) => number,
): Rotary {
  const original = number("original_max_position_embeddings", window);
  const factor = number("factor");
  const magnitude = (scale: number, mscale: number) => (scale <= 1 ? 1 : 0.1 * mscale * Math.log(scale) + 1);
  const [mscale, mscaleAll] = [parameters.optionalNumber("mscale"), parameters.optionalNumber("mscale_all_dim")];
  const derived =
    mscale !== undefined && mscaleAll !== undefined && mscale !== 0 && mscaleAll !== 0
      ? magnitude(factor, mscale) / magnitude(factor, mscaleAll)
      : magnitude(factor, 1);
  const attentionFactor = number("attention_factor", derived);
  const correction = (rotations: number) =>
    (dims * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const truncate = parameters.flag("truncate", true);
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

/**
 * Scales frequencies by Phi-3's longrope (LongRoPE, arXiv:2402.13753): one set of factors for short rows, another for
 * long ones.
 */
function longrope(
  parameters: ConfigReader,
  plain: Float32Array,
  window: number,
  originalWindow: number | undefined,
): Rotary {
  const factors = (key: string) => {
    const values = parameters.value(key);
    if (
      !Array.isArray(values) ||
      values.length !== plain.length ||
      !values.every((value) => typeof value === "number")
    ) {
      throw parameters.fail(`${key} must be a list of ${plain.length} numbers`);
    }
    return plain.map((frequency, i) => frequency / (values[i] as number));
  };
  const nested = parameters.optionalNumber("original_max_position_embeddings");
  const original = originalWindow ?? nested ?? window;
  const scale = parameters.optionalNumber("factor") ?? window / original;
  const derived = scale <= 1 ? 1 : Math.sqrt(1 + Math.log(scale) / Math.log(original));
  return {
    frequencies: factors("short_factor"),
    long: { frequencies: factors("long_factor"), longerThan: original },
    attentionFactor: parameters.optionalNumber("attention_factor") ?? derived,
  };
}
