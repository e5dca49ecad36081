import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Results } from "../../src/store/results.js";
import { violations } from "../support/browser.js";
import { runCli } from "../support/cli.js";
import { serveFolder } from "../support/static-server.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();
let server: Awaited<ReturnType<typeof serveFolder>>;
let context: BrowserContext;

beforeAll(async () => {
  const made = await runCli(["page", "-o", "page"], folder);
  expect(made.stderr + made.stdout).toMatch(/^page\/index\.html: \d+ files, [\d.]+ MB; any server of files shows it/);
  server = await serveFolder(join(folder, "page"));
  context = await chromium.launchPersistentContext(join(folder, "user"), {
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
});
afterAll(async () => {
  await context.close();
  server.close();
});

/** Opens the page and waits until it can be used. */
async function opened(): Promise<{ page: Page; complaints: string[]; outside: string[] }> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const outside: string[] = [];
  page.on("console", (message) => {
    // Chromium says so of a machine without a graphics card.
    if (["error", "warning"].includes(message.type()) && message.text() !== "No available adapters.") complaints.push(message.text()); // prettier-ignore
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("blob:")) outside.push(request.url());
  });
  await page.goto(server.url);
  await page.locator("#try:enabled").waitFor();
  return { page, complaints, outside };
}

/** Waits for the report. @throws with the page's own words where there is none */
async function finished(page: Page): Promise<Results> {
  await page.locator("#result:visible, #error:not(:empty)").first().waitFor({ timeout: 100_000 });
  expect(await page.locator("#error").innerText()).toBe("");
  const download = page.waitForEvent("download");
  await page.locator("#save-json").click();
  return JSON.parse(readFileSync(await (await download).path(), "utf8")) as Results;
}

/** Compares every metric and the label mass of every cell. */
function expectSame(page: Results, cli: Results): void {
  expect(page.cells).toHaveLength(cli.cells.length);
  let compared = 0;
  for (const [i, cell] of cli.cells.entries()) {
    const other = page.cells[i];
    expect([other?.task, other?.prompt]).toEqual([cell.task, cell.prompt]);
    for (const [name, value] of Object.entries(cell.metrics ?? {})) {
      expect(Math.abs(value.mean - (other?.metrics?.[name]?.mean ?? NaN)), name).toBeLessThan(1e-4);
      compared++;
    }
    // The probability of all labels is as exact as the log-likelihoods are.
    expect(Math.abs((cell.label_mass ?? NaN) - (other?.label_mass ?? NaN))).toBeLessThan(1e-4);
  }
  expect(compared).toBeGreaterThanOrEqual(3);
}

async function cliResults(args: readonly string[], name: string): Promise<Results> {
  const { code, stderr } = await runCli([...args, "-o", name], folder);
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(join(folder, name, "results.json"), "utf8")) as Results;
}

/** Writes the built-in checkpoint into a folder, its weights in two shards. */
function shardedCheckpoint(): string {
  const place = join(folder, "sharded <b>&");
  mkdirSync(place);
  const source = (name: string) => readFileSync(join(folder, "page", "builtin", name));
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) writeFileSync(join(place, name), source(name)); // prettier-ignore
  const bytes = source("model.safetensors");
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<string, { data_offsets: [number, number] }>;
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__").sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]); // prettier-ignore
  const weight_map: Record<string, string> = {};
  const half = Math.floor(tensors.length / 2);
  for (const [i, part] of [tensors.slice(0, half), tensors.slice(half)].entries()) {
    const file = `model-0000${i + 1}-of-00002.safetensors`;
    const from = part[0]?.[1].data_offsets[0] ?? 0;
    const own = part.map(([name, entry]) => [name, { ...entry, data_offsets: entry.data_offsets.map((at) => at - from) }]); // prettier-ignore
    const text = Buffer.from(JSON.stringify(Object.fromEntries(own)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const end = part.at(-1)?.[1].data_offsets[1] ?? 0;
    writeFileSync(join(place, file), Buffer.concat([length, text, bytes.subarray(start + from, start + end)]));
    for (const [name] of part) weight_map[name] = file;
  }
  writeFileSync(join(place, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
  return place;
}

/** Writes the weights of a Llama of that shape as bfloat16, with a header and nothing behind it that takes space. */
function emptyWeights(
  file: string,
  { vocab, width, inner, layers }: Readonly<Record<"vocab" | "width" | "inner" | "layers", number>>,
): void {
  // prettier-ignore
  const shapes: [string, number[]][] = [["model.embed_tokens.weight", [vocab, width]], ["model.norm.weight", [width]]]; // prettier-ignore
  for (let i = 0; i < layers; i++) {
    const own = (name: string, ...shape: number[]) => shapes.push([`model.layers.${i}.${name}.weight`, shape]);
    for (const name of ["q", "k", "v", "o"]) own(`self_attn.${name}_proj`, width, width);
    for (const name of ["gate", "up"]) own(`mlp.${name}_proj`, inner, width);
    own("mlp.down_proj", width, inner);
    for (const name of ["input_layernorm", "post_attention_layernorm"]) own(name, width);
  }
  let end = 0;
  const header = Object.fromEntries(shapes.map(([name, shape]) => {
    const begin = end;
    end += 2 * shape.reduce((a, b) => a * b);
    return [name, { dtype: "BF16", shape, data_offsets: [begin, end] }];
  })); // prettier-ignore
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text]));
  truncateSync(file, 8 + text.length + end);
}

describe("the page that runs a model", { timeout: 300_000 }, () => {
  test("runs the built-in model at the first click, in threads, with the scores of the command line", async () => {
    const { page, complaints, outside } = await opened();
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    expect(await page.locator("#machine").innerText()).toMatch(/in \d+ threads .* up to 4 GiB/);
    expect(await violations(page)).toEqual([]);
    await page.locator("#prompts").selectOption("paper");
    await page.locator("#limit").fill("12");
    await page.locator("#try").click();
    const results = await finished(page);
    const flags = ["-m", "builtin", "--data", "builtin", "-t", "boolq", "--prompts", "paper", "-L", "12"];
    expectSame(results, await cliResults(flags, "of-builtin"));
    const report = page.frameLocator("#report");
    expect(await report.locator("h1").innerText()).toBe("Prompt sensitivity, 1 checkpoint");
    await report.locator("details.rows summary").first().click();
    await report.locator("details.rows .row-box").first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(outside).toEqual([]);
    await page.close();
  });

  test("takes a folder of shards beside another, rows that are pasted, and shows what is hostile as text", async () => {
    const { page, complaints } = await opened();
    const first = page.locator("[data-slot=before]");
    await first.locator("[data-builtin]").click();
    await first.getByText("590,688 parameters").waitFor();
    const place = shardedCheckpoint();
    const second = page.locator("[data-slot=after]");
    await second.locator("[data-files]").setInputFiles(place);
    await second.getByText("sharded <b>&: LlamaForCausalLM, 590,688 parameters as BF16, 1.2 MB of files; takes about").waitFor(); // prettier-ignore
    const lines = Array.from({ length: 30 }, (_, i) => `"<img src=x onerror=alert(1)> ${i}","</script> is it ${i}?",${i % 2 ? "yes" : "no"}`); // prettier-ignore
    const text = `text,question,label\n${lines.join("\n")}`;
    await page.getByLabel("My rows").check();
    await page.locator("#family").selectOption("text_classification");
    await page.locator("#rows").fill(text);
    await page.locator("#prompts").selectOption("paper");
    await page.locator("#shots").fill("2");
    await page.locator("#run").click();
    const results = await finished(page);
    expect(results.comparisons[0]).toMatchObject({ base: "builtin", sft: "sharded <b>&" });
    expect(results.comparisons[0]?.mean.mean).toBe(0);
    writeFileSync(join(folder, "pasted.csv"), text);
    const flags = ["-m", "builtin", "-t", "file:pasted.csv", "--family", "text_classification", "--label", "label", "--prompts", "paper", "-L", "40", "--num-fewshot", "2"]; // prettier-ignore
    const cells = results.cells.filter(({ checkpoint }) => checkpoint === "builtin");
    expectSame({ ...results, cells }, await cliResults(flags, "of-pasted"));
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("takes a folder that is dropped, and says of one without a checkpoint what is missing", async () => {
    const { page, complaints } = await opened();
    const slot = page.locator("[data-slot=before]");
    const box = await slot.locator("[data-drop]").boundingBox();
    const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + 10];
    const session = await context.newCDPSession(page);
    const drop = async (place: string) => {
      for (const type of ["dragEnter", "dragOver", "drop"] as const) await session.send("Input.dispatchDragEvent", { type, x, y, data: { items: [], files: [place], dragOperationsMask: 1 } }); // prettier-ignore
    };
    const empty = join(folder, "empty");
    mkdirSync(empty);
    await drop(empty);
    await slot.getByText("there is no config.json, tokenizer.json or safetensors file").waitFor();
    await drop(join(folder, "sharded <b>&"));
    await slot.getByText("sharded <b>&: LlamaForCausalLM, 590,688 parameters as BF16, 1.2 MB of files").waitFor();
    expect(await page.locator("#run").isEnabled()).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("says in its own words which files, rows and numbers it cannot take, before anything is loaded", async () => {
    const { page, complaints } = await opened();
    const slot = page.locator("[data-slot=before]");
    const builtin = (name: string) => readFileSync(join(folder, "page", "builtin", name));
    const place = (name: string, files: Readonly<Record<string, string | Buffer>>) => {
      mkdirSync(join(folder, name));
      for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, name, file), bytes);
      return join(folder, name);
    };
    const whole = Object.fromEntries(["config.json", "tokenizer.json", "model.safetensors"].map((name) => [name, builtin(name)])); // prettier-ignore
    const withoutTokenizer = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== "tokenizer.json"));
    // The header of a model of 6 billion parameters, in a file with as many bytes, none of which is written.
    const shape = { vocab: 512, width: 4096, inner: 11_008, layers: 32 };
    const config = { ...(JSON.parse(builtin("config.json").toString()) as object), vocab_size: shape.vocab, hidden_size: shape.width, intermediate_size: shape.inner, num_hidden_layers: shape.layers, num_attention_heads: 32, num_key_value_heads: 32, head_dim: 128, tie_word_embeddings: true }; // prettier-ignore
    const huge = place("huge", { ...whole, "config.json": JSON.stringify(config), "model.safetensors": "" });
    emptyWeights(join(huge, "model.safetensors"), shape);
    for (const [files, words] of [
      [
        place("no-tokenizer", withoutTokenizer),
        "there is no tokenizer.json: put the one of the model beside its weights",
      ],
      [
        place("spm", { ...withoutTokenizer, "tokenizer.model": "x" }),
        "there is a tokenizer.model and no tokenizer.json",
      ],
      [
        place("gguf", { "m.gguf": "GGUF" }),
        "m.gguf is a GGUF file, and this page reads safetensors: amuro-eval -m FILE",
      ],
      [
        place("torch", { "config.json": builtin("config.json"), "pytorch_model.bin": "x" }),
        "pytorch_model.bin is a file of PyTorch",
      ],
      [
        place("garbage", { ...whole, "model.safetensors": Buffer.alloc(64, 255) }),
        "it is cut or not a safetensors file",
      ],
      [
        place("cut", { ...whole, "model.safetensors": builtin("model.safetensors").subarray(0, 500_000) }),
        "the file is cut",
      ],
      [huge, "It cannot be run here: its weights take 25.9 GB as 32-bit numbers, and WebAssembly ends at 4 GiB"],
    ] as const) {
      await slot.locator("[data-files]").setInputFiles(files);
      await slot.locator("[data-about]", { hasText: words }).waitFor();
      expect(await page.locator("#run").isEnabled()).toBe(false);
    }
    await slot.locator("[data-builtin]").click();
    await slot.getByText("590,688 parameters").waitFor();
    await page.getByLabel("My rows").check();
    await page.locator("#prompts").selectOption("paper");
    await page.locator("#family").selectOption("text_classification");
    const good = "text,label\na,yes\nb,no";
    const said = async (rows: string, others: Readonly<Record<string, string>> = {}) => {
      for (const [id, text] of Object.entries({ rows, label: "label", choices: "", fields: "", limit: "5", shots: "0", ...others })) await page.locator(`#${id}`).fill(text); // prettier-ignore
      await page.locator("#run").click();
      await page.locator("#error:not(:empty)").waitFor();
      return page.locator("#error").innerText();
    };
    expect(await said("text,lab\na,yes\nb,no")).toBe('“Column of the right answer”, label: the pasted rows have no column "label"; did you mean "lab"?'); // prettier-ignore
    expect(await said('text,label\n"a,yes\nb,no')).toMatch(/^the pasted rows: not valid CSV .* line 3/);
    expect(await said('{"text":"a","label":"yes"}\n{"text":')).toMatch(/^the pasted rows: line 2 is not valid JSON/);
    expect(await said("[1,2]")).toMatch(/^the pasted rows: element 1 is not an object/);
    expect(await said("body,label\na,yes\nb,no")).toMatch(/; write text=COLUMN under “Other names of columns”$/);
    expect(await said(good, { fields: "pasage=text" })).toMatch(
      /^“Other names of columns”, pasage=text: .* no field "pasage"/,
    );
    expect(await said(good, { shots: "9" })).toMatch(/set “Examples before each question” to 0$/);
    for (const limit of ["0", "-3", "1.5", ""]) expect(await said(good, { limit })).toBe("“Rows at most”: write a whole number from 1 to 100000"); // prettier-ignore
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("fetches an id of the hub into the browser's own files, and finds it there again without a network", async () => {
    const { page } = await opened();
    const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"];
    await context.route("https://huggingface.co/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      const headers = { "access-control-allow-origin": "*" };
      if (pathname === "/api/models/org/small/revision/main") {
        const siblings = [...names, "README.md"].map((rfilename) => ({ rfilename, size: 1000 }));
        return route.fulfill({ json: { siblings }, headers });
      }
      const name = pathname.replace("/org/small/resolve/main/", "");
      if (!names.includes(name)) return route.fulfill({ status: 404, headers });
      return route.fulfill({ path: join(folder, "page", "builtin", name), headers });
    });
    const slot = page.locator("[data-slot=before]");
    await slot.locator("[data-hub]").fill("org/none");
    await slot.locator("[data-fetch]").click();
    await slot.getByText("org/none@main: the hub answers 404").waitFor();
    await slot.locator("[data-hub]").fill("org/small");
    await slot.locator("[data-fetch]").click();
    await slot.getByText("org/small: LlamaForCausalLM").waitFor();
    await page.close();
    await context.setOffline(true);
    server.close();
    const { page: again } = await opened();
    const kept = again.locator("[data-slot=before]");
    await kept.locator("[data-kept]").selectOption({ label: "org/small" });
    await kept.getByText("org/small: LlamaForCausalLM").waitFor();
    await again.locator("#prompts").selectOption("paper");
    await again.locator("#limit").fill("6");
    await again.locator("#run").click();
    expect((await finished(again)).cells).toHaveLength(3);
    await context.setOffline(false);
    await again.close();
  });
});
