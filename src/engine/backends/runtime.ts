/** Describes ONNX Runtime, whichever build of it. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { WeightsCheckpoint } from "../../checkpoints/checkpoint.js";
import type { TensorLocation } from "../../checkpoints/files/tensors.js";
import type { ModelWeights } from "../../checkpoints/model-weights.js";

/** Gives the bytes of an ONNX model whose weights are byte ranges of files. */
export type GraphOf = (tensors: ReadonlyMap<string, TensorLocation>) => Uint8Array;

/** Runs models by ONNX Runtime on a device, for weights that are kept in one way or another. */
export interface Runtime<W extends ModelWeights = WeightsCheckpoint> {
  readonly Tensor: typeof Tensor;
  /** False where kernels fail on empty tensors (WebGPU's do): what is empty then gets a place that is not seen. */
  readonly takesEmpty: boolean;
  /**
   * Opens a graph of the checkpoint's weights.
   * @param graphOf the graph for weights that lie where it is told
   * @param threads intra-op threads; 0 lets ONNX Runtime choose
   */
  readonly createSession: (graphOf: GraphOf, checkpoint: W, threads: number) => Promise<InferenceSession>;
}
