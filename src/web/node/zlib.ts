/** Stands for `node:zlib` in the page's worker: gzip at once, as the browser's own is a promise. */

import { Buffer } from "buffer/";
import { gunzipSync as unpack, gzipSync as pack, type GzipOptions } from "fflate";

export function gzipSync(text: string, { level = 6 }: Pick<GzipOptions, "level"> = {}): Buffer {
  return Buffer.from(pack(new TextEncoder().encode(text), { level, mtime: 0 }));
}

export function gunzipSync(data: Uint8Array): Buffer {
  return Buffer.from(unpack(data));
}
