// What rows, distinct tokens and one more prompt cost.
//
//     npm run build && node bench/scaling.mjs --model FOLDER [--data FOLDER] [--threads 2] [--repeats 3]
//         [--clock processor] [--svg FILE]
import { writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { openEngine } from "../dist/engine/open.js";
import { clock } from "./lib/clock.mjs";
import { cellsOf, checkpointFolder, median, option } from "./lib/requests.mjs";

const folder = await checkpointFolder(option("model", "builtin"));
const threads = Number(option("threads", "2"));
const repeats = Number(option("repeats", "3"));
const data = option("data", "sample");
const engine = await openEngine({ folder, device: "cpu", threads });
await engine.score([{ segments: ["warm up"], continuations: [" now"], mode: "sequence" }]);

async function timed(requests) {
  let last;
  const started = clock();
  await engine.score(requests, (progress) => (last = progress));
  return { seconds: (clock() - started) / 1000, distinct: last.distinctTokens - last.reusedTokens };
}

let salt = 0;
/** Returns the requests under a beginning of their own, so that no earlier call has left anything of use. */
function anew(requests) {
  salt++;
  return requests.map((request) => ({ ...request, segments: [`${salt} `, ...request.segments] }));
}

const points = [];
console.log("## Cost by rows and distinct tokens\n");
console.log("| task | rows | distinct tokens | seconds | ms per token |");
console.log("| --- | ---: | ---: | ---: | ---: |");
const cells = (await cellsOf(["mnli_matched", "arc_easy", "hellaswag"], data, 80)).filter(({ prompt }) => prompt === "default"); // prettier-ignore
for (const { task, requests } of cells) {
  for (const rows of [5, 10, 20, 40, 80].filter((count) => count <= requests.length)) {
    const runs = [];
    for (let i = 0; i < repeats; i++) runs.push(await timed(anew(requests.slice(0, rows))));
    const [distinct, seconds] = [runs[0].distinct, median(runs.map((run) => run.seconds))];
    points.push({ task, rows, distinct, seconds });
    console.log(`| ${task} | ${rows} | ${distinct} | ${seconds.toFixed(2)} | ${((1000 * seconds) / distinct).toFixed(2)} |`); // prettier-ignore
  }
}

/** Least squares of seconds on x. */
function line(x) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean(x), mean(({ seconds }) => seconds)];
  const slope = mean((p) => (x(p) - mx) * (p.seconds - my)) / mean((p) => (x(p) - mx) ** 2);
  const rest = mean((p) => (p.seconds - my - slope * (x(p) - mx)) ** 2);
  return { slope, start: my - slope * mx, r2: 1 - rest / mean((p) => (p.seconds - my) ** 2) };
}
const fit = line(({ distinct }) => distinct);
console.log(`\nseconds = ${fit.start.toFixed(2)} + ${(1000 * fit.slope).toFixed(3)} ms x distinct tokens, R² = ${fit.r2.toFixed(4)}\n`); // prettier-ignore

console.log("## One more prompt (mnli_matched, default)\n");
console.log("| rows | what is shared | first, s | tokens | one more, s | tokens | share of time | share of tokens |");
console.log("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
const [{ requests: mnli }] = cells;
const last = (request, change) => ({
  ...request,
  segments: [...request.segments.slice(0, -1), change(request.segments.at(-1))],
});
const bare = (request) => ({ ...request, segments: request.segments.slice(-1) });
const KINDS = [
  ["the shots", (r) => r, (r) => last(r, (text) => text.replace("### Input_1", "### Text_1"))],
  ["the shots and the rows, up to the last line", (r) => r, (r) => last(r, (text) => text.replace(/[^\n]*$/, " ### Relation: "))], // prettier-ignore
  ["the whole prompt (no shots, other answers)", bare, (r) => ({ ...bare(r), continuations: ["yes", "maybe", "no"] })],
];
for (const rows of [5, 20, 80].filter((count) => count <= mnli.length)) {
  for (const [kind, one, another] of KINDS) {
    const runs = [];
    for (let i = 0; i < repeats; i++) {
      const first = anew(mnli.slice(0, rows).map(one));
      const second = mnli.slice(0, rows).map(another).map((request) => ({ ...request, segments: [`${salt} `, ...request.segments] })); // prettier-ignore
      const a = await timed(first);
      // The shots are in the cache of prefixes; rows are shared where both prompts are asked in one call.
      if (kind === "the shots") runs.push({ a, b: await timed(second) });
      else {
        salt++;
        const under = (requests) => requests.map((request) => ({ ...request, segments: [`${salt} `, ...request.segments.slice(1)] })); // prettier-ignore
        const both = await timed([...under(first), ...under(second)]);
        runs.push({ a, b: { seconds: both.seconds - a.seconds, distinct: both.distinct - a.distinct } });
      }
    }
    const [a, b] = ["a", "b"].map((which) => median(runs.map((run) => run[which].seconds)));
    const [first] = runs;
    console.log(`| ${rows} | ${kind} | ${a.toFixed(2)} | ${first.a.distinct} | ${b.toFixed(2)} | ${first.b.distinct} | ${(100 * b / a).toFixed(0)} % | ${(100 * first.b.distinct / first.a.distinct).toFixed(0)} % |`); // prettier-ignore
  }
}
await engine.close();

const file = option("svg");
if (file) {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const panel = (x, label, marks, offset) => {
    const svg = Plot.plot({
      document,
      width: 360,
      height: 280,
      marginLeft: 50,
      x: { label, grid: true },
      y: { label: "seconds", grid: true },
      color: { domain: cells.map(({ task }) => task), range: ["#0072b2", "#d55e00", "#009e73"], legend: false },
      marks,
    });
    svg.setAttribute("x", String(offset));
    svg.removeAttribute("class");
    svg.querySelector("style")?.remove();
    return svg.outerHTML;
  };
  const dots = (x) => Plot.dot(points, { x, y: "seconds", stroke: "task", r: 4 });
  const names = Plot.text(points, Plot.selectLast({ x: "rows", y: "seconds", z: "task", text: "task", fill: "task", textAnchor: "end", dy: -10 })); // prettier-ignore
  const most = Math.max(...points.map(({ distinct }) => distinct));
  const fitted = Plot.line([0, most].map((x) => [x, fit.start + fit.slope * x]), { stroke: "#666", strokeDasharray: "4 3" }); // prettier-ignore
  const rows = panel("rows", "rows →", [Plot.line(points, { x: "rows", y: "seconds", stroke: "task" }), dots("rows"), names], 0); // prettier-ignore
  const tokens = panel("distinct", "distinct tokens →", [fitted, dots("distinct")], 370);
  writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 730 280" role="img" aria-label="Seconds by rows and by distinct tokens" font-family="system-ui, sans-serif" font-size="10"><rect width="730" height="280" fill="white"/>${rows}${tokens}</svg>\n`); // prettier-ignore
}
