/** Writes what every page has: colours, style and script inside it, and a policy that lets nothing else in. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../base/package-info.js";
import { html, type Html } from "../html.js";
import { declarations } from "../palette.js";

const FOLDER = import.meta.dirname;

/** Lists the scripts of each page, in the order in which they run; they lie beside this file. */
const SCRIPTS = {
  report: ["common", "prompts", "row-source", "row-matrix", "report", "figures"],
  // The rows lie beside the page, which reads them by a library that the build has bundled.
  folder: ["hyparquet", "common", "prompts", "row-source", "every-row", "row-matrix", "report", "figures"],
  leaderboard: ["common", "leaderboard", "figures"],
  comparison: ["common", "figures"],
} as const;

export interface Page {
  readonly title: string;
  readonly script: keyof typeof SCRIPTS;
  readonly body: Html;
}

/**
 * Writes a whole HTML document. Only the style and the scripts whose hashes it names take effect, and nothing is
 * fetched but, by a report that is a folder, the files of that folder.
 */
export function pageWith({ title, script, body }: Page): string {
  const style = pageStyle();
  const scripts = SCRIPTS[script].map((one) => (one === "hyparquet" ? hyparquet() : file(`${one}.client.js`)));
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(digest).join(" ")}`,
    `style-src ${digest(style)}`,
    // A figure is drawn as an image before it is saved as one.
    "img-src blob:",
    ...(script === "folder" ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const head = html`<meta charset="utf-8" /><meta http-equiv="Content-Security-Policy" content="${policy}" /><meta name="viewport" content="width=device-width, initial-scale=1" /><meta name="referrer" content="no-referrer" /><title>${title}</title>`;
  return `<!doctype html>
<html lang="en">
<head>${head.text}<style>${style}</style></head>
<body>
${body.text}
${scripts.map((text) => `<script>${text}</script>`).join("\n")}
</body>
</html>
`;
}

/** Writes the colours and the style of every page. */
export function pageStyle(): string {
  return `:root{color-scheme:light dark;${declarations("light")}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme="light"]){${declarations("dark")}}}
:root[data-theme="light"]{color-scheme:light}
:root[data-theme="dark"]{color-scheme:dark;${declarations("dark")}}
@media print{:root,:root[data-theme]{color-scheme:light;${declarations("light")}}}
${file("page.css")}`;
}

function file(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

function hyparquet(): string {
  return readFileSync(join(PACKAGE_ROOT, "dist", "reports", "page", "hyparquet.bundle.js"), "utf8");
}

function digest(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
