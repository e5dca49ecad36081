// Every row of each task, read part by part from the Parquet files beside the page: by requests of ranges where a
// server gives them, from files that are chosen or dropped where the page is opened from disk.
"use strict";

/**
 * @typedef {{ path: string, bytes: number }} FileAbout
 * @typedef {{ metric: string, axes: AxesOfPrompts, count: number, checkpoints: { name: string, prompts: string[] }[], scores: FileAbout, texts: FileAbout | null }} EveryRow
 * @typedef {{ scores: number[], choices: (number | null)[] | null, generated: (string | null)[] | null, logprobs?: (number[] | null)[] | null, label_mass?: (number | null)[] | null }} ScoreLine
 */

{
  const library = /** @type {typeof import("hyparquet")} */ (Reflect.get(globalThis, "hyparquet"));
  /** Rows that are read at once. */
  const PART = 2048;
  const LONGEST = 160;
  /** @type {(EveryRow | null)[]} */
  const tasks = JSON.parse(byId("every-row")?.textContent ?? "[]");
  const fromDisk = location.protocol === "file:";
  /** Files that were chosen, by name. @type {Map<string, File>} */
  const chosen = new Map();
  /** @type {(() => void)[]} */
  const waiting = [];

  /** @param {FileAbout} about @returns {Promise<import("hyparquet").AsyncBuffer>} */
  const bufferOf = async ({ path, bytes }) => {
    if (!fromDisk) return library.asyncBufferFromUrl({ url: path, byteLength: bytes });
    const name = path.split("/").at(-1) ?? "";
    while (!chosen.has(name)) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    const file = /** @type {File} */ (chosen.get(name));
    if (file.size !== bytes) throw new Error(`${name} is not the file that was written with this page`);
    return { byteLength: bytes, slice: (from, to) => file.slice(from, to).arrayBuffer() };
  };

  /** @param {FileAbout} about */
  const parquetOf = (about) => {
    /** @type {Promise<{ file: import("hyparquet").AsyncBuffer, metadata: import("hyparquet").FileMetaData }> | undefined} */
    let opened;
    return async (/** @type {string[]} */ columns, /** @type {number} */ rowStart, /** @type {number} */ rowEnd) => {
      opened ??= bufferOf(about).then(async (buffer) => {
        const file = library.cachedAsyncBuffer(buffer, { minSize: 1 << 17 });
        return { file, metadata: await library.parquetMetadataAsync(file, { initialFetchSize: 1 << 16 }) };
      });
      return library.parquetReadObjects({ ...(await opened), columns, rowStart, rowEnd });
    };
  };

  /** @param {EveryRow} about @returns {Promise<RowSource>} */
  const folderRows = async ({ metric, axes, count, checkpoints, scores, texts }) => {
    const [readScores, readTexts] = [parquetOf(scores), texts && parquetOf(texts)];
    const numbers = (await readScores(["row"], 0, count)).map(({ row }) => Number(row));
    /** Parts by what they hold, as they are read. @type {Map<string, Promise<void>>} */
    const parts = new Map();
    /** Lines of each checkpoint, at the place of the row. @type {Map<RowSide, { at: number, lines: ScoreLine[] }>} */
    const kept = new Map();
    /** @type {SampledRow[]} */
    const rows = [];
    /** @param {string} key @param {() => Promise<void>} read */
    const once = (key, read) => {
      const known = parts.get(key) ?? read();
      parts.set(key, known);
      return known;
    };
    /** @param {number} part @param {RowSide} side @param {string} what @param {string[]} columns */
    const readPart = (part, side, what, columns) =>
      once(`${what} ${part} ${side.name}`, async () => {
        const own = kept.get(side);
        if (!own) return;
        const [from, to] = [part * PART, Math.min(count, (part + 1) * PART)];
        const read = await readScores(columns, own.at + from, own.at + to);
        read.forEach((line, i) => {
          own.lines[from + i] = /** @type {ScoreLine} */ (Object.assign(own.lines[from + i] ?? {}, line));
        });
      });
    /** @param {number} part */
    const readTextsOf = (part) =>
      once(`texts ${part}`, async () => {
        const [from, to] = [part * PART, Math.min(count, (part + 1) * PART)];
        const read = readTexts ? await readTexts(["fields", "answers", "right"], from, to) : [];
        for (let i = from; i < to; i++) {
          const { fields = {}, answers = [], right = null } = read[i - from] ?? {};
          rows[i] = { row: numbers[i] ?? i, fields: Object.entries(fields), answers, right };
        }
      });
    /** @type {Map<string, Promise<RowSide>>} */
    const sides = new Map();
    /** @param {number} place @returns {Promise<RowSide>} */
    const openSide = async (place) => {
      const { name, prompts } = /** @type {EveryRow["checkpoints"][0]} */ (checkpoints[place]);
      const at = place * count;
      const means = Float32Array.from(await readScores(["mean"], at, at + count), ({ mean }) => mean);
      /** @type {ScoreLine[]} */
      const lines = [];
      /** @type {RowSide} */
      const side = {
        name,
        prompts,
        means,
        score: (p, i) => lines[i]?.scores[p],
        answer: (p, i) => {
          const line = lines[i];
          const choice = line?.choices?.[p];
          const text = line?.generated?.[p];
          if (typeof choice === "number" && (choice >= 0 || typeof text !== "string")) return choice;
          return typeof text === "string" && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
        },
        logprobs: (p, i) => lines[i]?.logprobs?.[p],
        mass: (p, i) => lines[i]?.label_mass?.[p],
      };
      kept.set(side, { at, lines });
      return side;
    };
    return {
      metric,
      axes,
      numbers,
      side: async (name) => {
        const place = checkpoints.findIndex((one) => one.name === name);
        if (place < 0) return undefined;
        const known = sides.get(String(name)) ?? openSide(place);
        sides.set(String(name), known);
        return known;
      },
      load: async (wanted, of, what) => {
        const all = [...new Set(wanted.map((i) => Math.floor(i / PART)))];
        const reads = all.flatMap((part) =>
          of.flatMap((side) => {
            if (!side) return [];
            const scored = readPart(part, side, "scores", ["scores", "choices", "generated"]);
            return what === "all" ? [scored, readPart(part, side, "rest", ["logprobs", "label_mass"])] : [scored];
          }),
        );
        await Promise.all([...reads, ...(what === "all" ? all.map(readTextsOf) : [])]);
      },
      row: (i) => rows[i] ?? { row: numbers[i] ?? i, fields: [], answers: [], right: null },
      find: async (words) => {
        const all = Array.from({ length: Math.ceil(count / PART) }, (_, part) => part);
        await Promise.all(all.map(readTextsOf));
        return rows.flatMap((row, i) => (words.every((word) => wordsOf(row).includes(word)) ? [i] : []));
      },
    };
  };
  openRows = async (pack) => folderRows(/** @type {EveryRow} */ (tasks[Number(pack.replace("rows-", ""))]));

  // A page from disk may not read the files beside it by itself: they are given to it.
  if (fromDisk) {
    /** @param {Iterable<File>} files */
    const take = (files) => {
      for (const file of files) if (file.name.endsWith(".parquet")) chosen.set(file.name, file);
      const known = tasks.flatMap((task) => (task ? [task.scores, task.texts] : [])).flatMap((file) => file ?? []);
      const missing = known.filter(({ path }) => !chosen.has(path.split("/").at(-1) ?? ""));
      for (const said of document.querySelectorAll(".give output"))
        said.textContent =
          missing.length === 0
            ? "All files of rows are here."
            : `${missing.length} of ${known.length} files are missing, e.g. ${missing[0]?.path}.`;
      if (missing.length === 0) for (const box of document.querySelectorAll(".give")) box.remove();
      for (const go of waiting.splice(0)) go();
    };
    /** Files of what was dropped, those of folders, too. @param {FileSystemEntry | null} entry @returns {Promise<File[]>} */
    const filesOf = async (entry) => {
      if (entry?.isFile)
        return [await new Promise((done, fail) => /** @type {FileSystemFileEntry} */ (entry).file(done, fail))];
      if (!entry?.isDirectory) return [];
      const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
      /** @type {File[]} */
      const found = [];
      for (;;) {
        const entries = await new Promise((/** @type {(entries: FileSystemEntry[]) => void} */ done, fail) =>
          reader.readEntries(done, fail),
        );
        if (entries.length === 0) return found;
        for (const one of entries) found.push(...(await filesOf(one)));
      }
    };
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
      void Promise.all(entries.map(filesOf)).then((files) => take(files.flat()));
    });
    for (const box of document.querySelectorAll("#find, details.rows")) {
      const input = /** @type {HTMLInputElement} */ (make("input", { type: "file", webkitdirectory: "" }));
      input.addEventListener("change", () => take(input.files ?? []));
      box.append(
        make(
          "p",
          { class: "give" },
          make(
            "label",
            {},
            "This page was opened from disk: choose the folder rows beside it, or drop it here ",
            input,
          ),
          " ",
          make("output", {}),
        ),
      );
    }
  }
}
