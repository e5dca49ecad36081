/** Where the package lives and which version it is. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Root folder of the installed package (the parent of dist/ or src/). */
export const PACKAGE_ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Version of amuro-eval, from its package.json. */
export const VERSION = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
  .version;
