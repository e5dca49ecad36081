/** Stands for `node:crypto` in the page's worker: SHA-256 at once, as the browser's own is a promise. */

import { sha256 } from "@noble/hashes/sha2.js";
import { Buffer } from "buffer/";

export function createHash(algorithm: string) {
  if (algorithm !== "sha256") throw new TypeError(`no ${algorithm} here`);
  const hash = sha256.create();
  const own = {
    update(data: string | Uint8Array) {
      hash.update(typeof data === "string" ? new TextEncoder().encode(data) : data);
      return own;
    },
    digest: (encoding: "hex" | "base64") => Buffer.from(hash.digest()).toString(encoding),
  };
  return own;
}
