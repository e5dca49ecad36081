/** Names of the mixes of quantisations that GGUF files are made with (llama.cpp's llama_ftype). */

import { elementsOf, type TensorLocation } from "../files/tensors.js";
import type { Metadata } from "./header.js";

const NAMES: Readonly<Record<number, string>> = {
  0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
  13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 21: "Q2_K_S", 32: "BF16",
}; // prettier-ignore

/** Returns the mix that the file names, else the type of most of its numbers. */
export function fileTypeOf(metadata: Metadata, tensors: readonly TensorLocation[]): string {
  const number = metadata.get("general.file_type");
  const named = typeof number === "number" && Object.hasOwn(NAMES, number) ? NAMES[number] : undefined;
  if (named !== undefined) return named;
  const elements = new Map<string, number>();
  for (const tensor of tensors) elements.set(tensor.dtype, (elements.get(tensor.dtype) ?? 0) + elementsOf(tensor));
  return [...elements].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "unknown";
}
