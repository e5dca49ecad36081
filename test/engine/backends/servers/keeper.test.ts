/** Servers that are started for a checkpoint end with the program, however it ends. */

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { keepProcess } from "../../../../src/engine/backends/servers/keeper.js";
import { commandOf, wordsOf } from "../../../../src/engine/backends/servers/started.js";
import { tempFolder } from "../../../support/temp-folder.js";

const KEEPER = pathToFileURL(join(import.meta.dirname, "../../../../dist/engine/backends/servers/keeper.js")).href;

/** Holds a process that has a child of its own, writes both ids and never ends by itself. */
const STUBBORN = `
  const { spawn } = require("node:child_process");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  require("node:fs").writeFileSync(process.argv[1], process.pid + " " + child.pid);
  setInterval(() => {}, 1000);
`;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A process that ended and was not waited for is still listed.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function until(what: () => boolean, milliseconds = 6000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!what() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
}

const pidsIn = (file: string): number[] => {
  try {
    return readFileSync(file, "utf8").split(" ").map(Number);
  } catch {
    return [];
  }
};

describe.skipIf(process.platform === "win32")("a kept process", () => {
  test("is stopped with everything it started", async () => {
    const file = join(tempFolder(), "pids");
    const kept = keepProcess([process.execPath, "-e", STUBBORN, file], `${file}.log`);
    await until(() => pidsIn(file).length === 2);
    const pids = pidsIn(file);
    expect(pids.every(isAlive)).toBe(true);
    await kept.stop();
    await until(() => !pids.some(isAlive));
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("is gone within five seconds after its owner was killed with SIGKILL", async () => {
    const folder = tempFolder();
    const [file, script] = [join(folder, "pids"), join(folder, "owner.mjs")];
    const command = JSON.stringify([process.execPath, "-e", STUBBORN, file]);
    writeFileSync(
      script,
      `import { keepProcess } from ${JSON.stringify(KEEPER)}; keepProcess(${command}, ${JSON.stringify(`${file}.log`)}); setInterval(() => {}, 1000);`,
    );
    const owner = spawn(process.execPath, [script]);
    await until(() => pidsIn(file).length === 2);
    const pids = pidsIn(file);
    expect(pids.every(isAlive)).toBe(true);
    owner.kill("SIGKILL");
    await until(() => !pids.some(isAlive), 5000);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("that ends by itself tells its exit code and what it wrote", async () => {
    const log = join(tempFolder(), "log");
    const kept = keepProcess([process.execPath, "-e", "console.error('no such model'); process.exit(3)"], log);
    expect(await kept.ended).toBe(3);
    expect(kept.lastLines(1)).toEqual(["no such model"]);
  });

  test("that cannot be started says so", async () => {
    const log = join(tempFolder(), "log");
    const kept = keepProcess(["/nowhere/llama-server"], log);
    expect(await kept.ended).toBe(127);
    expect(kept.lastLines(1)[0]).toContain("ENOENT");
  });
});

describe("the command of a server", () => {
  const files = { model: "/m/it's", tokenizerFolder: "/t", name: "step1" };

  test("has the flags that exact scoring needs, and the user's after them", () => {
    expect(commandOf("vllm", files, 8000, { args: "--dtype float32 -x 'a b'" }).join("|")).toMatch(
      /^vllm\|serve\|\/m\/it's\|--host\|127\.0\.0\.1\|--port\|8000\|.*--logprobs-mode\|raw_logprobs\|.*--dtype\|float32\|-x\|a b$/,
    );
    expect(commandOf("llamacpp", files, 1, {})).toEqual(expect.arrayContaining(["-fa", "off"]));
    expect(commandOf("sglang", files, 1, { python: "/env/python" }).slice(0, 3)).toEqual([
      "/env/python",
      "-m",
      "sglang.launch_server",
    ]);
  });

  test("is the user's own with its places filled", () => {
    const [, , script] = commandOf("vllm", files, 8000, {
      command: "serve {model} -p {port} -n {name} {other}",
      args: "--x",
    });
    expect(script).toBe("exec serve '/m/it'\\''s' -p 8000 -n step1 {other} --x");
  });

  test.each([
    ["", []],
    ["a  b", ["a", "b"]],
    [`--a='b c' "d e"f`, ["--a=b c", "d ef"]],
  ])("is split into the words of %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});
