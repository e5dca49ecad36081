/** Stands for `node:zlib` in the page's worker: gzip whose blocks are stored, since compression there is a promise. */

import { Buffer } from "./buffer.js";

const LARGEST_BLOCK = 65_535;
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

export function gzipSync(text: string): Buffer {
  const data = new TextEncoder().encode(text);
  const blocks = Math.max(1, Math.ceil(data.length / LARGEST_BLOCK));
  const bytes = new Buffer(10 + 5 * blocks + data.length + 8);
  const view = new DataView(bytes.buffer);
  bytes.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  let at = 10;
  for (let block = 0; block < blocks; block++) {
    const part = data.subarray(block * LARGEST_BLOCK, (block + 1) * LARGEST_BLOCK);
    bytes[at] = Number(block === blocks - 1);
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    bytes.set(part, at + 5);
    at += 5 + part.length;
  }
  view.setUint32(at, checksum(data), true);
  view.setUint32(at + 4, data.length % 2 ** 32, true);
  return bytes;
}

export function gunzipSync(): never {
  throw new Error("packed files are not read in a browser; unpack it first");
}

function checksum(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) crc = (TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
