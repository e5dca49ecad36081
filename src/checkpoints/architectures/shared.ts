/** Holds what several architectures have in common. */

import type { TensorLocation } from "../files/tensors.js";
import type { ConfigReader } from "./config-reader.js";
import type {
  Activation,
  Attention,
  Block,
  Layer,
  Linear,
  Mlp,
  ModelSpec,
  Norm,
  Projection,
  Rotary,
} from "./model-spec.js";

/** Turns config.json and the names of the stored tensors into a model. */
export interface Architecture {
  /** As in the key "architectures" of config.json. */
  readonly name: string;
  /** As in the key "model_type". */
  readonly modelType: string;
  readonly read: (config: ConfigReader, tensors: TensorNames) => ModelSpec;
}

/** Holds the stored tensors by name. */
export type TensorNames = Pick<ReadonlyMap<string, Pick<TensorLocation, "file" | "offset">>, "has" | "get" | "keys">;

/**
 * Returns the first of the prefixes under which the tensor is stored, or else any is: releases differ in how much of
 * the path they keep.
 */
export function storedPrefix(tensors: TensorNames, prefixes: readonly string[], tensor: string): string {
  const names = [...tensors.keys()];
  return (
    prefixes.find((prefix) => tensors.has(prefix + tensor)) ??
    prefixes.find((prefix) => prefix !== "" && names.some((name) => name.startsWith(prefix))) ??
    (prefixes[0] as string)
  );
}

/** Returns a linear named `${name}.weight`, with `${name}.bias` where that is stored. */
export function linear(tensors: TensorNames, name: string, inputs: number, outputs: number): Linear {
  const bias = tensors.has(`${name}.bias`) ? `${name}.bias` : undefined;
  return { weight: `${name}.weight`, bias, inputs, outputs };
}

/** Returns a LayerNorm named `${name}.weight` and `${name}.bias`. */
export function layerNorm(tensors: TensorNames, name: string, size: number, eps: number): Norm {
  return {
    kind: "layer",
    weight: `${name}.weight`,
    bias: tensors.has(`${name}.bias`) ? `${name}.bias` : undefined,
    eps,
    size,
  };
}

/** Returns an RMSNorm named `${name}.weight`. */
export function rmsNorm(name: string, size: number, eps: number): Norm {
  return { kind: "rms", weight: `${name}.weight`, eps, size };
}

const ACTIVATIONS: Record<string, Activation> = {
  silu: "silu",
  swish: "silu",
  gelu: "gelu",
  gelu_new: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  gelu_fast: "gelu_tanh",
  relu: "relu",
};

/** @throws UserError when the name is not a known activation */
export function activation(config: ConfigReader, name: string): Activation {
  const known = ACTIVATIONS[name];
  if (known === undefined)
    throw config.fail(`activation "${name}" is not supported; supported: ${Object.keys(ACTIVATIONS).join(", ")}`);
  return known;
}

/** Holds the sizes of attention, as nearly every config.json names them. */
export interface Sizes {
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocab: number;
  readonly window: number;
}

/** @param defaults what holds where config.json has no such key; with `inner`, intermediate_size is not read here */
export function readSizes(
  config: ConfigReader,
  defaults: {
    readonly window?: number;
    readonly headSize?: number;
    readonly inner?: number;
    readonly layersKey?: readonly string[];
  } = {},
): Sizes {
  const hidden = config.count("hidden_size");
  const heads = config.count("num_attention_heads");
  const keyValueHeads = config.count("num_key_value_heads", heads);
  if (heads % keyValueHeads !== 0) {
    throw config.fail(`num_attention_heads ${heads} is not a multiple of num_key_value_heads ${keyValueHeads}`);
  }
  return {
    hidden,
    heads,
    keyValueHeads,
    inner: defaults.inner ?? config.count("intermediate_size"),
    layers: config.count(defaults.layersKey ?? "num_hidden_layers"),
    headSize: config.count("head_dim", defaults.headSize ?? Math.floor(hidden / heads)),
    vocab: config.count("vocab_size"),
    window: config.count("max_position_embeddings", defaults.window ?? 2048),
  };
}

/** Returns the kind of each layer: config.json's layer_types, or the architecture's own pattern. */
export function layerTypes(config: ConfigReader, layers: number, pattern: (layer: number) => string): string[] {
  const given = config.value("layer_types");
  if (given === undefined) return Array.from({ length: layers }, (_, layer) => pattern(layer));
  const known = ["full_attention", "sliding_attention"];
  const isType = (type: unknown): type is string => typeof type === "string" && known.includes(type);
  if (!Array.isArray(given) || given.length !== layers || !given.every(isType)) {
    throw config.fail(`layer_types must be ${layers} of ${known.join(", ")}`);
  }
  return given;
}

/** Says how one layer of a Llama-like model departs from Llama. */
export interface LlamaLikeLayer {
  readonly block: Block;
  readonly rotary?: Rotary | undefined;
  readonly slidingWindow?: number | undefined;
  readonly queryScale?: Attention["queryScale"];
  readonly queryNorm?: Attention["queryNorm"];
  readonly keyNorm?: Attention["keyNorm"];
  readonly projection?: Projection;
  readonly mlp?: Mlp;
}

/** Says where a Llama-like model keeps what. */
const LLAMA_NAMES = {
  prefixes: ["model.", "", "language_model.model.", "model.language_model.", "model.text_model."] as readonly string[],
  embedding: "embed_tokens",
  layers: "layers",
  query: "self_attn.q_proj",
  key: "self_attn.k_proj",
  value: "self_attn.v_proj",
  output: "self_attn.o_proj",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
  norm: "norm",
  head: "lm_head",
};

/** Builds a model with Llama's parts, by default under Llama's names. */
export function llamaLike(
  config: ConfigReader,
  tensors: TensorNames,
  sizes: Sizes,
  options: {
    readonly architecture: string;
    readonly finalNorm: (name: string) => Norm;
    readonly layer: (prefix: string, index: number) => LlamaLikeLayer;
    readonly scale?: number;
    readonly softcap?: number | undefined;
    readonly clip?: number | undefined;
    readonly activation?: string;
    readonly embeddingScale?: number;
    readonly logitSoftcap?: number | undefined;
    readonly tied?: boolean;
    readonly names?: Partial<typeof LLAMA_NAMES>;
    readonly logitScale?: number | undefined;
  },
): ModelSpec {
  const { hidden, inner, heads, keyValueHeads, headSize, vocab } = sizes;
  const names = { ...LLAMA_NAMES, ...options.names };
  const prefix = storedPrefix(tensors, names.prefixes, `${names.embedding}.weight`);
  const layers = Array.from({ length: sizes.layers }, (_, index): Layer => {
    const name = `${prefix}${names.layers}.${index}`;
    const special = options.layer(name, index);
    return {
      block: special.block,
      attention: {
        heads,
        keyValueHeads,
        headSize,
        scale: options.scale ?? headSize ** -0.5,
        softcap: options.softcap,
        clip: options.clip,
        rotary: special.rotary,
        slidingWindow: special.slidingWindow,
        queryScale: special.queryScale,
        queryNorm: special.queryNorm,
        keyNorm: special.keyNorm,
        output: linear(tensors, `${name}.${names.output}`, heads * headSize, hidden),
        projection: special.projection ?? {
          kind: "separate",
          query: linear(tensors, `${name}.${names.query}`, hidden, heads * headSize),
          key: linear(tensors, `${name}.${names.key}`, hidden, keyValueHeads * headSize),
          value: linear(tensors, `${name}.${names.value}`, hidden, keyValueHeads * headSize),
        },
      },
      mlp: special.mlp ?? {
        kind: "gated",
        gate: linear(tensors, `${name}.${names.gate}`, hidden, inner),
        up: linear(tensors, `${name}.${names.up}`, hidden, inner),
        down: linear(tensors, `${name}.${names.down}`, inner, hidden),
        activation: activation(config, options.activation ?? config.text("hidden_act", "silu")),
      },
    };
  });
  return assembled(tensors, {
    architecture: options.architecture,
    tied: config.flag("tie_word_embeddings", options.tied ?? false),
    names: { embedding: `${prefix}${names.embedding}`, head: headName(tensors, names.head) },
    vocabSize: vocab,
    hiddenSize: hidden,
    window: sizes.window,
    embedding: { scale: options.embeddingScale },
    layers,
    finalNorm: options.finalNorm(`${prefix}${names.norm}`),
    head: { softcap: options.logitSoftcap, scale: options.logitScale },
  });
}

/** Models of text and images kept the head under the text model's name. */
function headName(tensors: TensorNames, name: string): string {
  return tensors.has(`language_model.${name}.weight`) ? `language_model.${name}` : name;
}

/** Describes a model whose embedding and LM head are still to be found among the stored tensors. */
interface Assembly extends Omit<ModelSpec, "embedding" | "head"> {
  /** Whether config.json says that the head is the embedding. */
  readonly tied: boolean;
  /** Names of the two modules. */
  readonly names: { readonly embedding: string; readonly head: string };
  /** What the embedding has beside its matrix; it is as wide as the model where no size is said. */
  readonly embedding?: Partial<Omit<ModelSpec["embedding"], "weight">>;
  readonly head?: Omit<ModelSpec["head"], "linear">;
}

/**
 * Returns the model with its embedding and its LM head. As in transformers, a head that is stored with values of its
 * own is used even where config.json ties it to the embedding, and of two that are tied either may be the one that is
 * stored.
 */
export function assembled(tensors: TensorNames, { tied, names, embedding, head, ...model }: Assembly): ModelSpec {
  const size = embedding?.size ?? model.hiddenSize;
  const [first, last] = [`${names.embedding}.weight`, `${names.head}.weight`];
  const own = linear(tensors, names.head, size, model.vocabSize);
  const ends = (weight: string, matrix: string): ModelSpec => ({
    ...model,
    embedding: { ...embedding, weight, size },
    head: { ...head, linear: { ...own, weight: matrix } },
  });
  if (!tied) return ends(first, last);
  const [embedded, headed] = [tensors.get(first), tensors.get(last)];
  if (headed === undefined) return ends(first, first);
  if (embedded === undefined) return ends(last, last);
  const isCopy = embedded.file === headed.file && embedded.offset === headed.offset;
  return ends(first, isCopy ? first : last);
}

/** Builds Llama's block: a norm before attention and one before the MLP. */
export function preNorm(norm: (name: string) => Norm, prefix: string): Block {
  return preNormOf(norm(`${prefix}.input_layernorm`), norm(`${prefix}.post_attention_layernorm`));
}

/** Builds the same block with norms of other names. */
export function preNormOf(attentionNorm: Norm, mlpNorm: Norm): Block {
  return { kind: "sequential", attentionNorm, mlpNorm };
}

/** Builds the block of OLMo 2 and EXAONE 4: a norm after attention and one after the MLP, before each is added. */
export function postNorm(norm: (name: string) => Norm, prefix: string): Block {
  return {
    kind: "sequential",
    attentionOutputNorm: norm(`${prefix}.post_attention_layernorm`),
    mlpOutputNorm: norm(`${prefix}.post_feedforward_layernorm`),
  };
}

/**
 * Returns ALiBi's slopes: a geometric sequence from 2^(-8/n), interleaved where the number of heads is not a power of
 * two.
 */
export function alibiSlopes(heads: number): Float32Array {
  const power = 2 ** Math.floor(Math.log2(heads));
  const base = 2 ** -(2 ** -(Math.log2(power) - 3));
  const slopes = Array.from({ length: power }, (_, i) => base ** (i + 1));
  const extraBase = 2 ** -(2 ** -(Math.log2(2 * power) - 3));
  const extra = Array.from({ length: heads - power }, (_, i) => extraBase ** (2 * i + 1));
  return Float32Array.from([...slopes, ...extra]);
}
