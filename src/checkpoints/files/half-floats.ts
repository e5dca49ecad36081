/** Keeps the values of IEEE half-precision numbers. */

let table: Float32Array<ArrayBuffer> | undefined;

/** Returns the value of each of the 65536 codes, NaN and infinities included. */
export function halfValues(): Float32Array<ArrayBuffer> {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => fromHalf(bits));
  return table;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}
