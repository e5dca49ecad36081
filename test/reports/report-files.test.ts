import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis } from "../../src/analysis/document/document.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { pngOf } from "../../src/reports/figures/png.js";
import { FORMATS, reportFiles, reportFolder, type Format } from "../../src/reports/report-files.js";
import { renderSummary } from "../../src/reports/terminal/terminal-summary.js";
import { hostile } from "../support/hostile.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

const SMALL = { tasks: ["rte", "xsum"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 6, rows: 30 };
const study = new SyntheticStudy(SMALL);
const hostileStudy = new SyntheticStudy({ ...SMALL, steps: [1000], text: hostile });
let analysis: Analysis;
let hostileAnalysis: Analysis;
beforeAll(async () => {
  analysis = await analyse(readStudy(study), { seed: 42 });
  hostileAnalysis = await analyse(readStudy(hostileStudy), { seed: 42 });
});

async function files(format: Format, own = study, of = analysis): Promise<Map<string, string | Uint8Array>> {
  const found = new Map<string, string | Uint8Array>();
  for await (const { path, content } of reportFiles(own, of, format)) found.set(path, content);
  return found;
}
const textOf = async (format: Format) => String([...(await files(format)).values()][0]);

test("a folder holds every row of every checkpoint as Parquet, hostile texts too", async () => {
  const found = new Map<string, string | Uint8Array>();
  for await (const { path, content } of reportFolder(hostileStudy, hostileAnalysis)) found.set(path, content);
  expect([...found.keys()].filter((path) => /^(report\.html|rows\/[^/]+\.(scores|texts)\.parquet)$/.test(path))).toHaveLength(5); // prettier-ignore
  const [task] = hostileStudy.results.tasks;
  const [path] = [...found.keys()];
  const bytes = found.get(path ?? "") as Uint8Array;
  const lines = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer }); // prettier-ignore
  expect(lines).toHaveLength(2 * SMALL.rows);
  const [tuned] = hostileStudy.results.checkpoints.slice(-1);
  const prompt = task?.prompts[4]?.id ?? "";
  const rows = (await hostileStudy.rows(tuned?.name ?? "", task?.name ?? "", prompt)) ?? [];
  const stored = lines.slice(SMALL.rows) as { row: number; mean: number; scores: number[]; choices: number[]; logprobs: number[][] }[]; // prettier-ignore
  expect(stored.map(({ row, scores }) => [row, scores[4]])).toEqual(rows.map(({ row, metrics }) => [row, metrics["acc"]])); // prettier-ignore
  expect(stored.map(({ choices }) => choices[4])).toEqual(rows.map(({ answer }) => answer));
  expect(stored[3]?.logprobs[4]?.[1]).toBeCloseTo(rows[3]?.logprobs?.[1] ?? NaN, 3);
});

describe("formats", () => {
  test.each(FORMATS.filter((format) => format !== "png"))(
    "%s: equal results give equal bytes, file names are plain",
    async (format) => {
      const first = await files(format);
      expect(await files(format)).toEqual(first);
      expect(first.size).toBeGreaterThan(0);
      for (const path of (await files(format, hostileStudy, hostileAnalysis)).keys()) {
        expect(path).toMatch(/^(report\.[a-z]+|(tables|figures)\/[A-Za-z0-9_.=%~-]{1,200}\.[a-z]+)$/);
      }
    },
  );

  test("Markdown: a line for each task of each pair", async () => {
    const lines = (await textOf("md")).split("\n");
    expect(lines).toContain("## olmo-step738000, SFT on paws");
    expect(lines).toContain(
      "| task | metric | prompts × rows | shots (median) | chance | majority | mean before | mean after | change \\[95 %, new prompts and rows\\] | SD before \\[95 %\\] | SD after \\[95 %\\] | SD change \\[95 %\\] | raw SD | worst | PSS | one answer | SD changed? |",
    );
    const rte = analysis.comparisons.find(({ sft, task }) => sft === "olmo-step738000-paws" && task === "rte");
    const row = lines.find((line) => line.startsWith("| rte | accuracy | 6 × 30 |"));
    expect(row).toContain(`| 6 × 30 | 4 | 0.500 | 0.500 | ${rte?.level.before.toFixed(3)} ± `);
    expect(row).toContain(`| ${rte?.verdict} (p`);
    expect(lines.filter((line) => line.startsWith("| xsum | ROUGE-L F1 | 6 × 30 |"))).toHaveLength(2);
  });

  test("LaTeX: one table a pair, braces in balance, names escaped", async () => {
    const text = await textOf("tex");
    expect(text.match(/\\begin\{table\}/g)).toHaveLength(2);
    const heads = [...text.matchAll(/^ {4}Task & (.*) \\\\$/gm)].map(([, own]) => own ?? "");
    expect(heads.slice(0, heads.length / 2).join(" & ")).toBe(
      String.raw`prompts $\times$ rows & shots (median) & chance & majority & mean before & mean after & change & SD before & SD after & raw SD & PSS & SD changed?`,
    );
    expect(text).toMatch(
      /^ {4}rte & \$6 \\times 30\$ & \$4\$ & \$0\.500\$ & \$0\.500\$ & \$0\.\d{3} \\pm 0\.\d{3}\$ \\\\$/m,
    );
    const bare = text.replace(/\\[{}]/g, "");
    expect(bare.split("{").length).toBe(bare.split("}").length);
  });

  test("write every prompt of every checkpoint as CSV", async () => {
    const text = String((await files("csv")).get("tables/prompts.csv"));
    expect(text.trim().split("\r\n")).toHaveLength(1 + 4 * 2 * 6);
    expect(text.split("\r\n")[0]).toMatch(
      /^checkpoint,task,metric,prompt,rows,mean,stderr,mean_low,mean_high,label_mass,unparseable,seen,axis_/,
    );
  });

  test("figures stand alone: no names of colours, and PNG has the figure's size", async () => {
    const svg = await files("svg");
    for (const content of svg.values()) {
      expect(content).not.toContain("var(--");
      expect(content).not.toContain("<style");
    }
    const name = [...svg.keys()].find((path) => path.startsWith("figures/rte--") && path.endsWith("prompts.svg")) ?? "";
    const png = Buffer.from(pngOf(String(svg.get(name))));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.readUInt32BE(16)).toBe(1900);
  });
});

test("a figure whose every name is hostile is an image and nothing else", async () => {
  const figures = await files("svg", hostileStudy, hostileAnalysis);
  for (const content of figures.values()) {
    expect(String(content)).not.toMatch(/<(script|img|a|style|foreignObject)\b/i);
    const withoutValues = String(content).replace(/"[^"]*"/g, '""');
    expect(withoutValues).not.toMatch(/<[^>]* (on[a-z]+|href)=/i);
  }
  const [name, content] = [...figures].find(([path]) => path.includes("prompts")) ?? ["", ""];
  expect(pngOf(String(content)).length, name).toBeGreaterThan(1000);
});

describe("the page", () => {
  test("has a policy with hashes, no inline style or handler, and its own size", async () => {
    const text = await textOf("html");
    expect(text).toMatch(
      /content="default-src &#39;none&#39;; script-src( &#39;sha256-[^ ]+&#39;)+; style-src &#39;sha256-/,
    );
    expect(text).not.toMatch(/<[a-z]+[^>]* style=/);
    expect(text).not.toMatch(/\bhttps?:\/\/(?!www\.w3\.org)/);
    const size = /<span id="size">([\d.]+) kB<\/span>/.exec(text)?.[1];
    expect(Number(size)).toBeCloseTo(Buffer.byteLength(text) / 1000, 0);
  });
});

describe("the summary of a terminal", () => {
  test.each([72, 80, 100, 200])("no line is longer than %i columns, and none steers the terminal", (width) => {
    for (const one of [analysis, hostileAnalysis]) {
      const text = renderSummary(one, width, "/somewhere/report.html");
      for (const line of text.split("\n")) expect(Array.from(line).length, line).toBeLessThanOrEqual(width);
      expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    }
  });

  test("says the answer, both SDs, and where to look", () => {
    const text = renderSummary(analysis, 120, "/somewhere/report.html");
    expect(text).toMatch(/^After SFT on paws .* 2 tasks; the mean score /m);
    expect(text).toMatch(/^ {2}task +chance +mean +change \[ \] +SD +PSS +one answer +SD changed\?$/m);
    expect(text).toMatch(/^Look at$/m);
    expect(text).toContain("/somewhere/report.html: every prompt and row");
  });
});
