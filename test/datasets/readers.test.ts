import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { Columns } from "../../src/datasets/index.js";
import { readLocalRows } from "../../src/datasets/local-rows.js";
import { readRowsFile } from "../../src/datasets/read-file.js";
import { parsedSplit } from "../../src/datasets/slice.js";
import expected from "../fixtures/arrow/expected.json" with { type: "json" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "readers-"));
});

async function read(name: string, content: string | Buffer, columns: Columns) {
  const path = join(folder, name);
  await writeFile(path, content);
  return readRowsFile(path, { columns });
}

const fixtures = join(import.meta.dirname, "../fixtures/parquet");
const columns: Columns = {
  question: "string",
  label: "int",
  score: "float",
  right: "bool",
  answers: "string[]",
  choices: { text: "string[]", label: "string[]" },
};

describe("JSONL", () => {
  test("with a byte order mark, CRLF, blank lines and no last newline", async () => {
    const rows = await read("a.jsonl", '\uFEFF{"q":"é\u2028"}\r\n\r\n  \n{"q":"b\\n"}', { q: "string" });
    expect(rows).toEqual([{ q: "é\u2028" }, { q: "b\n" }]);
  });

  test.each([
    ['{"q":"a"}\n\n{"q":', "line 3 is not valid JSON ("],
    ['{"q":"a"}\n["q"]\n', 'line 2 is not an object; write one object per line, such as {"question": "…"}'],
    ["", "the file is empty; expected rows"],
    ["\uFEFF", "the file is empty; expected rows"],
    ["\n \n", "the file has no rows"],
    [
      Buffer.from('{"q":"a"}\n{"q":"caf\xe9"}\n', "latin1"),
      'line 2 is not valid UTF-8: it reads "café" in Latin-1 (ISO 8859-1, Windows-1252); save the file as UTF-8',
    ],
    ['{"p":"a"}', 'row 1 has no column "q"'],
  ])("that is broken as in %j is refused", async (content, message) => {
    const attempt = read("broken.jsonl", content, { q: "string" });
    await expect(attempt).rejects.toThrow(join(folder, "broken.jsonl"));
    await expect(attempt).rejects.toThrow(message);
  });

  test("property: what was written is read", async () => {
    const row = fc.record({ q: fc.string({ unit: "binary" }), n: fc.maxSafeInteger(), l: fc.array(fc.string()) });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.constantFrom("\n", "\r\n"), async (rows, end) => {
        const text = rows.map((each) => JSON.stringify(each) + end).join("");
        expect(await read("property.jsonl", text, { q: "string", n: "int", l: "string[]" })).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });
});

describe("CSV", () => {
  test("reads cells as their column's type", async () => {
    const text = [
      "question,label,score,right,answers,choices,unused",
      '"one, ""two""\nthree",2,0.5,true,"[""a"",""b""]","{""text"":[""x""],""label"":[""A""]}",z',
      'plain,-1,3,False,[],"{""text"":[],""label"":[]}",',
    ].join("\r\n");
    expect(await read("a.csv", `\uFEFF${text}\r\n\r\n`, columns)).toEqual([
      {
        question: 'one, "two"\nthree',
        label: 2,
        score: 0.5,
        right: true,
        answers: ["a", "b"],
        choices: { text: ["x"], label: ["A"] },
      },
      { question: "plain", label: -1, score: 3, right: false, answers: [], choices: { text: [], label: [] } },
    ]);
  });

  test("numbers in a text column stay text", async () => {
    expect(await read("a.csv", "q\n01\n", { q: "string" })).toEqual([{ q: "01" }]);
  });

  test.each([
    ["q,n\na,x\n", 'row 1, column n: expected an integer of at most 53 bits, found the string "x"'],
    ["q,n\na,\n", 'row 1, column n: expected an integer of at most 53 bits, found the string ""'],
    ["q,n\na\n", "not valid CSV (Invalid Record Length: columns length is 2, got 1 on line 2); correct that line"],
    ['q,n\na,"1\n', "not valid CSV (Quote Not Closed"],
    ["q,n,q\na,1,b\n", 'column "q" occurs twice in the header; rename one'],
    ["Q,n\na,1\n", 'row 1 has no column "q"; did you mean "Q"?'],
    ["q,n\n", "the file has no rows"],
    ["", "the file is empty"],
    [Buffer.from("q,n\na,1\ncaf\xe9,2\n", "latin1"), "line 3 is not valid UTF-8"],
  ])("that is broken as in %j is refused", async (content, message) => {
    await expect(read("broken.csv", content, { q: "string", n: "int" })).rejects.toThrow(message);
  });

  test("property: what was written is read", async () => {
    const row = fc.record({
      q: fc.string({ unit: "binary" }),
      f: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0), // JSON has no -0
      b: fc.boolean(),
      l: fc.array(fc.string()),
    });
    const quoted = (value: unknown) =>
      `"${(typeof value === "string" ? value : JSON.stringify(value)).replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.constantFrom("\n", "\r\n"), async (rows, end) => {
        const lines = rows.map(({ q, f, b, l }) => [q, f, b, l].map(quoted).join(","));
        const text = ["q,f,b,l", ...lines].join(end);
        expect(await read("property.csv", text, { q: "string", f: "float", b: "bool", l: "string[]" })).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });
});

describe("Parquet", () => {
  const fixture = (name: string, only: Columns = columns) => readRowsFile(join(fixtures, name), { columns: only });

  test.each(["none", "snappy", "gzip", "brotli", "zstd", "lz4", "row-groups"])(
    "%s.parquet has the rows of the JSON lines",
    async (name) => {
      const lines = (await readFile(join(fixtures, "rows.jsonl"), "utf8")).trimEnd().split("\n");
      expect(await fixture(`${name}.parquet`)).toEqual(lines.map((line) => JSON.parse(line) as unknown));
    },
  );

  test("problems of the rows are said with their place", async () => {
    const question: Columns = { question: "string" };
    await expect(fixture("null.parquet", question)).rejects.toThrow(
      "row 2, column question: expected a string, found null",
    );
    await expect(fixture("no-rows.parquet")).rejects.toThrow("no-rows.parquet: the file has no rows");
    await expect(fixture("large-integer.parquet", { label: "int" })).rejects.toThrow(
      "row 2, column label: expected an integer of at most 53 bits, found the bigint 1152921504606846976",
    );
    await expect(fixture("snappy.parquet", { Question: "string" })).rejects.toThrow(
      'snappy.parquet has no column "Question"; did you mean "question"?',
    );
    await expect(fixture("not-utf8.parquet", question)).rejects.toThrow(
      'not-utf8.parquet: a text is not valid UTF-8: it reads "café" in Latin-1; write the file with texts in UTF-8',
    );
  });

  test("decimals keep their digits, and bytes are texts where they are UTF-8", async () => {
    expect(await readRowsFile(join(fixtures, "odd.parquet"), { columns: "any" })).toEqual([
      {
        price: 0.57,
        prices: [0.57],
        offer: { price: 0.57 },
        bare: "café",
        image: { bytes: [255, 216], path: "a.jpg" },
      },
      { price: -1.1, prices: [-1.1], offer: { price: -1.1 }, bare: "", image: { bytes: "ok", path: null } },
      { price: null, prices: [null], offer: { price: null }, bare: null, image: null },
    ]);
  });

  test("a column that is there twice is refused", async () => {
    await expect(fixture("twice.parquet", { q: "string" })).rejects.toThrow(
      'twice.parquet: column "q" occurs twice; rename one',
    );
  });

  test("problems of the file are one line", async () => {
    const whole = await readFile(join(fixtures, "snappy.parquet"));
    for (const length of [1, 7, 11, 100, whole.length >> 1, whole.length - 1]) {
      await expect(read("cut.parquet", whole.subarray(0, length), columns)).rejects.toThrow(
        `${join(folder, "cut.parquet")}: truncated or not a readable Parquet file (`,
      );
    }
    const broken = Buffer.from(whole);
    broken.fill(0xff, 4, whole.length >> 1);
    await expect(read("broken.parquet", broken, columns)).rejects.toThrow("truncated or not a readable Parquet file (");
    await expect(read("empty.parquet", "", columns)).rejects.toThrow("empty.parquet: the file is empty; expected rows");
    await expect(read("text.parquet", '{"question":"a"}\n', columns)).rejects.toThrow("not a readable Parquet file");
    await expect(readRowsFile(join(folder, "absent.parquet"), { columns })).rejects.toThrow("ENOENT");
  });
});

test("other extensions are refused", async () => {
  await expect(read("rows.jsn", "{}", columns)).rejects.toThrow(
    'rows cannot be read from ".jsn"; did you mean "json"?',
  );
});

describe("files as people have them", () => {
  const rows = [
    { q: "a, é", n: 1 },
    { q: "b;\tc", n: 2 },
  ];
  const of: Columns = { q: "string", n: "int" };
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const tsv = 'q\tn\n"a, é"\t1\n"b;\tc"\t2\n';

  test.each<[string, string | Buffer]>([
    ["array.json", JSON.stringify(rows, null, 2)],
    ["lines.json", lines],
    ["rows.tsv", tsv],
    ["rows.jsonl.gz", gzipSync(lines)],
    ["rows.json.gz", gzipSync(JSON.stringify(rows))],
    ["rows.csv.gz", gzipSync('q,n\n"a, é",1\n"b;\tc",2\n')],
    ["rows.tsv.gz", gzipSync(tsv)],
    ["packed.jsonl", gzipSync(lines)],
    ["excel.csv", '\uFEFFsep=;\r\nq;n\r\na, é;1\r\n"b;\tc";2\r\n'],
    ["mac.csv", 'q,n\r"a, é",1\r"b;\tc",2\r'],
    ["little.tsv", Buffer.from(`\uFEFF${tsv}`, "utf16le")],
    ["big.jsonl", Buffer.from(`\uFEFF${lines}`, "utf16le").swap16()],
  ])("%s", async (name, content) => {
    expect(await read(name, content, of)).toEqual(rows);
  });

  test.each<[string, string | Buffer, string]>([
    ["object.json", '{"rows": []}', "not an array; expected an array of objects"],
    ["odd.json", '[{"q": "a"}, 3]', "element 2 is not an object; expected an array of objects"],
    ["cut.json", '[{"q": "a"}', "not valid JSON ("],
    ["none.json", "[]", "the file has no rows"],
    ["cut.jsonl.gz", gzipSync(lines).subarray(0, 30), "truncated or not a readable gzip file ("],
    ["sixteen.jsonl", Buffer.from(lines, "utf16le"), "is not valid UTF-8"],
    [
      "ascii.jsonl",
      Buffer.from("{}\n", "utf16le"),
      "begins with bytes of 0, as UTF-16 without a mark does; save the file as UTF-8",
    ],
    ["half.jsonl", '{"q": "a\\ud83d", "n": 1}', 'line 1: the text "a\\ud83d" has half of a surrogate pair'],
    ["half.json", '[{"q": "\\uDE00", "n": 1}]', "half.json: the text"],
    ["table.csv", "PAR1", "table.csv: no text but a Parquet file; name it .parquet"],
    ["sheet.csv", "PK\x03\x04", "no text but a zip archive or a spreadsheet; unpack it, or save the sheet as CSV"],
    ["cut16.csv", Buffer.from("\uFEFFq\n\ud800", "utf16le"), "begins as UTF-16LE, but is not; save the file as UTF-8"],
  ])("%s is refused", async (name, content, message) => {
    await expect(read(name, content, of)).rejects.toThrow(message);
  });
});

test("an integer of more than 53 bits is the text of its digits where no type is described", async () => {
  const path = join(folder, "long.jsonl");
  await writeFile(
    path,
    '{"id":9007199254740993,"f":0.1234567890123456789,"t":"9007199254740993","of":[-9007199254740993]}\n',
  );
  expect(await readRowsFile(path, { columns: "any" })).toEqual([
    { id: "9007199254740993", f: 0.12345678901234568, t: "9007199254740993", of: ["-9007199254740993"] },
  ]);
});

describe("a folder of Parquet parts", () => {
  const of: Columns = { q: "string", n: "int", lang: "string" };

  test("as DuckDB writes it, partitioned", async () => {
    const out = join(folder, "parts");
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT * FROM (VALUES ('a', 1, 'de'), ('b', 2, 'en GB'), ('c', 3, 'de')) t(q, n, lang) ORDER BY n)
       TO '${out}' (FORMAT parquet, PARTITION_BY (lang))`,
    );
    connection.closeSync();
    instance.closeSync();
    await writeFile(join(out, "_SUCCESS"), "");
    await writeFile(join(out, ".part.parquet.crc"), "");
    await writeFile(join(out, "_hidden.parquet"), "no Parquet file");
    const rows = await readRowsFile(out, { columns: of });
    expect(rows.sort((a, b) => Number(a["n"]) - Number(b["n"]))).toEqual([
      { q: "a", n: 1, lang: "de" },
      { q: "b", n: 2, lang: "en GB" },
      { q: "c", n: 3, lang: "de" },
    ]);
    await expect(readRowsFile(out, { columns: { ...of, year: "int" } })).rejects.toThrow('has no column "year"');
  });

  test("without parts is refused", async () => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    await expect(readRowsFile(empty, { columns: of })).rejects.toThrow("the folder has no .parquet or .arrow file");
  });
});

describe("Arrow, as datasets and pyarrow write it", () => {
  const arrow = join(import.meta.dirname, "../fixtures/arrow");
  const any = { columns: "any" } as const;

  test.each([
    ["saved/train", expected.train],
    ["saved/validation", expected.validation],
    ["stream.arrow", expected.table],
    ["file.arrow", expected.table],
  ])("%s", async (name, rows) => {
    expect(await readRowsFile(join(arrow, name), any)).toEqual(rows);
  });

  const kinds = ["plain", "large", "view", "word", "list", "struct"];

  test("texts are read sign by sign, whatever type holds them", async () => {
    const texts = ["\uFEFFmark", "\uFFFD", "café, longer than twelve bytes", null];
    const held = (kind: string, text: string | null) => (kind === "list" ? [text] : kind === "struct" ? { of: text } : text); // prettier-ignore
    expect(await readRowsFile(join(arrow, "signs.arrow"), any)).toEqual(
      texts.map((text) => Object.fromEntries(kinds.map((kind) => [kind, held(kind, text)]))),
    );
  });

  test.each(kinds)("a %s text that is no UTF-8 is refused", async (kind) => {
    const columns = { [kind]: kind === "list" ? "string[]" : kind === "struct" ? { of: "string" } : "string" } as Columns; // prettier-ignore
    await expect(readRowsFile(join(arrow, "broken.arrow"), { columns })).rejects.toThrow(
      'broken.arrow: a text is not valid UTF-8: it reads "longer than twelve bytes: café" in Latin-1; write the file with texts in UTF-8',
    );
  });

  test("a column that is there twice is refused", async () => {
    await expect(readRowsFile(join(arrow, "twice.arrow"), any)).rejects.toThrow('column "q" occurs twice; rename one');
  });

  test("only the described columns are read", async () => {
    const columns: Columns = { right: "bool", label: "int" };
    expect(await readRowsFile(join(arrow, "saved/validation"), { columns })).toEqual([
      { right: true, label: 1 },
      { right: false, label: 0 },
    ]);
    const odd = readRowsFile(join(arrow, "saved/validation"), { columns: { lable: "int" } });
    await expect(odd).rejects.toThrow('has no column "lable"; did you mean "label"');
  });

  test("what is packed, cut off between two batches, empty or several splits is refused", async () => {
    const whole = await readFile(join(arrow, "stream.arrow"));
    const batch = whole.lastIndexOf(Buffer.from([0xff, 0xff, 0xff, 0xff]), whole.length - 9);
    await writeFile(join(folder, "cut.arrow"), whole.subarray(0, batch));
    await writeFile(join(folder, "empty.arrow"), "");
    const refused = (path: string, message: string) => expect(readRowsFile(path, any)).rejects.toThrow(message);
    await refused(join(arrow, "packed.arrow"), "packed with LZ4_FRAME, which is not read here; write it unpacked");
    await refused(join(folder, "cut.arrow"), "truncated or not a readable Arrow file (its end is not");
    await refused(join(folder, "empty.arrow"), "the file is empty; expected rows");
    await refused(join(arrow, "saved"), "with several splits (train, validation); name the folder of one");
    const old = join(folder, "old");
    await mkdir(old);
    await writeFile(join(old, "state.json"), '{"_data_files":[],"_indices_data_files":[{"filename":"i.arrow"}]}');
    await refused(old, "flatten_indices().save_to_disk");
    const mixed = join(folder, "mixed");
    await mkdir(mixed);
    for (const name of ["ds-train.arrow", "ds-test.arrow", "cache-1.arrow"]) await writeFile(join(mixed, name), whole);
    await refused(mixed, "the Arrow files ds-test.arrow, ds-train.arrow are not the parts of one split");
  });
});

describe("rows in several files, or a part of them", () => {
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ n: from + i }));
  const read = (text: string) =>
    readLocalRows(
      { paths: [join(folder, "a.part.jsonl"), join(folder, "b.part.json")], ...sliceOf(text) },
      { columns: "any" },
    );
  const sliceOf = (text: string) => {
    const { slice } = parsedSplit(text);
    return slice === undefined ? {} : { slice };
  };
  beforeAll(async () => {
    const lines = numbers(0, 3).map((row) => JSON.stringify(row));
    await writeFile(join(folder, "a.part.jsonl"), lines.join("\n"));
    await writeFile(join(folder, "b.part.json"), JSON.stringify(numbers(3, 9)));
  });

  // As datasets 5.2.0 reads them: load_dataset("json", data_files={"test": […]}, split=…).
  test.each([
    ["test", 0, 9],
    ["test[:4]", 0, 4],
    ["test[2:]", 2, 9],
    ["test[-2:]", 7, 9],
    ["test[:-2]", 0, 7],
    ["test[1:100]", 1, 9],
    ["test[:50%]", 0, 4],
    ["test[10%:-10%]", 1, 8],
    ["test[50%:]", 4, 9],
  ])("%s", async (split, from, to) => {
    expect(await read(split)).toEqual(numbers(from, to));
  });

  test("a part without rows, and what is no slice, are refused", async () => {
    await expect(read("test[9:]")).rejects.toThrow("b.part.json[9:]: none of the 9 rows is in this part");
    expect(() => parsedSplit("train+test")).toThrow(
      'the split "train+test" is not read here; write a name, or a slice',
    );
    expect(() => parsedSplit("test[a:b]")).toThrow("is not read here");
  });
});

describe("JSON", () => {
  test("rows under a key, and columns", async () => {
    const path = join(folder, "field.json");
    await writeFile(path, '{"version": 1, "data": [{"q": "a"}], "columns": {"q": ["b", "c"], "n": [1, 2]}}');
    const of = (field: string) => readRowsFile(path, { columns: "any" }, path, { field });
    expect(await of("data")).toEqual([{ q: "a" }]);
    expect(await of("columns")).toEqual([{ q: "b", n: 1 }, { q: "c", n: 2 }]); // prettier-ignore
    await expect(of("dta")).rejects.toThrow('no key "dta"; did you mean "data"');
    await expect(of("version")).rejects.toThrow("not an array; expected an array of objects");
    const whole = readRowsFile(path, { columns: "any" });
    await expect(whole).rejects.toThrow('if its rows stand under "data", write that list to a file of its own');
  });
});
