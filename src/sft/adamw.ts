/**
 * Holds the options of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with clipping by the global norm, on f32
 * arrays in place.
 */

export interface AdamWOptions {
  /** Decay rates of the two moments. */
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** Decoupled: weights shrink by learning rate times this in each step. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm; Infinity leaves them as they are. */
  readonly clip: number;
}

/** Holds PyTorch's defaults, without weight decay, and with the clipping that SFT trainers use by default. */
export const ADAMW_DEFAULTS: AdamWOptions = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, clip: 1 };

/** Holds a parameter and what is kept about it; all arrays have its number of elements. */
export interface Parameter {
  readonly weight: Float32Array;
  readonly gradient: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Computes the square root of the sum of squares over all gradients. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let total = 0;
  for (const gradient of gradients) total += sumOfSquares(gradient);
  return Math.sqrt(total);
}

/** Sums squares in four sums, so that one addition need not wait for the other. */
function sumOfSquares(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = x.length - (x.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += (x[i] as number) ** 2;
    b += (x[i + 1] as number) ** 2;
    c += (x[i + 2] as number) ** 2;
    d += (x[i + 3] as number) ** 2;
  }
  for (let i = end; i < x.length; i++) a += (x[i] as number) ** 2;
  return a + b + c + d;
}

/**
 * Takes one step of AdamW, as torch.optim.AdamW computes it.
 * @param step number of this step, from 1
 * @param scale what gradients are multiplied by first (clipping)
 */
export function adamWStep(
  { weight, gradient, first, second }: Parameter,
  { betas: [beta1, beta2], eps, weightDecay }: AdamWOptions,
  learningRate: number,
  step: number,
  scale: number,
): void {
  const decay = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  const [rest1, rest2] = [1 - beta1, 1 - beta2];
  for (let i = 0; i < weight.length; i++) {
    const g = (gradient[i] as number) * scale;
    const m = beta1 * (first[i] as number) + rest1 * g;
    const v = beta2 * (second[i] as number) + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    weight[i] = (weight[i] as number) * decay - (stepSize * m) / (Math.sqrt(v) * root + eps);
  }
}
