/**
 * Describes a causal language model as composable pieces: what every architecture is described in, and all the graph
 * builder knows. Weights are named as the checkpoint stores them.
 */

/** Describes a stored matrix used as y = x W^T + b. */
export interface Linear {
  readonly weight: string;
  readonly bias?: string | undefined;
  readonly inputs: number;
  readonly outputs: number;
  /** Stored as [inputs, outputs] instead of [outputs, inputs] (GPT-2's Conv1D). */
  readonly transposed?: boolean;
  /** The linear is the rows from this one on of a larger stored matrix of `totalOutputs` rows (fused layouts). */
  readonly slice?: { readonly from: number; readonly totalOutputs: number };
}

/** Describes a normalisation over the last axis of the given size. */
export interface Norm {
  readonly kind: "rms" | "layer";
  /** Absent: no learned scale. */
  readonly weight?: string | undefined;
  readonly bias?: string | undefined;
  readonly eps: number;
  /** Added to the stored scale (1 in Gemma, which stores the difference from one). */
  readonly offset?: number;
  readonly size: number;
}

/** Describes one norm per head with scales of their own. */
export interface PerHeadNorm {
  readonly kind: "per-head";
  /** Stored apart, one of each head (StableLM), or as one matrix [heads, size] (Cohere). */
  readonly weights: readonly string[] | { readonly matrix: string; readonly heads: number };
  readonly eps: number;
  readonly size: number;
}

/** Describes a rotary position embedding (Su et al. 2021) of the first `2 * frequencies.length` dimensions. */
export interface Rotary {
  /** True where neighbouring dimensions are a pair; else a dimension of the first half and one of the second are. */
  readonly interleaved?: boolean;
  /** Angle per position of each pair of dimensions, in radians. */
  readonly frequencies: Float32Array;
  /** Used instead of `frequencies` for a row that is longer than `longerThan` tokens (Phi-3 longrope). */
  readonly long?: { readonly frequencies: Float32Array; readonly longerThan: number };
  /** Dynamic NTK scaling: the base grows with the length of a row that is longer than `longerThan` tokens. */
  readonly dynamic?: { readonly theta: number; readonly factor: number; readonly longerThan: number };
  /** Cosine and sine are multiplied by this (YaRN, longrope). */
  readonly attentionFactor: number;
}

/** Says where queries, keys and values come from. */
export type Projection =
  | { readonly kind: "separate"; readonly query: Linear; readonly key: Linear; readonly value: Linear }
  /** One linear; its output is [groups, queries per group + 2, head size]: each group's queries, its key, its value. */
  | { readonly kind: "grouped"; readonly linear: Linear }
  /** One linear; its output is all queries, all keys, all values. */
  | { readonly kind: "concatenated"; readonly linear: Linear };

export interface Attention {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly projection: Projection;
  readonly output: Linear;
  readonly rotary?: Rotary | undefined;
  /** Linear bias by distance (ALiBi, Press et al. 2022). */
  readonly alibi?: Alibi | undefined;
  /** Scores are multiplied by this. */
  readonly scale: number;
  /** Queries at position p are multiplied by 1 + beta * ln(1 + floor(p / length)) (Ministral 3, after Llama 4). */
  readonly queryScale?: { readonly beta: number; readonly length: number } | undefined;
  /** Scores become cap * tanh(score / cap). */
  readonly softcap?: number | undefined;
  /** A query sees this many positions, its own included. */
  readonly slidingWindow?: number | undefined;
  /** Norms of queries and keys before the rotation: over one head, or over all heads together. */
  readonly queryNorm?: Norm | PerHeadNorm | undefined;
  readonly keyNorm?: Norm | PerHeadNorm | undefined;
  /** Queries, keys and values are clipped to [-clip, clip], after their norms. */
  readonly clip?: number | undefined;
}

export interface Alibi {
  /** One per head. */
  readonly slopes: Float32Array;
  /** The product of slope and key position is rounded to bfloat16 and multiplied by this (Falcon). */
  readonly roundedScale?: number;
}

export type Activation =
  | "silu"
  | "gelu"
  | "gelu_tanh"
  | "relu"
  /** xIELU (Huang & Schlag 2024, arXiv:2411.13010) of a layer of its own: where its four numbers are stored. */
  | {
      readonly kind: "xielu";
      readonly alphaP: string;
      readonly alphaN: string;
      readonly beta: string;
      readonly eps: string;
    };

export type DenseMlp =
  | {
      readonly kind: "gated";
      readonly gate: Linear;
      readonly up: Linear;
      readonly down: Linear;
      readonly activation: Activation;
    }
  | { readonly kind: "plain"; readonly up: Linear; readonly down: Linear; readonly activation: Activation };

/** Describes a mixture of experts: each token goes through those that its router likes best, and through no other. */
export interface Experts {
  readonly kind: "experts";
  /** One output per expert, of which a softmax is taken. */
  readonly router: Linear;
  /** Number of experts that a token goes through. */
  readonly chosen: number;
  /** True where the probabilities of the chosen ones are divided by their sum. */
  readonly normalised: boolean;
  readonly experts: readonly DenseMlp[];
  /** One more, which every token goes through: what it gives is multiplied by the sigmoid of `weight`'s one output. */
  readonly shared?: { readonly expert: DenseMlp; readonly weight: Linear };
}

export type Mlp = DenseMlp | Experts;

/** Says how attention and MLP are joined to the residual stream x. */
export type Block =
  /**
   * x += attentionOutputNorm(attention(attentionNorm(x))), then x = attentionResidualNorm(x), and likewise for the MLP;
   * every norm is optional. `residualFromNorm`: the normed input is what the output is added to.
   */
  | {
      readonly kind: "sequential";
      readonly attentionNorm?: Norm | undefined;
      readonly attentionOutputNorm?: Norm | undefined;
      readonly attentionResidualNorm?: Norm | undefined;
      readonly mlpNorm?: Norm | undefined;
      readonly mlpOutputNorm?: Norm | undefined;
      readonly mlpResidualNorm?: Norm | undefined;
      readonly residualFromNorm?: boolean;
      /** What attention and MLP give is multiplied by this before it is added. */
      readonly residualScale?: number;
    }
  /** x += attention(attentionNorm(x)) + mlp(mlpNorm(x)); without mlpNorm both read the same normed input. */
  | { readonly kind: "parallel"; readonly attentionNorm: Norm; readonly mlpNorm?: Norm | undefined };

export interface Layer {
  readonly attention: Attention;
  readonly mlp: Mlp;
  readonly block: Block;
}

export interface ModelSpec {
  /** Name in config.json, e.g. "LlamaForCausalLM". */
  readonly architecture: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Context window in tokens. */
  readonly window: number;
  readonly embedding: {
    readonly weight: string;
    /** Width of the stored embedding where it differs from the hidden size. */
    readonly size: number;
    readonly scale?: number | undefined;
    /** A table of learned positions; position p uses row p + offset. */
    readonly positions?: { readonly weight: string; readonly offset: number; readonly rows: number } | undefined;
    readonly project?: Linear | undefined;
    readonly norm?: Norm | undefined;
  };
  readonly layers: readonly Layer[];
  readonly finalNorm?: Norm | undefined;
  /** Between the final norm and the head (OPT-350m). */
  readonly projectOut?: Linear | undefined;
  readonly head: {
    readonly linear: Linear;
    /** Logits become cap * tanh(logit / cap). */
    readonly softcap?: number | undefined;
    readonly scale?: number | undefined;
  };
}

/**
 * Returns the linear maps of attention and MLP in all layers; of experts, only those of a shared one: PEFT has no
 * adapters for the matrices of the others.
 */
export function layerLinears({ layers }: ModelSpec): Linear[] {
  return layers.flatMap(({ attention, mlp }) => [
    ...attentionLinears(attention),
    ...(mlp.kind === "experts" ? sharedLinears(mlp) : denseLinears(mlp)),
  ]);
}

/** Returns the model with every linear map that layerLinears gives replaced, and those around the layers. */
export function withLinears(model: ModelSpec, replace: (linear: Linear) => Linear): ModelSpec {
  const { embedding, layers, projectOut, head } = model;
  const optional = (linear: Linear | undefined) => (linear === undefined ? undefined : replace(linear));
  return {
    ...model,
    embedding: { ...embedding, project: optional(embedding.project) },
    layers: layers.map((layer) => ({
      ...layer,
      attention: {
        ...layer.attention,
        projection: withProjection(layer.attention.projection, replace),
        output: replace(layer.attention.output),
      },
      mlp: layer.mlp.kind === "experts" ? withShared(layer.mlp, replace) : withDense(layer.mlp, replace),
    })),
    projectOut: optional(projectOut),
    head: { ...head, linear: replace(head.linear) },
  };
}

function withProjection(projection: Projection, replace: (linear: Linear) => Linear): Projection {
  if (projection.kind !== "separate") return { ...projection, linear: replace(projection.linear) };
  const { query, key, value } = projection;
  return { kind: "separate", query: replace(query), key: replace(key), value: replace(value) };
}

function withDense(mlp: DenseMlp, replace: (linear: Linear) => Linear): DenseMlp {
  const ends = { up: replace(mlp.up), down: replace(mlp.down) };
  return mlp.kind === "gated" ? { ...mlp, gate: replace(mlp.gate), ...ends } : { ...mlp, ...ends };
}

function withShared(mlp: Experts, replace: (linear: Linear) => Linear): Experts {
  if (mlp.shared === undefined) return mlp;
  const { expert, weight } = mlp.shared;
  return { ...mlp, shared: { expert: withDense(expert, replace), weight: replace(weight) } };
}

function sharedLinears({ shared }: Experts): Linear[] {
  return shared === undefined ? [] : [...denseLinears(shared.expert), shared.weight];
}

export function attentionLinears({ projection, output }: Attention): Linear[] {
  const inputs =
    projection.kind === "separate" ? [projection.query, projection.key, projection.value] : [projection.linear];
  return [...inputs, output];
}

export function denseLinears(mlp: DenseMlp): Linear[] {
  return [...(mlp.kind === "gated" ? [mlp.gate] : []), mlp.up, mlp.down];
}

/** Returns the width of the inner layer of an MLP, or of the widest expert. */
export function innerWidth(mlp: Mlp): number {
  if (mlp.kind !== "experts") return mlp.up.outputs;
  return Math.max(...expertsOf(mlp, mlp.experts.length).map(innerWidth));
}

/** Counts the numbers in the inner layers that one token goes through. */
export function innerNumbers(mlp: Mlp): number {
  if (mlp.kind !== "experts") return innerWidth(mlp);
  return expertsOf(mlp, mlp.chosen).reduce((sum, expert) => sum + innerWidth(expert), 0);
}

/**
 * Returns the linear maps that one token goes through in an MLP, as many experts as are chosen among them and the
 * shared one.
 */
export function mlpLinears(mlp: Mlp): Linear[] {
  if (mlp.kind !== "experts") return denseLinears(mlp);
  return [mlp.router, ...mlp.experts.slice(0, mlp.chosen).flatMap(denseLinears), ...sharedLinears(mlp)];
}

function expertsOf({ experts, shared }: Experts, chosen: number): DenseMlp[] {
  return [...experts.slice(0, chosen), ...(shared === undefined ? [] : [shared.expert])];
}
