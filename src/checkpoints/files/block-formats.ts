/**
 * Decodes the block formats of GGML in which GGUF files keep quantised weights
 * (https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c): small whole numbers with a scale, and in some
 * formats a minimum, for each block. Values come out as the reference's dequantize functions give them, rounded to f32
 * after each multiplication.
 */

import { halfValues } from "./half-floats.js";

interface BlockFormat {
  /** Numbers in a block. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Writes the values of the block that begins at `at` to `out` from `to` on. */
  readonly decode: (block: Uint8Array, at: number, out: Float32Array, to: number) => void;
}

const round = Math.fround;

/** Holds a minimum that leaves a negative zero what it is. */
const NONE = -0;

/** Reads the half-precision number at a place. */
function half(bytes: Uint8Array, at: number): number {
  return halfValues()[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] as number;
}

/**
 * Reads a block of 32 numbers of four bits: the lower halves of 16 bytes, then the upper halves.
 * @param fifths the fifth bit of each number, in the order of the numbers
 */
function nibbles(
  bytes: Uint8Array,
  at: number,
  out: Float32Array,
  to: number,
  { scale, offset, minimum }: { readonly scale: number; readonly offset: number; readonly minimum: number },
  fifths = 0,
): void {
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + i] as number;
    const low = (byte & 15) | (((fifths >>> i) & 1) << 4);
    const high = (byte >> 4) | (((fifths >>> (i + 16)) & 1) << 4);
    out[to + i] = round(scale * (low - offset)) + minimum;
    out[to + i + 16] = round(scale * (high - offset)) + minimum;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

/** Reads scale and minimum `index` of the eight pairs of six bits that 12 bytes hold. */
function scaleAndMinimum(bytes: Uint8Array, at: number, index: number): [scale: number, minimum: number] {
  const byte = (i: number) => bytes[at + i] as number;
  if (index < 4) return [byte(index) & 63, byte(index + 4) & 63];
  const [low, high] = [byte(index + 4), index - 4];
  return [(low & 15) | ((byte(high) >> 6) << 4), (low >> 4) | ((byte(high + 4) >> 6) << 4)];
}

/** Reads blocks of Q4_K and Q5_K: eight groups of 32 numbers of four or five bits. */
function groupsOf32(bytes: Uint8Array, at: number, out: Float32Array, to: number, fifthBits: boolean): void {
  const [scale, minimum] = [half(bytes, at), half(bytes, at + 2)];
  const [high, low] = [at + 16, at + (fifthBits ? 48 : 16)];
  for (let group = 0; group < 8; group++) {
    const [ownScale, ownMinimum] = scaleAndMinimum(bytes, at + 4, group);
    const [d, m] = [round(scale * ownScale), round(minimum * ownMinimum)];
    for (let i = 0; i < 32; i++) {
      const byte = bytes[low + (group >> 1) * 32 + i] as number;
      const four = group % 2 === 0 ? byte & 15 : byte >> 4;
      const five = fifthBits ? (((bytes[high + i] as number) >> group) & 1) << 4 : 0;
      out[to + group * 32 + i] = round(d * (four | five)) - m;
    }
  }
}

/** Reads the sixteen signed scales of six bits of a Q3_K block. */
function signedScales(bytes: Uint8Array, at: number): number[] {
  return Array.from({ length: 16 }, (_, i) => {
    const low = ((bytes[at + (i % 8)] as number) >> (i < 8 ? 0 : 4)) & 15;
    const high = ((bytes[at + 8 + (i % 4)] as number) >> (2 * (i >> 2))) & 3;
    return (low | (high << 4)) - 32;
  });
}

export const BLOCK_FORMATS = {
  Q4_0: {
    elements: 32,
    bytes: 18,
    decode: (b, at, out, to) => {
      nibbles(b, at + 2, out, to, { scale: half(b, at), offset: 8, minimum: NONE });
    },
  },
  Q4_1: {
    elements: 32,
    bytes: 20,
    decode: (b, at, out, to) => {
      nibbles(b, at + 4, out, to, { scale: half(b, at), offset: 0, minimum: half(b, at + 2) });
    },
  },
  Q5_0: {
    elements: 32,
    bytes: 22,
    decode: (b, at, out, to) => {
      nibbles(b, at + 6, out, to, { scale: half(b, at), offset: 16, minimum: NONE }, uint32(b, at + 2));
    },
  },
  Q5_1: {
    elements: 32,
    bytes: 24,
    decode: (b, at, out, to) => {
      nibbles(b, at + 8, out, to, { scale: half(b, at), offset: 0, minimum: half(b, at + 2) }, uint32(b, at + 4));
    },
  },
  Q8_0: {
    elements: 32,
    bytes: 34,
    decode: (b, at, out, to) => {
      const scale = half(b, at);
      for (let i = 0; i < 32; i++) out[to + i] = scale * (((b[at + 2 + i] as number) << 24) >> 24);
    },
  },
  Q2_K: {
    elements: 256,
    bytes: 84,
    decode: (b, at, out, to) => {
      const [scale, minimum] = [half(b, at + 80), half(b, at + 82)];
      for (let i = 0; i < 256; i++) {
        const own = b[at + (i >> 4)] as number;
        const two = ((b[at + 16 + (i >> 7) * 32 + (i % 32)] as number) >> (2 * ((i >> 5) % 4))) & 3;
        out[to + i] = round(round(scale * (own & 15)) * two) - round(minimum * (own >> 4));
      }
    },
  },
  Q3_K: {
    elements: 256,
    bytes: 110,
    decode: (b, at, out, to) => {
      const [scale, scales] = [half(b, at + 108), signedScales(b, at + 96)];
      for (let i = 0; i < 256; i++) {
        const two = ((b[at + 32 + (i >> 7) * 32 + (i % 32)] as number) >> (2 * ((i >> 5) % 4))) & 3;
        const third = ((b[at + (i % 32)] as number) >> (i >> 5)) & 1;
        out[to + i] = round(scale * (scales[i >> 4] as number)) * (third === 1 ? two : two - 4);
      }
    },
  },
  Q4_K: {
    elements: 256,
    bytes: 144,
    decode: (b, at, out, to) => {
      groupsOf32(b, at, out, to, false);
    },
  },
  Q5_K: {
    elements: 256,
    bytes: 176,
    decode: (b, at, out, to) => {
      groupsOf32(b, at, out, to, true);
    },
  },
  Q6_K: {
    elements: 256,
    bytes: 210,
    decode: (b, at, out, to) => {
      const scale = half(b, at + 208);
      for (let i = 0; i < 256; i++) {
        const own = ((b[at + 192 + (i >> 4)] as number) << 24) >> 24;
        const [part, place] = [i >> 7, i % 128];
        const low = (b[at + part * 64 + (place % 64)] as number) >> (place < 64 ? 0 : 4);
        const high = (b[at + 128 + part * 32 + (place % 32)] as number) >> (2 * (place >> 5));
        out[to + i] = round(scale * own) * (((low & 15) | ((high & 3) << 4)) - 32);
      }
    },
  },
} as const satisfies Record<string, BlockFormat>;

export type BlockDtype = keyof typeof BLOCK_FORMATS;

export function isBlockDtype(dtype: string): dtype is BlockDtype {
  return Object.hasOwn(BLOCK_FORMATS, dtype);
}

/** Returns all values of a run of whole blocks, as f32. */
export function decodeBlocks(dtype: BlockDtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { elements, bytes: size, decode } = BLOCK_FORMATS[dtype];
  const count = bytes.length / size;
  const values = new Float32Array(count * elements);
  for (let block = 0; block < count; block++) decode(bytes, block * size, values, block * elements);
  return values;
}
