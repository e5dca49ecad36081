/**
 * Runs `amuro-eval leaderboard RESULTS…`: a static site over the results of many runs and the leaderboards of others.
 */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { analyse } from "../../analysis/analyse.js";
import { readStudy } from "../../analysis/read/read-study.js";
import { messageOf, UsageError, UserError } from "../../base/errors.js";
import { hashValue } from "../../base/hash.js";
import { leaderboardOf, othersEntries } from "../../leaderboard/boards.js";
import type { Entry } from "../../leaderboard/entry.js";
import { studyEntries } from "../../leaderboard/from-study.js";
import { leaderboardPage } from "../../reports/leaderboard/site.js";
import { taskAnchors } from "../../reports/page/anchors.js";
import { reportPage } from "../../reports/page/report-page.js";
import type { ImportOptions } from "../../importers/importer.js";
import { openAny } from "../../library/compare.js";
import { foreignKind } from "../../library/import.js";
import { counted, sized } from "../../base/wording.js";
import { textOf } from "../../base/utf8.js";
import type { Console } from "../output/console.js";
import { seedOf } from "../../library/render-report.js";
import { writeReportFile } from "./report.js";

export interface LeaderboardFlags {
  readonly out: string;
  /** What files of other programs leave open. */
  readonly import?: ImportOptions;
  readonly json: boolean;
}

/**
 * Reads and checks everything before it writes anything.
 * @param sources folders of results, files of other programs, leaderboard.json files
 * @throws UserError when a source is refused: then nothing is written
 */
export async function leaderboardCommand(
  sources: readonly string[],
  { out, import: importing = {}, json }: LeaderboardFlags,
  console: Console,
): Promise<void> {
  if (sources.length === 0) throw new UsageError("leaderboard: name the results of runs or leaderboard.json files");
  const entries: Entry[] = [];
  const pages: { path: string; text: string }[] = [];
  for (const source of sources) {
    console.info(`reading ${source}`);
    if ((await isFile(source)) && (await foreignKind(source, importing)) === undefined) {
      entries.push(...othersEntries(await readText(source), source));
      continue;
    }
    const { own, page } = await studyOf(source, importing);
    entries.push(...own);
    pages.push(page);
  }
  const leaderboard = leaderboardOf(entries);
  const files = [
    ...pages,
    { path: "leaderboard.json", text: `${JSON.stringify(leaderboard)}\n` },
    { path: "index.html", text: leaderboardPage(leaderboard) },
  ];
  for (const { path, text } of files) await writeReportFile(join(out, path), text);
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const total = {
    out,
    entries: leaderboard.entries.length,
    boards: leaderboard.boards.length,
    reports: pages.length,
    bytes,
  };
  if (json) console.out(JSON.stringify(total, null, 2));
  else {
    console.out(
      `${join(out, "index.html")}: ${total.entries} entries on ${counted(total.boards, "board")}, ${counted(total.reports, "report")}, ${sized(bytes)}`,
    );
  }
}

async function studyOf(
  source: string,
  importing: ImportOptions,
): Promise<{ own: Entry[]; page: { path: string; text: string } }> {
  const study = await openAny({ path: source, importing });
  try {
    const { command, checkpoints, tasks } = study.results;
    const id = hashValue([command, checkpoints, tasks]).slice(0, 16);
    const anchors = taskAnchors(tasks.map(({ name }) => name));
    const own = await studyEntries(study, (task) => `reports/${id}.html#${encodeURI(anchors.get(task) ?? "")}`);
    const analysis = await analyse(readStudy(study), { seed: seedOf(study.results) });
    return { own, page: { path: `reports/${id}.html`, text: await reportPage(study, analysis) } };
  } finally {
    await study.close();
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return path.endsWith(".json") && !path.endsWith("results.json") && (await stat(path)).isFile();
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  });
  return textOf(bytes, path);
}
