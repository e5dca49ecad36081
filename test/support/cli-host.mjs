/** Runs command lines one after the other in this process, as their folders and environments ask. */

import { runWords } from "../../dist/cli/run-words.js";

let running = Promise.resolve();
process.on("message", (call) => {
  running = running.then(() => answer(call));
});

async function answer({ id, args, cwd, env }) {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const said = { stdout: "", stderr: "" };
  const kept = ["stdout", "stderr"].map((name) => {
    const { write } = process[name];
    process[name].write = (text) => {
      said[name] += text;
      return true;
    };
    return () => (process[name].write = write);
  });
  const code = await runWords(args, () => new globalThis.AbortController().signal);
  for (const restore of kept) restore();
  process.send({ id, code, signal: null, ...said });
}
