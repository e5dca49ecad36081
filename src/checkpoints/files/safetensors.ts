/** Reads the header of safetensors files: where each tensor lies, never its bytes. */

import { open, realpath } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import { headerBytes, headerTensors } from "./safetensors-header.js";
import { refuseStandIn, STAND_IN_BYTES } from "./stand-ins.js";
import { unreadable, type TensorLocation } from "./tensors.js";

/**
 * Reads the tensors of one safetensors file.
 * @throws UserError when the file is cut, the header is not what the format says, or a tensor lies outside the file
 */
export async function readSafetensors(path: string): Promise<TensorLocation[]> {
  try {
    return await locateTensors(path);
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

async function locateTensors(path: string): Promise<TensorLocation[]> {
  const file = await realpath(path);
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(size, STAND_IN_BYTES));
    await handle.read(head, 0, head.length, 0);
    refuseStandIn(path, head.toString("latin1"));
    const header = Buffer.alloc(headerBytes(head, size, path));
    await handle.read(header, 0, header.length, 8);
    return headerTensors(header, path, file, size);
  } finally {
    await handle.close();
  }
}
