// Writes schemas/*.schema.json from the schemas in src/: npm run build && node scripts/write-schemas.mjs
import { writeFileSync } from "node:fs";
import prettier from "prettier";

import { PUBLISHED_ANALYSIS } from "../dist/analysis/document/schema.js";
import { PUBLISHED_LEADERBOARD } from "../dist/leaderboard/entry.js";
import { PUBLISHED_RESULTS } from "../dist/store/results.js";
import { PUBLISHED_STUDY } from "../dist/study/study-schema.js";

const PUBLISHED = {
  analysis: PUBLISHED_ANALYSIS,
  leaderboard: PUBLISHED_LEADERBOARD,
  results: PUBLISHED_RESULTS,
  study: PUBLISHED_STUDY,
};

const root = new URL("../", import.meta.url);
const options = await prettier.resolveConfig(new URL("package.json", root));

for (const [name, schema] of Object.entries(PUBLISHED)) {
  const text = await prettier.format(JSON.stringify(schema), { ...options, parser: "json" });
  writeFileSync(new URL(`schemas/${name}.schema.json`, root), text);
}
