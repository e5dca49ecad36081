// Drives a report, a leaderboard and the page that runs a model in Firefox (WebDriver BiDi) and in WebKitGTK
// (WebDriver), Debian's firefox-esr and webkit2gtk-driver: node scripts/other-browsers.mjs prints what each did.
// WebKitGTK needs a display: xvfb-run -a node scripts/other-browsers.mjs, by root with
// WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1. A browser that is not there is left out.
// After `npm run build`. Exit code 1 where something differs from what Chromium does in `npm run test:browser`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import { createJiti } from "jiti";

/* global fetch -- Node has it */
const { ws: WebSocket } = createRequire(import.meta.url)("playwright-core/lib/utilsBundle");
const folder = mkdtempSync(join(tmpdir(), "other-browsers-"));
const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" }; // prettier-ignore

function cli(...args) {
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** Asks again until an answer is true, for at most so many seconds. */
async function until(ask, seconds, what) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await rest(100)) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

/** Starts Firefox and returns how it is driven. */
async function firefox() {
  const port = 9300 + (process.pid % 500);
  const process_ = spawn("/usr/bin/firefox-esr", ["--headless", "--no-remote", "--profile", mkdtempSync(join(folder, "firefox-")), "--remote-debugging-port", String(port)], { stdio: "ignore" }); // prettier-ignore
  const socket = await until(async () => {
    const one = new WebSocket(`ws://127.0.0.1:${port}/session`);
    await new Promise((done, failed) => one.on("open", done).on("error", failed));
    return one;
  }, 60, "Firefox"); // prettier-ignore
  const waiting = new Map();
  let id = 0;
  socket.on("message", (text) => {
    const answer = JSON.parse(text);
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const send = async (method, params) => {
    const answer = await new Promise((done) => {
      waiting.set(++id, done);
      socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.type === "error") throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  };
  const { capabilities } = await send("session.new", { capabilities: {} });
  const { contexts } = await send("browsingContext.getTree", {});
  const { context } = contexts[0];
  return {
    name: `Firefox ${capabilities.browserVersion}`,
    go: (url) => send("browsingContext.navigate", { context, url, wait: "complete" }),
    run: async (expression) => {
      const { result, exceptionDetails } = await send("script.evaluate", { expression: `JSON.stringify(${expression})`, target: { context }, awaitPromise: true }); // prettier-ignore
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return result.value === undefined ? undefined : JSON.parse(result.value);
    },
    end: () => process_.kill(),
  };
}

/** Starts WebKitGTK and returns how it is driven. */
async function webkit() {
  const port = 9900 + (process.pid % 90);
  const process_ = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore" });
  const send = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) }); // prettier-ignore
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(value.message);
    return value;
  };
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { args: ["--automation"] } } };
  await until(() => send("GET", "/status"), 20, "WebKitWebDriver");
  const session = await send("POST", "/session", { capabilities });
  const place = `/session/${session.sessionId}`;
  return {
    name: `WebKitGTK ${session.capabilities.browserVersion}`,
    go: (url) => send("POST", `${place}/url`, { url }),
    run: async (expression) => {
      const text = await send("POST", `${place}/execute/sync`, { script: `return JSON.stringify(${expression})`, args: [] }); // prettier-ignore
      return text === null ? undefined : JSON.parse(text);
    },
    end: async () => {
      await send("DELETE", place).catch(() => undefined);
      process_.kill();
    },
  };
}

const jiti = createJiti(import.meta.url);
const { SyntheticStudy } = await jiti.import("../test/support/synthetic-study.ts");
const [{ analyse }, { readStudy }, { reportPage }, { studyEntries }, { leaderboardOf }, { leaderboardPage }] =
  await Promise.all([
    import("../dist/analysis/analyse.js"), import("../dist/analysis/read/read-study.js"), import("../dist/reports/page/report-page.js"),
    import("../dist/leaderboard/from-study.js"), import("../dist/leaderboard/boards.js"), import("../dist/reports/leaderboard/site.js"),
  ]); // prettier-ignore
const study = new SyntheticStudy({ tasks: ["rte", "paws", "xsum"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 12, rows: 40 }); // prettier-ignore
cli("page", "-o", "site");
writeFileSync(
  join(folder, "site", "study.html"),
  await reportPage(study, await analyse(readStudy(study), { seed: 42 })),
);
writeFileSync(
  join(folder, "site", "board.html"),
  leaderboardPage(leaderboardOf(await studyEntries(study, () => null))),
);
cli("-m", "builtin", "--data", "builtin", "-t", "boolq", "--prompts", "paper", "-L", "12", "-o", "of-cli");
const expected = JSON.parse(readFileSync(join(folder, "of-cli", "results.json"), "utf8")).cells;

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname.replace(/\/$/, "/index.html");
  try {
    const bytes = readFileSync(join(folder, "site", path));
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream").end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}`;

/** Goes through the three pages. @returns what was seen, in a line each @throws where it is not as it has to be */
async function walk({ go, run }) {
  const seen = [];
  const expect = async (what, expression, seconds = 20) => {
    const answer = await until(() => run(expression), seconds, what);
    seen.push(`${what}: ${answer === true ? "yes" : answer}`);
  };
  await go(`${url}/study.html`);
  await expect("figures of a report", `document.querySelectorAll("figure svg").length`);
  await expect("as wide as its window", `document.documentElement.scrollWidth <= innerWidth`);
  await run(`(document.getElementById("view").value = "v1", document.getElementById("view").dispatchEvent(new Event("change", { bubbles: true })))`); // prettier-ignore
  await expect("another pair", `document.documentElement.dataset.view === "v1"`);
  await run(`(document.querySelector("#task-rte details.rows").open = true)`);
  await expect("rows by prompts", `document.querySelectorAll("#task-rte .row-box").length`);
  await expect("values in the CSV of a figure", `marksOf(document.querySelector("figure")).split("\\n").length - 2`);
  await go(`${url}/board.html`);
  await run(`document.querySelector("#entries button.sort").click()`);
  await expect("a leaderboard sorts", `document.querySelector("#entries th").getAttribute("aria-sort")`);
  await go(`${url}/`);
  await expect("the page can be used", `document.getElementById("try")?.disabled === false`, 90);
  await expect("threads", `document.getElementById("machine").textContent.match(/in (.*? threads?)/)[1]`);
  await run(`(document.getElementById("prompts").value = "paper", document.getElementById("limit").value = "12", document.getElementById("try").click())`); // prettier-ignore
  await expect("the built-in model", `!document.getElementById("result").hidden && document.getElementById("state").textContent`, 300); // prettier-ignore
  await run(
    `fetch(document.getElementById("save-json").href).then(async (got) => { window.saved = await got.json(); })`,
  );
  const cells = await until(() => run("window.saved && window.saved.cells"), 20, "results.json");
  const apart = expected.map(({ metrics }, i) => Math.abs(metrics.acc.mean - cells[i].metrics.acc.mean));
  const mass = expected.map(({ label_mass }, i) => Math.abs(label_mass - cells[i].label_mass));
  seen.push(`largest difference from the command line: score ${Math.max(...apart)}, label mass ${Math.max(...mass).toExponential(1)}`); // prettier-ignore
  if (!(Math.max(...apart, ...mass) < 1e-4)) throw new Error(seen.at(-1));
  return seen;
}

for (const [file, start] of [
  ["/usr/bin/firefox-esr", firefox],
  ["/usr/bin/WebKitWebDriver", webkit],
]) {
  if (!existsSync(file)) {
    console.log(`${file} is not there: left out`);
    continue;
  }
  if (start === webkit && !process.env.DISPLAY) {
    console.log("WebKitGTK: there is no display; left out");
    continue;
  }
  let driven;
  try {
    driven = await start();
    const seen = await walk(driven);
    console.log([driven.name, ...seen.map((line) => `  ${line}`)].join("\n"));
  } catch (error) {
    console.log(`${driven?.name ?? file}: ${error.message}`);
    process.exitCode = 1;
  }
  await driven?.end();
}
server.close();
await rest(500);
rmSync(folder, { recursive: true, force: true });
