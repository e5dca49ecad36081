/** Exports as Every Eval Ever, against its published schemas, where ../shared/data lies next to the checkout. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { exportEveryEvalEver } from "../../src/exports/every-eval-ever.js";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { tempFolder } from "../support/temp-folder.js";

const schemas = join(import.meta.dirname, "../../../shared/data/schemas");
const golden = join(import.meta.dirname, "../golden/import");

describe.skipIf(!existsSync(schemas))("published schemas of Every Eval Ever", () => {
  const validator = (name: string) => {
    const schema = JSON.parse(readFileSync(join(schemas, `every_eval_ever.${name}.schema.json`), "utf8")) as object;
    return new Ajv({ strict: false, validateFormats: false }).compile(schema);
  };

  test.each([["lm-eval"], ["promptfoo"], ["inspect/eval"]])("an import of %s is exported as they say", async (kind) => {
    const out = join(tempFolder(), "results");
    await importResults(
      undefined,
      [join(golden, kind)],
      out,
      kind === "inspect/eval" ? { promptFrom: "template" } : {},
      IMPORTERS,
    );
    const study = await openStudyData(out);
    const folder = tempFolder();
    const files = await exportEveryEvalEver(study, await analyse(readStudy(study), { seed: 1 }), folder);
    await study.close();
    const [document, instance] = [validator("eval"), validator("instance")];
    for (const file of files) {
      const text = readFileSync(file, "utf8");
      if (file.endsWith(".json")) {
        expect(document(JSON.parse(text)), JSON.stringify(document.errors)).toBe(true);
        continue;
      }
      for (const line of text.split("\n").filter(Boolean))
        expect(instance(JSON.parse(line)), JSON.stringify(instance.errors)).toBe(true);
    }
  });
});
