/**
 * Holds the numbers of the two 8-bit floating-point types of safetensors (Micikevicius et al. 2022, arXiv:2209.05433):
 * E4M3 in the form without infinities (torch.float8_e4m3fn), and E5M2, which is the upper half of a half-precision
 * number.
 */

/** Holds the value of each of the 256 codes, NaN and infinities included. */
export const FLOAT8_VALUES = { F8_E4M3: codes(4, 7), F8_E5M2: codes(5, 15) } as const;

export type Float8 = keyof typeof FLOAT8_VALUES;

export function isFloat8(dtype: string): dtype is Float8 {
  return dtype in FLOAT8_VALUES;
}

function codes(exponentBits: number, bias: number): Float32Array<ArrayBuffer> {
  const fractionBits = 7 - exponentBits;
  const steps = 2 ** fractionBits;
  return Float32Array.from({ length: 256 }, (_, code) => {
    const sign = code & 0x80 ? -1 : 1;
    const exponent = (code & 0x7f) >> fractionBits;
    const fraction = (code & (steps - 1)) / steps;
    if (exponentBits === 4 && (code & 0x7f) === 0x7f) return NaN;
    if (exponentBits === 5 && exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
  });
}
