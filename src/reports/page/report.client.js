// The report's own behaviour: the choice of checkpoints, filters, and rows one by one.
"use strict";

/**
 * @typedef {{ id: string, before: string | null, after: string }} ViewName
 */

/** @type {ViewName[]} */
const views = JSON.parse(byId("views")?.textContent ?? "[]");
let view = views[0];

// The choice of checkpoints.
{
  const select = /** @type {HTMLSelectElement | null} */ (byId("view"));
  const glance = byId("glance");
  const heatmaps = byId("heatmaps");
  const panels = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".panel")]);
  /** Parts of views that were shown already. @type {Map<string, { answer: string, heatmaps: string, panels: (string | null)[] }>} */
  const known = new Map();
  /** @param {string} id */
  const show = async (id) => {
    const parts = known.get(id) ?? JSON.parse(await unpack(`pack-${id}`));
    known.set(id, parts);
    if (select?.value !== id) return;
    view = views.find((one) => one.id === id);
    if (glance) glance.innerHTML = parts.answer;
    changeParts([
      ...(heatmaps ? [/** @type {[HTMLElement, string]} */ ([heatmaps, parts.heatmaps])] : []),
      ...panels.map(
        (panel, i) =>
          /** @type {[HTMLElement, string]} */ ([
            panel,
            parts.panels[i] ?? '<p class="about">Not scored by these checkpoints.</p>',
          ]),
      ),
    ]);
    enhanceTables(document);
    watchWidths(document);
    document.documentElement.dataset["view"] = id;
    document.dispatchEvent(new Event("view"));
  };
  if (select && views[0]) {
    known.set(views[0].id, {
      answer: glance?.innerHTML ?? "",
      heatmaps: heatmaps ? partText(heatmaps) : "",
      panels: panels.map(partText),
    });
    select.disabled = false;
    /** @param {string} id */
    const choose = (id) => {
      select.value = id;
      writeState({ view: id === views[0]?.id ? "" : id });
      void show(id);
    };
    // A browser may remember another choice from the last time.
    if (select.value !== views[0].id) void show(select.value);
    select.addEventListener("change", () => choose(select.value));
    onState("", ({ chosen }) => {
      const wanted = chosen.get("view");
      // A link of the page names a place alone: what is shown stays.
      if (wanted === null) writeState({ view: view?.id === views[0]?.id ? "" : (view?.id ?? "") });
      else if (wanted !== view?.id && views.some(({ id }) => id === wanted)) choose(wanted);
    });
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-choose]"))) {
      button.addEventListener("click", () => {
        choose(button.dataset["choose"] ?? "");
      });
    }
    const mark = () => {
      for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-pair]"))) {
        if (line.dataset["pair"] === view?.id) line.setAttribute("aria-current", "true");
        else line.removeAttribute("aria-current");
      }
    };
    document.addEventListener("view", mark);
    mark();
  }
}

// The table of all tasks.
{
  const area = byId("all-tasks");
  const input = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-filter=all-tasks]"));
  const only = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-only-view=all-tasks]"));
  const count = document.querySelector("[data-count=all-tasks]");
  const apply = () => {
    if (!area) return;
    const { shown, of } = filterRows(
      area,
      input?.value ?? "",
      (row) => only?.checked !== true || row.dataset["view"] === view?.id,
    );
    if (count) count.textContent = shown === of ? "" : `${shown} of ${of} lines`;
  };
  input?.addEventListener("input", apply);
  only?.addEventListener("change", apply);
  for (const event of ["view", "put-in"]) document.addEventListener(event, apply);
  apply();
}

/** Rows on one page of the list. */
const PAGE = 20;

/** @param {number} value */
const fixed = (value, digits = 3) => {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
};

/** @param {number} value */
const signed = (value) => (value > 0 && Number(fixed(value)) !== 0 ? `+${fixed(value)}` : fixed(value));

/** One square a prompt, in the order of the prompts: filled where it was right. @param {number[]} scores @param {"before" | "after"} side */
function strip(scores, side) {
  const width = Math.max(3, Math.min(9, Math.floor(220 / Math.max(1, scores.length))));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `strip ${side}`);
  svg.setAttribute("width", String(scores.length * width));
  svg.setAttribute("height", "12");
  svg.setAttribute("aria-hidden", "true");
  scores.forEach((score, i) => {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("x", String(i * width + 0.5));
    rect.setAttribute("y", "0.5");
    rect.setAttribute("width", String(width - 1));
    rect.setAttribute("height", "11");
    rect.setAttribute("fill-opacity", String(Math.max(0.08, score)));
    svg.append(rect);
  });
  return svg;
}

/** @param {RowSide | undefined} side @param {number} i */
const scoresOf = (side, i) => side?.prompts.map((_, p) => side.score(p, i) ?? 0) ?? [];
/** @param {number[]} values */
const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Answers of all prompts to one row. @param {RowSource} source @param {number} i loaded @param {RowSide | undefined} before @param {RowSide} after @param {string} [chosen] the prompt that is marked */
function rowDetail(source, i, before, after, chosen) {
  const row = source.row(i);
  const fields = make("dl", { class: "fields" });
  for (const [field, text] of row.fields) fields.append(make("dt", {}, field), make("dd", {}, text));
  if (row.right !== null) fields.append(make("dt", {}, "right answer"), make("dd", {}, row.right));
  /** @param {number | string | null | undefined} answer */
  const said = (answer) =>
    typeof answer === "number"
      ? answer < 0
        ? "none of them"
        : (row.answers[answer] ?? `answer ${answer + 1}`)
      : (answer ?? "–");
  /** @param {number[] | null | undefined} values */
  const lls = (values) =>
    values ? values.map((value, k) => `${row.answers[k] ?? `answer ${k + 1}`} ${fixed(value, 2)}`).join(", ") : "–";
  const head = make("tr", {}, make("th", { scope: "col" }, "prompt"));
  const sides = before
    ? [
        { at: before, label: "before" },
        { at: after, label: "after" },
      ]
    : [{ at: after, label: "" }];
  for (const { label } of sides)
    head.append(
      make("th", { scope: "col" }, `answer ${label}`),
      make("th", { scope: "col", class: "n" }, "score"),
      make("th", { scope: "col" }, "log-likelihoods (nats)"),
      make("th", { scope: "col", class: "n" }, "label mass"),
    );
  const body = make("tbody");
  after.prompts.forEach((prompt, p) => {
    const line = make(
      "tr",
      prompt === chosen ? { "aria-current": "true" } : {},
      make("th", { scope: "row" }, make("bdi", {}, prompt)),
    );
    for (const { at } of sides) {
      const q = at === after ? p : at.prompts.indexOf(prompt);
      const mass = at.mass(q, i);
      const score = at.score(q, i) ?? 0;
      line.append(
        make("td", {}, said(at.answer(q, i))),
        make(
          "td",
          { class: `n ${score >= 0.5 ? "right" : "wrong"}` },
          fixed(score, source.metric.startsWith("acc") ? 0 : 3),
        ),
        make("td", {}, lls(at.logprobs(q, i))),
        make("td", { class: "n" }, mass === null || mass === undefined ? "–" : fixed(mass)),
      );
    }
    body.append(line);
  });
  const table = make("table", {}, make("thead", {}, head), body);
  return make(
    "div",
    { class: "detail" },
    fields,
    make("div", { class: "table", tabindex: "0", role: "group", "aria-label": "Answers of every prompt" }, table),
  );
}

/** The list of rows of one task. @param {RowSource} source @param {HTMLElement} slot @param {string} place */
async function rowList(source, slot, place) {
  const shown = view;
  const [before, after] = await Promise.all([source.side(shown?.before), source.side(shown?.after)]);
  // Another pair may have been chosen while these were read.
  if (shown !== view) return;
  if (!after || (shown?.before !== null && !before)) {
    slot.replaceChildren(
      make(
        "p",
        { class: "about" },
        "The rows of these checkpoints are not in this page: choose one of the first pairs.",
      ),
    );
    return;
  }
  const sides = [before, after];
  const lines = Array.from(source.numbers, (number, i) => {
    const mean = after.means[i] ?? 0;
    return { i, number, mean, was: before?.means[i] ?? 0, unrest: 2 * mean * (1 - mean) };
  });
  const search = /** @type {HTMLInputElement} */ (
    make("input", { type: "search", placeholder: "words of the row", autocomplete: "off" })
  );
  const order = /** @type {HTMLSelectElement} */ (make("select"));
  /** @type {Record<string, (a: typeof lines[0], b: typeof lines[0]) => number>} */
  const orders = {
    "most disagreement between prompts": (a, b) => b.unrest - a.unrest || a.number - b.number,
    ...(before
      ? {
          "most gained by SFT": (a, b) => b.mean - b.was - (a.mean - a.was),
          "most lost by SFT": (a, b) => a.mean - a.was - (b.mean - b.was),
        }
      : {}),
    "lowest score": (a, b) => a.mean - b.mean,
    "number of the row": (a, b) => a.number - b.number,
  };
  for (const name of Object.keys(orders)) order.append(make("option", {}, name));
  const flips = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox" }));
  const { chosen } = readState();
  search.value = chosen.get("words") ?? "";
  if (orders[chosen.get("order") ?? ""]) order.value = chosen.get("order") ?? "";
  flips.checked = chosen.has("flips");
  const list = make("div", { class: "row-list" });
  const single = make("div", { class: "single" });
  const drawing = make("div");
  /** @param {number} i @param {string} prompt */
  const open = async (i, prompt) => {
    await source.load([i], sides, "all");
    const number = source.numbers[i];
    const close = make("button", { type: "button" }, "Close");
    close.addEventListener("click", () => {
      single.replaceChildren();
      writeState({ row: "", prompt: "" }, place);
    });
    single.replaceChildren(make("h4", {}, `Row ${number} `, close), rowDetail(source, i, before, after, prompt));
    writeState({ row: String(number), prompt }, place);
  };
  const pager = make("div", { class: "controls" });
  let page = 0;
  let turn = 0;
  const render = async () => {
    const now = ++turn;
    const wanted = wantedWords(search.value);
    const matches = wanted.length === 0 ? null : new Set(await source.find(wanted));
    const found = lines
      .filter((line) => (matches === null || matches.has(line.i)) && (!flips.checked || line.unrest > 0))
      .sort(orders[order.value]);
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(page, pages - 1);
    const listed = found.slice(page * PAGE, (page + 1) * PAGE);
    await source.load(listed.map(({ i }) => i), sides, "all"); // prettier-ignore
    // Asked for something else meanwhile.
    if (now !== turn) return;
    const matrix = rowMatrix(
      {
        rows: found.map(({ i }) => i),
        names: (i) => String(source.numbers[i]),
        sides: [
          ...(before ? [{ label: "before SFT", side: before }] : []),
          { label: before ? "after SFT" : after.name, side: after },
        ],
        axes: source.axes,
        load: (rows, side) => source.load(rows, [side], "scores"),
        open: (i, prompt) => void open(i, prompt),
      },
      { axis: readState().chosen.get("axis"), changed: (axis) => writeState({ axis }, place) },
    );
    drawing.replaceChildren(matrix.element);
    matrix.resize();
    list.replaceChildren(
      ...listed.map(({ i, mean, was }) => {
        const row = source.row(i);
        const [then, now] = [scoresOf(before, i), scoresOf(after, i)];
        const right = (/** @type {number[]} */ scores) =>
          source.metric.startsWith("acc")
            ? `${scores.filter((score) => score === 1).length} of ${scores.length} right`
            : `mean ${fixed(meanOf(scores))}`;
        const text = row.fields.map(([, value]) => value).join(" · ");
        const summary = make(
          "summary",
          {},
          make("b", {}, `row ${row.row}`),
          " ",
          make("span", { class: "excerpt" }, text.length > 140 ? `${text.slice(0, 140)}…` : text),
        );
        const score = make("div", { class: "row-scores" });
        if (before) score.append(make("span", {}, `before: ${right(then)} `, strip(then, "before")));
        score.append(make("span", {}, `${before ? "after: " : ""}${right(now)} `, strip(now, "after")));
        if (before) score.append(make("b", { class: mean < was ? "down" : "up" }, signed(mean - was)));
        const box = make("details", { class: "row" }, summary);
        box.addEventListener("toggle", () => {
          if (box.children.length === 1) box.append(rowDetail(source, i, before, after));
        });
        return make("div", { class: "row-box" }, box, score);
      }),
    );
    const step = (/** @type {string} */ label, /** @type {number} */ by) => {
      const button = /** @type {HTMLButtonElement} */ (make("button", { type: "button" }, label));
      button.disabled = page + by < 0 || page + by >= pages;
      button.addEventListener("click", () => {
        page += by;
        void render();
      });
      return button;
    };
    pager.replaceChildren(
      step("Earlier", -1),
      make("span", { role: "status" }, `${found.length} rows, page ${page + 1} of ${pages}`),
      step("Further", 1),
    );
  };
  const changed = () => {
    page = 0;
    const isFirst = order.value === Object.keys(orders)[0];
    writeState({ words: search.value, order: isFirst ? "" : order.value, flips: flips.checked ? "only" : "" }, place);
    void render();
  };
  search.addEventListener("input", changed);
  for (const input of [order, flips]) input.addEventListener("change", changed);
  slot.replaceChildren(
    make(
      "div",
      { class: "controls" },
      make("label", {}, "Filter ", search),
      make("label", {}, "Order ", order),
      make("label", {}, flips, " only rows on which prompts disagree"),
    ),
    drawing,
    single,
    list,
    pager,
  );
  // The drawing asks for its own width: it is made once it stands in the page.
  await render();
  const wanted = lines.find(({ number }) => String(number) === chosen.get("row"));
  if (wanted) await open(wanted.i, chosen.get("prompt") ?? "");
}

// Rows are read when they are asked for.
for (const box of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.rows"))) {
  const slot = /** @type {HTMLElement} */ (box.querySelector(".slot"));
  const place = box.closest("section")?.id ?? "";
  const fill = async () => {
    if (!box.open) return;
    try {
      await rowList(await sourceOf(box), slot, place);
    } catch (error) {
      slot.replaceChildren(make("p", { class: "about", role: "alert" }, `The rows cannot be read: ${/** @type {Error} */ (error).message}`)); // prettier-ignore
    }
  };
  box.addEventListener("toggle", () => void fill());
  document.addEventListener("view", () => void fill());
  onState(place, ({ chosen }) => {
    if (!["row", "words", "order", "flips"].some((name) => chosen.has(name))) return;
    if (box.open) void fill();
    else box.open = true;
  });
}

// Words are looked for in the rows of every task.
{
  const MOST_FOUND = 50;
  const slot = document.querySelector("#find .slot");
  const input = /** @type {HTMLInputElement} */ (
    make("input", { type: "search", placeholder: "words of a row of any task", autocomplete: "off", class: "long" })
  );
  const count = make("output");
  const list = make("ul", { class: "found" });
  const boxes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("details.rows")]);
  let turn = 0;
  const find = async () => {
    const words = wantedWords(input.value);
    const now = ++turn;
    if (words.length === 0) {
      count.textContent = "";
      return list.replaceChildren();
    }
    /** @type {HTMLElement[]} */
    const found = [];
    let all = 0;
    for (const box of boxes) {
      const section = box.closest("section");
      const source = await sourceOf(box);
      const matches = await source.find(words);
      if (now !== turn) return;
      for (const i of matches) {
        const row = source.row(i);
        const text = [...row.fields.map(([, value]) => value), row.right ?? "", ...row.answers].join(" · ");
        if (++all > MOST_FOUND) continue;
        const link = make(
          "a",
          { href: `#${encodeURIComponent(section?.id ?? "")}?row=${row.row}` },
          `${section?.querySelector("h2")?.textContent ?? ""}, row ${row.row}`,
        );
        found.push(
          make(
            "li",
            {},
            link,
            " ",
            make("span", { class: "excerpt" }, text.length > 160 ? `${text.slice(0, 160)}…` : text),
          ),
        );
      }
    }
    count.textContent = `${all} row${all === 1 ? "" : "s"}${all > MOST_FOUND ? `, the first ${MOST_FOUND} are shown` : ""}`;
    list.replaceChildren(...found);
  };
  input.addEventListener("input", () => {
    writeState({ find: input.value });
    void find();
  });
  slot?.replaceChildren(make("div", { class: "controls" }, make("label", {}, "Words ", input), count), list);
  onState("", ({ chosen }) => {
    const wanted = chosen.get("find");
    if (wanted === null || wanted === input.value) return;
    input.value = wanted;
    void find();
  });
}
