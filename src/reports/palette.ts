/**
 * Holds the colours of pages and figures. Each has one meaning, and those of marks differ from one another for people
 * with full colour vision and with deuteranopia; before and after, and the series, are also told by their shapes.
 * Contrasts of text are at least 4.5 and of marks at least 3 on either background.
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
  "rise": { light: "#006b4f", dark: "#5fd0a5" },
  "fall": { light: "#9b2393", dark: "#f58be6" },
  "series-1": { light: "#020aff", dark: "#e9f10e" },
  "series-2": { light: "#661904", dark: "#2ca84f" },
  "series-3": { light: "#a82df4", dark: "#f4e1a8" },
  "series-4": { light: "#c63a4b", dark: "#2e95fd" },
  "series-5": { light: "#2414a8", dark: "#1da39a" },
  "series-6": { light: "#6b0051", dark: "#92f8f0" },
  "fall-3": { light: "#9b2393", dark: "#d678cb" },
  "fall-2": { light: "#cf8fca", dark: "#84407c" },
  "fall-1": { light: "#f1dcef", dark: "#43283f" },
  "level-0": { light: "#f3f3f3", dark: "#2a2f36" },
  "rise-1": { light: "#d5ecdf", dark: "#1d3d31" },
  "rise-2": { light: "#7fc0a3", dark: "#24705a" },
  "rise-3": { light: "#006b4f", dark: "#4fbd95" },
  "on-fall-3": { light: "#ffffff", dark: "#000000" },
  "on-rise-3": { light: "#ffffff", dark: "#000000" },
} as const satisfies Record<string, Shade>; // prettier-ignore

export type Colour = keyof typeof PALETTE;

/** Returns a colour that follows the theme of the page. */
export function colour(name: Colour): string {
  return `var(--${name})`;
}

/** Lists the colours of marks by what they mean. */
export const MARK_COLOURS = [
  "before", "after", "rise", "fall", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6",
] as const satisfies readonly Colour[]; // prettier-ignore

/** Lists the shapes of several series, as Observable Plot calls them. */
export const SERIES_SHAPES = ["circle", "square", "triangle", "diamond", "star", "cross"] as const;
export type SeriesShape = (typeof SERIES_SHAPES)[number];

/** Returns colour and shape of the i-th of several series; the first 36 differ. */
export function seriesStyle(i: number): { readonly colour: string; readonly shape: SeriesShape } {
  const shape = SERIES_SHAPES[i % 6] ?? "circle";
  return { colour: colour(`series-${((i + Math.floor(i / 6)) % 6) + 1}` as Colour), shape };
}

/** Returns a colour of one theme as `#rrggbb`. */
export function hexOf(name: Colour, theme: keyof Shade): string {
  return PALETTE[name][theme];
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
