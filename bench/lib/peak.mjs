// ONNX Runtime's own speed in this process: a product of two 2048 x 2048 matrices in f32.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { clock } from "./clock.mjs";
import { DataType, GraphBuilder } from "../../dist/checkpoints/graph/onnx-proto.js";

const SIZE = 2048;

/** @returns a function that measures once more, in GF/s */
export async function matMulPeak(threads) {
  const g = new GraphBuilder();
  for (const name of ["a", "b"]) g.input({ name, type: DataType.FLOAT, shape: [SIZE, SIZE] });
  g.op("MatMul", ["a", "b"], {}, "c");
  g.output({ name: "c", type: DataType.FLOAT, shape: [SIZE, SIZE] });
  const session = await InferenceSession.create(g.encode(), { intraOpNumThreads: threads, interOpNumThreads: 1 });
  const matrix = new Tensor(
    "float32",
    Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i)),
    [SIZE, SIZE],
  );
  return async () => {
    const started = clock();
    await session.run({ a: matrix, b: matrix });
    return (2 * SIZE ** 3) / (clock() - started) / 1e6;
  };
}
