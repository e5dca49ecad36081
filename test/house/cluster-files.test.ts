/**
 * Tests the files of docs/clusters.md that one can submit: scripts that a shell reads, YAML, a study file that is
 * accepted.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { completedStudy } from "../../src/study/study-file.js";

const text = readFileSync(join(import.meta.dirname, "../../docs/clusters.md"), "utf8");
const blocks = [...text.matchAll(/^```(sh|yaml)\n(.*?)^```$/gms)].map(([, kind, body]) => ({
  kind,
  body: String(body),
}));
const scripts = blocks.filter(({ kind }) => kind === "sh").map(({ body }) => body);
const files = blocks.filter(({ kind }) => kind === "yaml").map(({ body }) => body);

describe("docs/clusters.md", () => {
  test.skipIf(process.platform === "win32")("has scripts that bash reads", () => {
    expect(scripts.length).toBeGreaterThan(5);
    for (const body of scripts) execFileSync("bash", ["-n"], { input: body });
  });

  test("has job scripts whose directives come before the first command and name a value", () => {
    const jobs = scripts.filter((body) => body.includes("#SBATCH"));
    expect(jobs.length).toBeGreaterThan(3);
    for (const body of jobs) {
      expect(body.startsWith("#!/bin/bash\n")).toBe(true);
      const lines = body.split("\n").slice(1);
      const first = lines.findIndex((line) => !line.startsWith("#SBATCH"));
      expect(lines.slice(first).join("\n")).not.toContain("#SBATCH");
      for (const line of lines.slice(0, first)) expect(line).toMatch(/^#SBATCH --(requeue|[a-z-]+=\S+)$/);
    }
  });

  test("has YAML without errors: a study file that is accepted and an indexed job", () => {
    const contents = files.map((body) => {
      const document = parseDocument(body);
      expect(document.errors).toEqual([]);
      return document.toJS() as Record<string, unknown>;
    });
    const study = contents.find((content) => "sft" in content);
    expect(completedStudy(study, "docs/clusters.md")).toMatchObject({ serve: "vllm", sft: { engine: "trl" } });
    const job = contents.find((content) => content["kind"] === "Job");
    expect(job).toMatchObject({ apiVersion: "batch/v1", spec: { completionMode: "Indexed", completions: 16 } });
    expect(contents).toHaveLength(2);
  });
});
