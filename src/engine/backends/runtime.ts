/** ONNX Runtime, whichever build of it. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { WeightsCheckpoint } from "../../checkpoints/checkpoint.js";
import type { ModelWeights } from "../../checkpoints/model-weights.js";

/** ONNX Runtime on a device, for weights that are kept in one way or another. */
export interface Runtime<W extends ModelWeights = WeightsCheckpoint> {
  readonly Tensor: typeof Tensor;
  /** False where kernels fail on empty tensors (WebGPU's do): what is empty then gets a place that is not seen. */
  readonly takesEmpty: boolean;
  /**
   * Opens a graph whose weights lie in the checkpoint's files.
   * @param threads intra-op threads; 0 lets ONNX Runtime choose
   */
  readonly createSession: (graph: Uint8Array, checkpoint: W, threads: number) => Promise<InferenceSession>;
}
