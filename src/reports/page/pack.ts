/** Compresses the parts of a page that are shown on demand, so that a large study stays one small file. */

import { gzipSync } from "node:zlib";
import { html, type Html } from "../html.js";

/**
 * Writes a script element that no browser runs, holding the text as base64 of gzip; the page's own script unpacks it.
 */
export function packed(id: string, text: string): Html {
  // The time is left out of the header by zlib, so equal pages are equal bytes.
  return html`<script type="text/plain" id="${id}">${gzipSync(text, { level: 9 }).toString("base64")}</script>`;
}
