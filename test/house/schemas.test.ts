import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, it } from "vitest";

import { PUBLISHED_ANALYSIS } from "../../src/analysis/document/schema.js";
import { PUBLISHED_LEADERBOARD } from "../../src/leaderboard/entry.js";
import { PUBLISHED_RESULTS } from "../../src/store/results.js";
import { PUBLISHED_STUDY } from "../../src/study/study-schema.js";

const published = {
  analysis: PUBLISHED_ANALYSIS,
  leaderboard: PUBLISHED_LEADERBOARD,
  results: PUBLISHED_RESULTS,
  study: PUBLISHED_STUDY,
};

it.each(Object.entries(published))(
  "schemas/%s.schema.json is what scripts/write-schemas.mjs writes",
  (name, schema) => {
    const file = resolve(import.meta.dirname, `../../schemas/${name}.schema.json`);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(schema)));
  },
);
