/**
 * Holds the colours of pages and figures. Before and after differ for every kind of colour vision (blue against orange)
 * and are also told apart by shape. Contrasts of text are at least 4.5, of marks at least 3, on either background.
 */

interface Shade {
  readonly light: string;
  readonly dark: string;
}

const PALETTE = {
  "background": { light: "#ffffff", dark: "#14171c" },
  "surface": { light: "#f6f7f9", dark: "#1c2128" },
  "line": { light: "#d5d9e0", dark: "#39414d" },
  "text": { light: "#1b1f24", dark: "#e8ebef" },
  "muted": { light: "#57606c", dark: "#a3adba" },
  "link": { light: "#0b5cad", dark: "#79b8ff" },
  "before": { light: "#b35900", dark: "#ffa657" },
  "after": { light: "#0969a8", dark: "#62b5f5" },
  "good": { light: "#0f6b4f", dark: "#57c99a" },
  "bad": { light: "#a82a3c", dark: "#ff8f9c" },
  "series-1": { light: "#0969a8", dark: "#62b5f5" },
  "series-2": { light: "#00795c", dark: "#45c9a3" },
  "series-3": { light: "#a03d86", dark: "#f092d4" },
  "series-4": { light: "#7a6200", dark: "#dcc04f" },
  "series-5": { light: "#5a51b5", dark: "#ada6ff" },
  "series-6": { light: "#4f5b66", dark: "#b7c3cf" },
  "fall-3": { light: "#b35806", dark: "#d0751b" },
  "fall-2": { light: "#f1a340", dark: "#90561d" },
  "fall-1": { light: "#fddfb8", dark: "#4f3a25" },
  "level-0": { light: "#f3f3f3", dark: "#2a2f36" },
  "rise-1": { light: "#cfe1f2", dark: "#22405c" },
  "rise-2": { light: "#7ab1dc", dark: "#276492" },
  "rise-3": { light: "#1f6fae", dark: "#3d8fcf" },
  "on-fall-3": { light: "#ffffff", dark: "#000000" },
  "on-rise-3": { light: "#ffffff", dark: "#000000" },
} as const satisfies Record<string, Shade>; // prettier-ignore

export type Colour = keyof typeof PALETTE;

/** Returns a colour that follows the theme of the page. */
export function colour(name: Colour): string {
  return `var(--${name})`;
}

/** Returns colour of the i-th of several series. */
export function seriesColour(i: number): string {
  return colour(`series-${(i % 6) + 1}` as Colour);
}

/** Writes the declarations of all colours for one theme. */
export function declarations(theme: keyof Shade): string {
  return Object.entries(PALETTE)
    .map(([name, shade]) => `--${name}:${shade[theme]}`)
    .join(";");
}

/** Names of colours replaced by those of the light theme: for figures that stand outside a page. */
export function withLightColours(svg: string): string {
  return svg.replace(/var\(--([a-z0-9-]+)\)/g, (whole, name: string) => {
    return name in PALETTE ? PALETTE[name as Colour].light : whole;
  });
}

/** Lists seven steps from a fall to a rise, and the colour of text on each. */
export const DIVERGING = ["fall-3", "fall-2", "fall-1", "level-0", "rise-1", "rise-2", "rise-3"] as const;

/**
 * Finds the step of {@link DIVERGING} for a change: steps are equally wide, and the largest change in size is at the
 * end.
 */
export function divergingStep(value: number, largest: number): (typeof DIVERGING)[number] {
  const place = largest > 0 ? Math.round(3 + (3 * Math.max(-largest, Math.min(largest, value))) / largest) : 3;
  return DIVERGING[place] ?? "level-0";
}

/** Returns the colour of text on a step of {@link DIVERGING}. */
export function textOn(step: (typeof DIVERGING)[number]): string {
  if (step === "fall-3") return colour("on-fall-3");
  return step === "rise-3" ? colour("on-rise-3") : colour("text");
}
