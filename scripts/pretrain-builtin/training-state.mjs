// The state of a training run as one safetensors file, so that a killed run goes on where it was.
import { readFileSync } from "node:fs";
import { writeSafetensors } from "../../dist/checkpoints/files/write-safetensors.js";

/** Weights (w.), first (m.) and second (v.) moments and the number of steps. */
export async function saveState(file, trainer, weights) {
  const { steps, moments } = trainer.state();
  const tensors = [{ name: "steps", shape: [1], values: Float32Array.of(steps) }];
  for (const [name, { shape, values }] of weights) {
    const { first, second } = moments.get(name);
    tensors.push({ name: `w.${name}`, shape, values }, { name: `m.${name}`, shape, values: first });
    tensors.push({ name: `v.${name}`, shape, values: second });
  }
  await writeSafetensors(file, tensors, "f32");
}

/** Returns the f32 arrays of a safetensors file by name; undefined where there is no file. */
export function readSafetensorsFile(file) {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + size).toString("utf8"));
  delete header.__metadata__;
  const start = bytes.byteOffset + 8 + size;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name, new Float32Array(bytes.buffer.slice(start + from, start + to))],
    ),
  );
}
