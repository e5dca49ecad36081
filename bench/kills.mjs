/**
 * Kills a real run at random moments, again and again, each time going on in the same folder, and compares what is
 * stored in the end with a run that was left alone: rows and results byte for byte, no row twice and none lost.
 *
 *   npm run build && node bench/kills.mjs [KILLS] [SEED]
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";
import seedrandom from "seedrandom";
import { exportLines } from "../dist/store/export-tables.js";
import { openStore } from "../dist/store/open-study-data.js";
import { listRuns } from "../dist/store/runs.js";

const [kills = "200", seed = "1"] = process.argv.slice(2);
const KILLS = Number(kills);
const MAIN = new URL("../dist/cli/main.js", import.meta.url).pathname;
// All three ways of answering: classification, choices and free text.
const COMMAND = [
  "--model",
  "builtin",
  "--data",
  "sample",
  "-t",
  "rte,arc_easy,xsum",
  "--prompts",
  "io,default",
  "-L",
  "5",
];

const random = seedrandom(seed);
const root = mkdtempSync(join(tmpdir(), "amuro-eval-kills-"));

/** @param limit milliseconds after which it is killed. @returns whether it ended by itself */
function run(args, limit = Infinity) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    const timer = limit === Infinity ? undefined : setTimeout(() => child.kill("SIGKILL"), limit);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (signal === "SIGKILL") resolve(false);
      else if (code === 0) resolve(true);
      else reject(new Error(`exit code ${code}: ${said}`));
    });
  });
}

/** Everything that is stored, but for times. */
async function stored(folder) {
  const { database } = await openStore(join(root, folder));
  const written = await exportLines(database, (await listRuns(database))[0], join(root, `${folder}-rows`));
  const rows = written.map((file) => readFileSync(file, "utf8"));
  const results = JSON.parse(readFileSync(join(root, folder, "results.json"), "utf8"));
  delete results.times;
  const [counts] = await database.all(
    "SELECT count(*)::INTEGER AS scores, count(DISTINCT (checkpoint, question))::INTEGER AS distinct FROM row_scores",
  );
  await database.close();
  return { text: [JSON.stringify(results, null, 1), ...rows].join("\n"), ...counts };
}

const started = performance.now();
await run([...COMMAND, "-o", "warm"]);
const before = performance.now();
await run([...COMMAND, "-o", "whole"]);
const duration = performance.now() - before;
const whole = await stored("whole");
console.log(`left alone: ${(duration / 1000).toFixed(1)} s, ${whole.scores} row scores`);

let done = 0;
let rounds = 0;
let resumed = 0;
let wrong = 0;
while (done < KILLS) {
  rmSync(join(root, "out"), { recursive: true, force: true });
  rmSync(join(root, "out-rows"), { recursive: true, force: true });
  while (done < KILLS && !(await run([...COMMAND, "-o", "out"], (0.1 + 0.9 * random()) * duration))) done++;
  await run([...COMMAND, "-o", "out"]);
  rounds++;
  const after = await stored("out");
  const isSame = after.text === whole.text && after.scores === whole.scores && after.distinct === whole.scores;
  if (!isSame) {
    wrong++;
    const lines = whole.text.split("\n");
    const others = after.text.split("\n").filter((line, i) => line !== lines[i]);
    console.log(`${after.scores} scores, ${after.distinct} of them distinct; ${others.length} lines differ:`);
    for (const line of others.slice(0, 3))
      console.log(`${line}\n  where it should be\n${lines[after.text.split("\n").indexOf(line)]}`);
  }
  resumed += after.scores;
  console.log(`${done} kills, ${rounds} runs brought to their end, ${wrong} of them wrong`);
}
rmSync(root, { recursive: true, force: true });
console.log(
  `${done} kills in ${rounds} runs (${((performance.now() - started) / 60_000).toFixed(1)} min, seed ${seed}), ${resumed} row scores: ` +
    (wrong === 0 ? "every run ended as the one that was left alone, byte for byte" : `${wrong} runs ended otherwise`),
);
process.exitCode = wrong === 0 ? 0 : 1;
