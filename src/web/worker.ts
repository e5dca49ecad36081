/** Runs models in a worker of the page: looks at checkpoints, scores them, and writes the report. */

import type * as OnnxRuntime from "onnxruntime-web";
import { analyse } from "../analysis/analyse.js";
import { readStudy } from "../analysis/read/read-study.js";
import { messageOf, UserError } from "../base/errors.js";
import { counted, sized } from "../base/wording.js";
import { BUILTIN_DATASETS } from "../datasets/builtin/rows.js";
import { reportPage } from "../reports/page/report-page.js";
import { BUILTIN_FAMILIES } from "../tasks/families/builtin.js";
import { builtinRegistry } from "../tasks/registry.js";
import { checkpointWeights, openEngine } from "./checkpoint.js";
import type { About, Answer, Choices, FileList, Question, Run } from "./messages.js";
import { putFile } from "./node/files.js";
import { inPageWords } from "./page-words.js";
import { scoreStudy, type WebCheckpoint } from "./score-study.js";

/** Describes what of a worker is used here. */
interface Worker {
  onmessage: ((event: { data: Question }) => void) | null;
  postMessage(answer: Answer): void;
  readonly location: { readonly href: string };
  readonly crossOriginIsolated: boolean;
  readonly navigator: { readonly hardwareConcurrency: number; readonly userAgent: string };
}
const worker = globalThis as unknown as Worker;

/** Sets the bytes that a model may take in WebAssembly: its memory ends at 4 GiB, and the work needs some of it. */
const MOST_WEIGHTS = 3.4 * 2 ** 30;
const WORK = 350 * 2 ** 20;
/** Reads this much of a file for its header; more where the header says so. */
const HEADER = 2 ** 20;
const MOST_THREADS = 8;

worker.onmessage = ({ data }) => {
  const { id } = data;
  answer(data).catch((error: unknown) => {
    const text = error instanceof UserError ? inPageWords(error.message) : `this did not work: ${messageOf(error)}`;
    worker.postMessage({ id, kind: "error", text });
  });
};

async function answer(question: Question): Promise<void> {
  const { id } = question;
  switch (question.kind) {
    case "choices":
      worker.postMessage({ id, kind: "choices", ...choices() });
      return;
    case "look":
      worker.postMessage({ id, kind: "about", about: await look(question.files, question.name) });
      return;
    case "run":
      await run(id, question);
  }
}

function choices(): Choices {
  return {
    tasks: builtinRegistry().all().map(({ name, description, dataset }) => {
      const own = dataset.description.name;
      return { name, description, builtin: own !== undefined && BUILTIN_DATASETS.includes(own) };
    }),
    families: BUILTIN_FAMILIES.map(({ name, description, fields }) => ({ name, description, fields: Object.keys(fields) })),
  }; // prettier-ignore
}

/** Reads what a checkpoint is and what it takes, from the beginnings of its files. */
async function look(files: FileList, name: string): Promise<About> {
  const known = new Map<string, Uint8Array>();
  for (const [file, blob] of files) {
    const isWeights = file.endsWith(".safetensors");
    let bytes = new Uint8Array(await (isWeights ? blob.slice(0, HEADER) : blob).arrayBuffer());
    const wanted = isWeights && bytes.length >= 8 ? 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)) : 0;
    if (wanted > bytes.length && wanted < 2 ** 27) bytes = new Uint8Array(await blob.slice(0, wanted).arrayBuffer());
    known.set(file, bytes);
  }
  const weights = checkpointWeights(known, name, new Map(files.map(([file, { size }]) => [file, size])));
  const stored = files.reduce((sum, [, { size }]) => sum + size, 0);
  const memory = 4 * weights.parameters + stored + WORK;
  const { architecture, parameters, dtype, window } = weights;
  const refused =
    4 * parameters > MOST_WEIGHTS
      ? `its weights take ${sized(4 * parameters)} as 32-bit numbers, and WebAssembly ends at 4 GiB: run it by amuro-eval on a machine`
      : undefined;
  return {
    architecture, parameters, dtype, window, memory, ...(refused === undefined ? {} : { refused }),
    text: `${architecture}, ${counted(parameters, "parameter")} as ${dtype}, ${sized(stored)} of files; takes about ${sized(memory)} of memory`,
  }; // prettier-ignore
}

async function run(id: number, { checkpoints, question, rows, device }: Run): Promise<void> {
  if (rows !== undefined) putFile(rows.path, rows.text);
  const runtime = await runtimeOf(device);
  const opened = await Promise.all(
    checkpoints.map(async ({ name, base, files }): Promise<WebCheckpoint> => {
      const { architecture, parameters, dtype, window } = await look(files, name);
      const open = async () => {
        const all = await Promise.all(files.map(async ([file, blob]) => [file, new Uint8Array(await blob.arrayBuffer())] as const)); // prettier-ignore
        return openEngine(new Map(all), { runtime, device, name });
      };
      return { name, ...(base === undefined ? {} : { base }), facts: { kind: "weights", architecture, parameters, dtype, window }, open }; // prettier-ignore
    }),
  );
  const versions = { "onnxruntime-web": runtime.env.versions.web ?? "unknown", browser: worker.navigator.userAgent };
  const study = await scoreStudy(opened, question, { device, versions }, (progress) => {
    worker.postMessage({ id, kind: "progress", ...progress });
  });
  const analysis = await analyse(readStudy(study), { seed: 42 });
  const report = await reportPage(study, analysis);
  worker.postMessage({ id, kind: "done", report, results: study.results });
}

async function runtimeOf(device: "wasm" | "webgpu"): Promise<typeof OnnxRuntime> {
  const folder = new URL("ort/", worker.location.href).href;
  const ort = (await import(/* @vite-ignore */ `${folder}ort.${device}.min.mjs`)) as typeof OnnxRuntime;
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = worker.crossOriginIsolated
    ? Math.min(MOST_THREADS, worker.navigator.hardwareConcurrency)
    : 1;
  return ort;
}
