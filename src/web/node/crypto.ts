/** Stands for `node:crypto` in the page's worker: SHA-256 at once (FIPS 180-4), as the browser's own is a promise. */

import { Buffer } from "./buffer.js";

const FIRST_PRIMES = primes(64);
const CONSTANTS = Uint32Array.from(FIRST_PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = FIRST_PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

class Sha256 {
  private readonly parts: Uint8Array[] = [];

  update(data: string | Uint8Array): this {
    this.parts.push(typeof data === "string" ? new TextEncoder().encode(data) : data);
    return this;
  }

  digest(encoding: "hex" | "base64"): string {
    const length = this.parts.reduce((sum, part) => sum + part.length, 0);
    const padded = new Uint8Array(64 * Math.ceil((length + 9) / 64));
    let at = 0;
    for (const part of this.parts) {
      padded.set(part, at);
      at += part.length;
    }
    padded[length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setBigUint64(padded.length - 8, BigInt(length) * 8n);
    const state = Uint32Array.from(START);
    const words = new Uint32Array(64);
    for (let block = 0; block < padded.length; block += 64) {
      for (let i = 0; i < 16; i++) words[i] = view.getUint32(block + 4 * i);
      mix(state, words);
    }
    const bytes = new DataView(new ArrayBuffer(32));
    state.forEach((word, i) => {
      bytes.setUint32(4 * i, word);
    });
    return Buffer.from(new Uint8Array(bytes.buffer)).toString(encoding);
  }
}

export function createHash(algorithm: string): Sha256 {
  if (algorithm !== "sha256") throw new TypeError(`no ${algorithm} here`);
  return new Sha256();
}

function mix(state: Uint32Array, w: Uint32Array): void {
  const at = (list: Uint32Array, i: number) => list[i] as number;
  for (let i = 16; i < 64; i++) {
    const [x, y] = [at(w, i - 15), at(w, i - 2)];
    const s0 = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    const s1 = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
    w[i] = at(w, i - 16) + s0 + at(w, i - 7) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + at(CONSTANTS, i) + at(w, i)) | 0;
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i] = at(state, i) + value;
  });
}

function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fraction(value: number): number {
  return Math.floor((value % 1) * 2 ** 32);
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}
