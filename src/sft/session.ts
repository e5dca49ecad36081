/**
 * Opens ONNX Runtime sessions for training: weights, gradients and moments are arrays of ours that it reads and writes.
 */

import type { InferenceSession, Tensor } from "onnxruntime-node";
import { withoutTelemetry } from "../engine/backends/telemetry.js";
import { messageOf, UserError } from "../base/errors.js";

export type TrainingSession = InferenceSession;

export interface TrainingRuntime {
  readonly Tensor: typeof Tensor;
  /** @param threads 0 lets ONNX Runtime choose */
  readonly createSession: (graph: Uint8Array, threads: number) => Promise<TrainingSession>;
}

/** @throws UserError where onnxruntime-node is not installed */
export async function trainingRuntime(): Promise<TrainingRuntime> {
  let runtime: typeof import("onnxruntime-node");
  try {
    runtime = await import("onnxruntime-node");
  } catch (error) {
    throw new UserError(
      `training needs onnxruntime-node, which is not installed (${messageOf(error)}); ` +
        "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node installs it",
    );
  }
  const { InferenceSession, Tensor } = runtime;
  return {
    Tensor,
    createSession: (graph, threads) =>
      withoutTelemetry(() =>
        InferenceSession.create(graph, {
          executionProviders: ["cpu"],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          // A plan of memory would be made and kept for every shape of input.
          enableMemPattern: false,
          graphOptimizationLevel: "all",
          // Numbers below 1e-38, which a softmax makes plenty of, count as 0: computing with them takes many times as
          // long. The thread that trains is set to do the same in its own arithmetic.
          extra: { session: { set_denormal_as_zero: "1" } },
          logSeverityLevel: 3,
        }),
      ),
  };
}
