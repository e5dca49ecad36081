import { describe, expect, test } from "vitest";
import { hexOf, MARK_COLOURS, seriesStyle } from "../../src/reports/palette.js";

/** Simulates deuteranopia on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0). */
const DEUTERANOPIA = [
  [0.367322, 0.860646, -0.227968],
  [0.280085, 0.672501, 0.047413],
  [-0.01182, 0.04294, 0.968881],
];
/** Turns linear sRGB into CIE XYZ (IEC 61966-2-1). */
const XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const WHITE = [0.95047, 1, 1.08883];

function times(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0));
}

function linear(hex: string): number[] {
  return [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
}

/** Returns CIE L*a*b* of linear RGB. */
function lab(rgb: readonly number[]): number[] {
  const [x = 0, y = 0, z = 0] = times(
    XYZ,
    rgb.map((c) => Math.min(1, Math.max(0, c))),
  ).map((value, i) => {
    const t = value / (WHITE[i] ?? 1);
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [a, b].map((hex) => times(XYZ, linear(hex))[1] ?? 0).sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** Sets the distance in L*a*b* from which two marks of a figure are told by colour at a glance. */
const CLEAR = 12;

describe.each(["light", "dark"] as const)("the colours of marks on a %s page", (theme) => {
  const pairs = MARK_COLOURS.flatMap((a, i) => MARK_COLOURS.slice(i + 1).map((b) => [a, b] as const));

  test.each([
    ["full colour vision", (rgb: number[]) => rgb],
    ["deuteranopia", (rgb: number[]) => times(DEUTERANOPIA, rgb)],
  ])("all differ clearly with %s", (_, seen) => {
    const close = pairs.filter(([a, b]) => distance(lab(seen(linear(hexOf(a, theme)))), lab(seen(linear(hexOf(b, theme))))) < CLEAR); // prettier-ignore
    expect(close).toEqual([]);
  });

  test("and can be read as text on either ground", () => {
    for (const ground of ["background", "surface"] as const) {
      const pale = MARK_COLOURS.filter((name) => contrast(hexOf(name, theme), hexOf(ground, theme)) < 4.5);
      expect(pale, ground).toEqual([]);
    }
  });
});

test("the simulation takes red and green of equal lightness together and leaves grey alone", () => {
  const seen = (hex: string) => lab(times(DEUTERANOPIA, linear(hex)));
  expect(distance(seen("#808080"), lab(linear("#808080")))).toBeLessThan(1);
  const [red, green] = ["#a0522d", "#5f6b2d"] as const;
  expect(distance(seen(red), seen(green))).toBeLessThan(distance(lab(linear(red)), lab(linear(green))) / 2);
});

test("series differ by colour and by shape, and the first 36 by one of the two", () => {
  const first = Array.from({ length: 6 }, (_, i) => seriesStyle(i));
  expect(new Set(first.map(({ colour }) => colour)).size).toBe(6);
  expect(new Set(first.map(({ shape }) => shape)).size).toBe(6);
  expect(new Set(Array.from({ length: 36 }, (_, i) => JSON.stringify(seriesStyle(i)))).size).toBe(36);
});
