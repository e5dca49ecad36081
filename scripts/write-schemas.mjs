// Writes schemas/*.schema.json from the schemas in src/: npm run build && node scripts/write-schemas.mjs
import { writeFileSync } from "node:fs";
import prettier from "prettier";

import { PUBLISHED_ANALYSIS } from "../dist/analysis/document/schema.js";

const root = new URL("../", import.meta.url);
const options = await prettier.resolveConfig(new URL("package.json", root));

for (const [name, schema] of Object.entries({ analysis: PUBLISHED_ANALYSIS })) {
  const text = await prettier.format(JSON.stringify(schema), { ...options, parser: "json" });
  writeFileSync(new URL(`schemas/${name}.schema.json`, root), text);
}
