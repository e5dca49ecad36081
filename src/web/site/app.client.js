// The page that runs models: chooses checkpoints and questions, and leaves the work to a worker.
"use strict";

/**
 * @typedef {[name: string, file: Blob][]} Files
 * @typedef {{ name: string, files: Files, about: { text: string, refused?: string } }} Chosen
 */

/** @template {HTMLElement} T @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));
/** @param {number} bytes */
const sized = (bytes) =>
  bytes < 1e6
    ? `${Math.ceil(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;
/** @param {string} text */
const fail = (text) => {
  part("error").textContent = text;
};
/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

const HUB = "https://huggingface.co";
const WANTED =
  /^(config|generation_config|tokenizer|tokenizer_config|model\.safetensors\.index)\.json$|^chat_template\.jinja$|\.safetensors$/;
const BUILTIN = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];

// Threads need a page that is isolated from others: the service worker answers with the headers that make it so.
const ready = (async () => {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("service-worker.js");
    await navigator.serviceWorker.ready;
  } catch {
    return; // Without it the page works in one thread, and with a network alone.
  }
  if (!crossOriginIsolated && sessionStorage.getItem("isolated") === null) {
    sessionStorage.setItem("isolated", "tried");
    location.reload();
    await new Promise(() => {});
  }
})();

/** @type {Worker} */
let worker;
let asked = 0;
/** @type {Map<number, { done: (answer: any) => void, failed: (error: Error) => void, progress?: (answer: any) => void }>} */
const pending = new Map();

function startWorker() {
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    const waiting = pending.get(data.id);
    if (data.kind === "progress") return waiting?.progress?.(data);
    pending.delete(data.id);
    if (data.kind === "error") waiting?.failed(new Error(data.text));
    else waiting?.done(data);
  };
  worker.onerror = (event) => {
    for (const { failed } of pending.values())
      failed(new Error(event.message || "the worker has ended: the memory may not have sufficed"));
    pending.clear();
  };
}

/** @param {object} question @param {(answer: any) => void} [progress] @returns {Promise<any>} */
function ask(question, progress) {
  const id = ++asked;
  return new Promise((done, failed) => {
    pending.set(id, { done, failed, ...(progress ? { progress } : {}) });
    worker.postMessage({ id, ...question });
  });
}

/** @type {Record<string, Chosen | undefined>} */
const chosen = {};
let busy = false;
/** How the checkpoint of a slot is chosen. @type {Map<string, (give: () => Promise<{ name: string, files: Files }>) => Promise<void>>} */
const slots = new Map();

function showButtons() {
  const first = chosen["before"];
  const fits = [first, chosen["after"]].every((one) => !one?.about.refused);
  /** @type {HTMLButtonElement} */ (part("run")).disabled = busy || !first || !fits;
  /** @type {HTMLButtonElement} */ (part("try")).disabled = busy;
  part("stop").hidden = !busy;
}

// Checkpoints.

/** The folder of the browser's own files where checkpoints are kept. */
async function keptFolder() {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("checkpoints", { create: true });
}

/** @param {string} name */
const folderName = (name) => encodeURIComponent(name).slice(0, 200);

async function showKept() {
  /** @type {string[]} */
  const names = [];
  try {
    for await (const name of /** @type {any} */ (await keptFolder()).keys()) names.push(name);
  } catch {
    // A private window may keep nothing.
  }
  for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll("[data-kept]"))) {
    const first = new Option(names.length === 0 ? "none is kept" : "choose", "");
    select.replaceChildren(first, ...names.sort().map((name) => new Option(decodeURIComponent(name), name)));
  }
}

/** Writes a stream into the browser's own files and gives back the file. @param {string} name @param {string} file @param {ReadableStream} stream */
async function keep(name, file, stream) {
  const folder = await (await keptFolder()).getDirectoryHandle(folderName(name), { create: true });
  const handle = await folder.getFileHandle(file, { create: true });
  await stream.pipeTo(await handle.createWritable());
  return handle.getFile();
}

/** @param {string} stored @returns {Promise<Files>} */
async function keptFiles(stored) {
  /** @type {Files} */
  const files = [];
  const folder = await (await keptFolder()).getDirectoryHandle(stored);
  for await (const [name, handle] of /** @type {any} */ (folder).entries()) files.push([name, await handle.getFile()]);
  return files;
}

/** @param {FileList | File[]} list @returns {Files} */
function topFiles(list) {
  return [...list].flatMap((file) => {
    const path = file.webkitRelativePath.split("/");
    return path.length <= 2 ? [/** @type {[string, Blob]} */ ([file.name, file])] : [];
  });
}

/** Says what to do with files that are no checkpoint of the page; undefined where they may be one. @param {string[]} names */
function otherKind(names) {
  const has = (/** @type {RegExp} */ kind) => names.find((name) => kind.test(name));
  const gguf = has(/\.gguf$/);
  if (gguf && !has(/\.safetensors$/))
    return `${gguf} is a GGUF file, and this page reads safetensors: amuro-eval -m FILE runs it on a machine`;
  const bin = has(/^pytorch_model.*\.bin(\.index\.json)?$/);
  if (bin && !has(/\.safetensors$/))
    return `${bin} is a file of PyTorch, and this page reads safetensors: amuro-eval -m FOLDER runs it on a machine`;
  if (has(/\.safetensors$/) && has(/^tokenizer\.model$/) && !has(/^tokenizer\.json$/))
    return "there is a tokenizer.model and no tokenizer.json, which this page reads: amuro-eval -m FOLDER runs it on a machine";
  if (has(/\.safetensors$/) && !has(/^tokenizer\.json$/))
    return "there is no tokenizer.json: put the one of the model beside its weights";
  if (!names.some((name) => WANTED.test(name)))
    return "there is no config.json, tokenizer.json or safetensors file: choose the folder in which they lie themselves";
  return undefined;
}

/** @param {DataTransfer} data @returns {Promise<{ name: string, files: Files }>} */
async function dropped(data) {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const folder = /** @type {FileSystemDirectoryEntry | undefined} */ (entries.find((entry) => entry.isDirectory));
  if (!folder) return { name: "dropped files", files: topFiles([...data.files]) };
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  const wanted = all.filter((entry) => entry.isFile);
  const files = await Promise.all(
    wanted.map(
      (entry) => new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)),
    ),
  );
  return { name: folder.name, files: topFiles(files) };
}

/** @param {string} text @param {(state: string) => void} say @returns {Promise<{ name: string, files: Files }>} */
async function fromHub(text, say) {
  const [, id, revision = "main"] = /^\s*([\w.-]+\/[\w.-]+)(?:@([^\s]+))?\s*$/.exec(text) ?? [];
  if (!id) throw new Error(`${text || "nothing"} is no id of the hub: write ORG/NAME or ORG/NAME@REVISION`);
  const listed = await fetch(`${HUB}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`).catch(
    () => {
      throw new Error("the hub cannot be reached: is there a network?");
    },
  );
  if (!listed.ok)
    throw new Error(
      `${id}@${revision}: the hub answers ${listed.status}${listed.status === 401 ? " (no such model, or one that asks for a login)" : ""}`,
    );
  /** @type {{ siblings: { rfilename: string, size?: number }[] }} */
  const { siblings } = await listed.json();
  const wanted = siblings.filter(({ rfilename }) => WANTED.test(rfilename));
  if (!wanted.some(({ rfilename }) => rfilename.endsWith(".safetensors")))
    throw new Error(`${id}@${revision} has no safetensors files: convert it, or run it by amuro-eval`);
  const total = wanted.reduce((sum, { size = 0 }) => sum + size, 0);
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  if (total > quota - usage)
    throw new Error(`${id} takes ${sized(total)}, and this browser keeps at most ${sized(quota - usage)} more`);
  let got = 0;
  const counting = () =>
    new TransformStream({
      transform(chunk, controller) {
        got += chunk.length;
        say(`${sized(got)} of ${sized(total)}`);
        controller.enqueue(chunk);
      },
    });
  const name = revision === "main" ? id : `${id}@${revision}`;
  /** @type {Files} */
  const files = [];
  for (const { rfilename } of wanted) {
    const response = await fetch(`${HUB}/${id}/resolve/${encodeURIComponent(revision)}/${rfilename}`);
    if (!response.ok || !response.body) throw new Error(`${id}/${rfilename}: the hub answers ${response.status}`);
    files.push([rfilename, await keep(name, rfilename, response.body.pipeThrough(counting()))]);
  }
  await showKept();
  return { name, files };
}

/** @returns {Promise<{ name: string, files: Files }>} */
async function builtin() {
  const files = await Promise.all(
    BUILTIN.map(async (name) => {
      const response = await fetch(`builtin/${name}`);
      if (!response.ok) throw new Error(`builtin/${name}: the server answers ${response.status}`);
      return /** @type {[string, Blob]} */ ([name, await response.blob()]);
    }),
  );
  return { name: "builtin", files };
}

for (const slot of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-slot]"))) {
  const id = slot.dataset["slot"] ?? "";
  /** @template {HTMLElement} T @param {string} name @returns {T} */
  const of = (name) => /** @type {T} */ (slot.querySelector(`[data-${name}]`));
  const about = of("about");
  /** @param {() => Promise<{ name: string, files: Files }>} give */
  const take = async (give) => {
    fail("");
    about.textContent = "Reading …";
    chosen[id] = undefined;
    try {
      const { name, files: all } = await give();
      const other = otherKind(all.map(([file]) => file));
      if (other) throw new Error(`${name}: ${other}`);
      const files = all.filter(([file]) => WANTED.test(file));
      const { about: found } = await ask({ kind: "look", name, files });
      chosen[id] = { name, files, about: found };
      about.textContent = `${name}: ${found.text}${found.refused ? `. It cannot be run here: ${found.refused}.` : "."}`;
      of("keep").hidden = name === "builtin";
      of("clear").hidden = false;
    } catch (error) {
      about.textContent = messageOf(error);
    }
    showButtons();
  };
  slots.set(id, take);
  const input = /** @type {HTMLInputElement} */ (of("files"));
  input.addEventListener("change", () => {
    const [first] = input.files ?? [];
    if (first)
      void take(async () => ({
        name: first.webkitRelativePath.split("/")[0] || "files",
        files: topFiles([...(input.files ?? [])]),
      }));
  });
  of("pick").addEventListener("click", async () => {
    if (!("showDirectoryPicker" in window)) return input.click();
    const handle = await /** @type {any} */ (window).showDirectoryPicker({ id: "checkpoint" }).catch(() => undefined);
    if (handle)
      void take(async () => {
        /** @type {Files} */
        const files = [];
        for await (const [name, one] of handle.entries())
          if (one.kind === "file") files.push([name, await one.getFile()]);
        return { name: handle.name, files };
      });
  });
  slot.querySelector("[data-builtin]")?.addEventListener("click", () => void take(builtin));
  const drop = of("drop");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      const { dataTransfer } = /** @type {DragEvent} */ (event);
      if (kind === "drop" && dataTransfer) void take(() => dropped(dataTransfer));
    });
  }
  const hub = /** @type {HTMLInputElement} */ (of("hub"));
  of("fetch").addEventListener(
    "click",
    () => void take(() => fromHub(hub.value, (state) => (about.textContent = state))),
  );
  const kept = /** @type {HTMLSelectElement} */ (of("kept"));
  kept.addEventListener("change", () => {
    of("forget").hidden = kept.value === "";
    if (kept.value !== "")
      void take(async () => ({ name: decodeURIComponent(kept.value), files: await keptFiles(kept.value) }));
  });
  of("forget").addEventListener("click", async () => {
    await (await keptFolder()).removeEntry(kept.value, { recursive: true });
    of("forget").hidden = true;
    await showKept();
  });
  of("keep").addEventListener("click", async () => {
    const one = chosen[id];
    if (!one) return;
    try {
      for (const [name, file] of one.files) await keep(one.name, name, file.stream());
      about.textContent += " It is kept in this browser.";
      await showKept();
    } catch (error) {
      about.textContent = `it cannot be kept: ${messageOf(error)}`;
    }
  });
  of("clear").addEventListener("click", () => {
    chosen[id] = undefined;
    about.textContent = "";
    of("keep").hidden = of("clear").hidden = true;
    showButtons();
  });
}

// The question.

const task = /** @type {HTMLSelectElement} */ (part("task"));
const data = /** @type {HTMLSelectElement} */ (part("data"));
const family = /** @type {HTMLSelectElement} */ (part("family"));
/** @type {{ tasks: { name: string, description: string, builtin: boolean }[], families: { name: string, description: string, fields: string[] }[] }} */
let choices = { tasks: [], families: [] };

function showTask() {
  const own = choices.tasks.find(({ name }) => name === task.value);
  const builtinRows = /** @type {HTMLOptionElement} */ (data.options[0]);
  builtinRows.disabled = own?.builtin !== true;
  if (builtinRows.disabled) data.value = "sample";
  part("task-about").textContent = own?.description ?? "";
  const asks = choices.families.find(({ name }) => name === family.value);
  part("family-about").textContent = asks ? `${asks.description} Columns: ${asks.fields.join(", ")}.` : "";
}

const source = () => /** @type {HTMLInputElement | null} */ (document.querySelector("[name=source]:checked"))?.value;
document.addEventListener("change", () => {
  part("of-task").hidden = source() !== "task";
  part("of-rows").hidden = source() !== "rows";
  showTask();
});

/** @param {string} id */
const textOf = (id) => /** @type {HTMLInputElement} */ (part(id)).value.trim();
/** @param {string} id */
const listOf = (id) =>
  textOf(id)
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

/** The number of a field. @param {string} id @throws where it is none that the field takes */
function numberOf(id) {
  const field = /** @type {HTMLInputElement} */ (part(id));
  if (field.value !== "" && field.checkValidity()) return Number(field.value);
  throw new Error(
    `“${field.labels?.[0]?.textContent?.trim() ?? id}”: write a whole number from ${field.min} to ${field.max}`,
  );
}

function question() {
  const how = {
    prompts: [textOf("prompts")],
    numFewshot: numberOf("shots"),
    limit: numberOf("limit"),
  };
  if (source() === "task") return { question: { tasks: [task.value], data: { kind: data.value }, ...how } };
  const text = textOf("rows");
  if (text === "") throw new Error("there are no rows: paste them first");
  const path = `/rows/pasted.${text.startsWith("{") ? "jsonl" : text.startsWith("[") ? "json" : "csv"}`;
  const asking = {
    family: family.value,
    fields: listOf("fields"),
    label: textOf("label"),
    labels: [],
    choices: listOf("choices"),
  };
  return {
    question: { tasks: [`file:${path}`], data: { kind: "hub", offline: true }, asked: asking, ...how },
    rows: { path, text },
  };
}

// The work.

/** @param {Blob} blob @param {string} id */
function saveAs(blob, id) {
  const link = /** @type {HTMLAnchorElement} */ (part(id));
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(blob);
}

/** Puts the report where the service worker finds it: an address of its own, with its own policy. @param {string} text */
async function addressOf(text) {
  const path = `reports/${Date.now()}.html`;
  const cache = await caches.open("reports");
  for (const old of (await cache.keys()).slice(0, -9)) await cache.delete(old);
  await cache.put(path, new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } }));
  return path;
}

async function run() {
  fail("");
  busy = true;
  showButtons();
  part("result").hidden = true;
  part("going").hidden = false;
  const bar = /** @type {HTMLProgressElement} */ (part("bar"));
  const state = part("state");
  bar.removeAttribute("value");
  state.textContent = "Opening the checkpoint …";
  const began = performance.now();
  try {
    const { before, after } = chosen;
    if (!before) throw new Error("choose a checkpoint first");
    const checkpoints = [{ name: before.name, files: before.files }];
    if (after) {
      const name = after.name === before.name ? `${after.name} after SFT` : after.name;
      checkpoints.push(/** @type {any} */ ({ name, base: before.name, files: after.files }));
    }
    const answer = await ask(
      { kind: "run", checkpoints, ...question(), device: textOf("device") },
      ({ checkpoint, task: name, done, total }) => {
        const seconds = (performance.now() - began) / 1000;
        bar.value = done / total;
        const left = done > 0 ? ` · about ${Math.ceil((seconds * (total - done)) / done)} s left` : "";
        state.textContent =
          done < total ? `${checkpoint} on ${name}: ${done} of ${total} answered${left}` : "Analysing …";
      },
    );
    const seconds = (performance.now() - began) / 1000;
    bar.value = 1;
    state.textContent = `Done in ${seconds.toFixed(1)} s: ${answer.results.cells.length} prompts and checkpoints, ${answer.results.times.tokens} tokens through the model.`;
    saveAs(new Blob([answer.report], { type: "text/html" }), "save-html");
    saveAs(new Blob([`${JSON.stringify(answer.results, null, 2)}\n`], { type: "application/json" }), "save-json");
    const address = navigator.serviceWorker?.controller
      ? await addressOf(answer.report)
      : /** @type {HTMLAnchorElement} */ (part("save-html")).href;
    /** @type {HTMLAnchorElement} */ (part("open")).href = address;
    /** @type {HTMLIFrameElement} */ (part("report")).src = address;
    part("result").hidden = false;
  } catch (error) {
    part("going").hidden = true;
    fail(messageOf(error));
  } finally {
    busy = false;
    showButtons();
  }
}

part("run").addEventListener("click", () => void run());
part("try").addEventListener("click", async () => {
  await slots.get("before")?.(builtin);
  part("work").scrollIntoView({ behavior: "smooth" });
  await run();
});
part("stop").addEventListener("click", () => {
  worker.terminate();
  for (const { failed } of pending.values()) failed(new Error("stopped"));
  pending.clear();
  startWorker();
});

void (async () => {
  await ready;
  startWorker();
  const { deviceMemory } = /** @type {any} */ (navigator);
  const gpu = await /** @type {any} */ (navigator).gpu?.requestAdapter().catch(() => null);
  /** @type {HTMLOptionElement} */ (part("device").querySelector("[value=webgpu]")).disabled = !gpu;
  const threads = crossOriginIsolated
    ? `${Math.min(8, navigator.hardwareConcurrency)} threads`
    : "one thread (it is not isolated from other pages)";
  const memory = deviceMemory ? ` and says that it has ${deviceMemory} GB of memory or more` : "";
  part("machine").textContent =
    `This browser runs models in ${threads} of WebAssembly${gpu ? " or on its graphics card by WebGPU" : "; it has no WebGPU"}${memory}. A model may take up to 4 GiB in WebAssembly: about 900 million parameters.`;
  choices = await ask({ kind: "choices" });
  task.replaceChildren(...choices.tasks.map(({ name }) => new Option(name, name)));
  task.value = "boolq";
  task.disabled = false;
  family.replaceChildren(...choices.families.map(({ name }) => new Option(name, name)));
  showTask();
  showButtons();
  await showKept();
})();
