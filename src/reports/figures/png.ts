/** Turns figures into pixels. */

import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

/** Sets the pixels per unit of the figure: 760 units become 1,900 pixels, 16 cm at 300 dots per inch. */
const SCALE = 2.5;

const fonts = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) =>
  createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${file}`),
);

/** @param svg a whole SVG document with colours of its own; text is drawn in a font that comes with the package */
export function pngOf(svg: string): Uint8Array {
  const drawn = new Resvg(svg, {
    background: "#ffffff",
    fitTo: { mode: "zoom", value: SCALE },
    font: {
      fontFiles: fonts,
      loadSystemFonts: false,
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  return drawn.render().asPng();
}
