/** Tests what inspect shows: prompts side by side with what differs marked, and as a page with every token. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sideBySide } from "../../../src/cli/output/inspect-columns.js";
import { oneScreen } from "../../../src/cli/output/inspect-short.js";
import { inspectPage } from "../../../src/cli/output/inspect-html.js";
import { byRow, type InspectedPrompt } from "../../../src/cli/output/inspected.js";
import { cliHost } from "../../support/cli.js";
import { tempFolder } from "../../support/temp-folder.js";

const runCli = cliHost();
const prompt = (change: Partial<InspectedPrompt> = {}): InspectedPrompt => ({
  task: "rte",
  prompt: "default",
  prompt_hash: "ab".repeat(32),
  axes: { wording: "default", format: null, persona: "none" },
  row: 3,
  text: "Premise: cats sit.\nAnswer:",
  tokens: ["Prem", "ise", ":", "Ġcats", "Ġsit", ".", "Ċ", "Answer", ":"],
  shots: 0,
  shots_dropped: 0,
  context_tokens: 9,
  right_answer: "yes",
  answers: [
    { text: "no", ids: [5], tokens: ["Ġno"] },
    { text: "yes", ids: [7, 8], tokens: ["Ġy", "es"] },
  ],
  ...change,
});
/** Text that is marked, without colours: each character is underlined. */
const markedText = (text: string) => text.replace(/(.)\u0332|[\s\S]/gu, (_, char: string | undefined) => char ?? "|");

describe("side by side", () => {
  const other = prompt({ prompt: "io", text: "PREMISE: cats sit.\nAnswer:" });

  test("only what differs from the first is marked", () => {
    const shown = sideBySide([prompt(), other], 83);
    expect(markedText(shown).replace(/\|+/g, "|")).toBe("|PREMISE|");
    const lines = shown.replaceAll("\u0332", "").split("\n");
    expect(lines[0]).toBe('── rte · row 3 · right answer "yes"');
    expect(lines[1]).toBe(`default${" ".repeat(33)} │ io`);
    expect(lines[2]).toBe(`Premise: cats sit.⏎${" ".repeat(21)} │ PREMISE: cats sit.⏎`);
    expect(lines[3]).toBe(`Answer:◂answer▸${" ".repeat(25)} │ Answer:◂answer▸`);
    expect(lines[5]).toBe("wording default, persona none            │ wording default, persona none");
    expect(lines[6]).toBe(`"no" = "Ġno"${" ".repeat(28)} │ "no" = "Ġno"`);
  });

  test("no line is wider than the terminal, and the first prompt is in every block", () => {
    const many = ["a", "b", "c", "d", "e"].map((id) => prompt({ prompt: id, text: `${id} word `.repeat(60) }));
    for (const width of [60, 80, 120, 210]) {
      const lines = sideBySide(many, width).replaceAll("\u0332", "").split("\n");
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      const heads = lines.filter((line) => /^a +│ [b-e]/.test(line));
      expect(heads.map((line) => line.replace(/\W+/g, ""))).toEqual(
        width < 117 ? ["ab", "ac", "ad", "ae"] : width < 158 ? ["abc", "ade"] : ["abcde"],
      );
    }
  });

  test("lines are broken between words, but in a word that is longer than a line", () => {
    const text = `the ${"unbroken ".repeat(30)}${"x".repeat(100)} end`;
    const lines = sideBySide([prompt({ text }), prompt({ prompt: "b", text })], 83)
      .split("\n")
      .slice(1);
    const left = lines.map((line) => line.split(" │ ")[0]?.trim() ?? "");
    expect(left.filter((line) => /unbro/.test(line)).every((line) => /^(the )?(unbroken ?)+$/.test(line))).toBe(true);
    expect(left.join("")).toContain("x".repeat(100));
  });

  test("texts with nothing in common are marked as a whole", () => {
    const long = Array.from({ length: 3000 }, (_, i) => `w${i}`).join(" ");
    const none = Array.from({ length: 3000 }, (_, i) => `v${i}`).join(" ");
    const shown = sideBySide([prompt({ text: long }), prompt({ text: none })], 120);
    expect(shown.match(/\u0332/g)?.length).toBeGreaterThan(none.length - 20);
  });
});

describe("one screen", () => {
  const long = prompt({
    text: Array.from({ length: 40 }, (_, i) => `line ${i}  of the text`).join("\n"),
    answers: Array.from({ length: 9 }, (_, i) => ({ text: `answer ${i}`, ids: [i], tokens: [`Ġ${i}`] })),
  });
  const others = Array.from({ length: 30 }, (_, i) => prompt({ prompt: `other-${i}` }));

  test("has the beginning and the end of the text, the answers, and the names of the first others", () => {
    for (const width of [60, 80, 120]) {
      const lines = oneScreen([long, ...others], width, false)
        .trimEnd()
        .split("\n");
      expect(lines.length).toBeLessThan(36);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      const text = lines.join(" ");
      expect(text).toContain("line 3  of the text [… 24 lines left out; --all shows them] line 28  of the text");
      expect(text).toContain('"answer 5" = "Ġ5", ids 5         and 3 more');
      expect(text).toContain("30 more prompts: other-0, other-1, ");
      expect(text).toContain("and 22 more; --all shows each beside the first, --html FILE every token");
    }
    const right = oneScreen([prompt()], 80, false).split("\n");
    expect(right).toContain('  right "yes" = "Ġy" "es", ids 7 8');
    expect(right.filter((line) => line.includes("more"))).toEqual([]);
  });

  test("with --all nothing of one prompt is left out", () => {
    const text = oneScreen([long], 80, true);
    expect(text).not.toMatch(/left out|more/);
    for (let i = 0; i < 40; i++) expect(text).toContain(`line ${i}  of the text\n`.slice(0, i === 39 ? -1 : undefined));
    expect(text).toContain('"answer 8"');
  });
});

describe("the page", () => {
  test("holds every token, the split and each answer's tokens; the right answer stands out", () => {
    const page = inspectPage([prompt(), prompt({ prompt: "io", tokens: ["Prem", "Z", ":"] })], "builtin");
    expect(page.match(/<span class="t[ "]/g)).toHaveLength(12);
    expect(page).toContain('<span class="t n">Z</span>');
    expect(page).toContain('<span class="t">Ċ</span><br>');
    expect(page.match(/<span class="split">answer<\/span><\/div>/g)).toHaveLength(2);
    expect(page).toContain(
      '<tr class="right"><td>&quot;yes&quot;</td><td><span class="a">Ġy</span><span class="a">es</span></td><td class="about">7 8</td></tr>',
    );
    expect(page).toContain("<tr><td>&quot;no&quot;</td>");
  });

  test("takes what rows, templates and vocabularies say as text, and loads nothing", () => {
    const evil = `</style><script>alert(1)</script><img src=x onerror='a' "b">&amp;`;
    const page = inspectPage(
      [
        prompt({
          task: evil,
          prompt: evil,
          tokens: [evil],
          right_answer: evil,
          answers: [{ text: evil, ids: [1], tokens: [evil] }],
        }),
      ],
      evil,
    );
    expect(page).not.toMatch(/<script|<img|onerror='/);
    expect(page).toContain("default-src &#39;none&#39;".replaceAll("&#39;", "'"));
    expect(page).not.toMatch(/https?:|url\(/);
    expect(page.match(/&amp;amp;/g)?.length).toBe(9);
  });
});

test("prompts are grouped by task and row", () => {
  const all = [prompt({ row: 1 }), prompt({ row: 2 }), prompt({ row: 1, prompt: "io" })];
  expect(byRow(all).map((prompts) => prompts.map(({ row, prompt: id }) => `${row}${id}`))).toEqual([
    ["1default", "1io"],
    ["2default"],
  ]);
});

test("a row of many prompts fits a screen; --all prints each beside the first", async () => {
  const folder = tempFolder();
  const args = ["inspect", "boolq", "--data", "sample", "--quiet"];
  const short = await runCli(args, folder);
  expect(short.code).toBe(0);
  expect(short.stdout.split("\n").length).toBeLessThan(40);
  expect(short.stdout).toMatch(/^── boolq · row \d+ · right answer "(yes|no)"\nprompt [^\n]+\n/);
  expect(short.stdout).toMatch(/answers as they are scored, with their tokens:\n +(right)? "no" = "Ġno", ids \d+\n/);
  expect(short.stdout.replaceAll("\n", " ")).toMatch(/23 more prompts: .* and 15 more; --all shows each/);
  const all = await runCli([...args, "--all"], folder);
  expect(all.stdout.length).toBeGreaterThan(10 * short.stdout.length);
});

test("inspect prints columns, or writes the page", async () => {
  const folder = tempFolder();
  const args = [
    "inspect",
    "arc_easy",
    "--data",
    "sample",
    "--num-fewshot",
    "1",
    "--prompts",
    "default,io+choices=letter",
    "--quiet",
  ];
  const shown = await runCli(args, folder);
  expect(shown.code).toBe(0);
  const plain = await runCli([...args, "--plain", "--all"], folder);
  expect(plain.stdout.match(/^prompt /gm)).toHaveLength(2);
  expect(plain.stdout).not.toContain("│");
  expect(shown.stdout).toMatch(/^── arc_easy · row \d+ · right answer ".*"\ndefault +│ io\+choices=letter\n/);
  expect(shown.stdout).toMatch(/│ "A" = "ĠA"\n/);
  const page = await runCli([...args, "--rows", "2", "--html", "page.html"], folder);
  expect([page.code, page.stdout]).toEqual([0, "page.html: 4 prompts\n"]);
  const html = readFileSync(join(folder, "page.html"), "utf8");
  expect(html.match(/<article/g)).toHaveLength(4);
  const json = await runCli([...args, "--json"], folder);
  const [first, second] = JSON.parse(json.stdout) as InspectedPrompt[];
  expect(first?.axes).toMatchObject({
    wording: "default",
    choices: "cloze",
    enumerator: null,
    shots: 1,
    persona: "none",
  });
  expect(second?.axes).toMatchObject({ wording: "io", choices: "letter", enumerator: "A." });
  expect(html).toMatch(/; wording default, choices cloze, shots 1, [^<]*persona none<\/p>/);
  expect(first?.tokens).toHaveLength(first?.context_tokens ?? -1);
  const nowhere = await runCli([...args, "--html", "no/folder/page.html"], folder);
  expect([nowhere.code, nowhere.stderr]).toEqual([
    1,
    expect.stringMatching(/^amuro-eval: cannot write no\/folder\/page.html: ENOENT/) as string,
  ]);
});
