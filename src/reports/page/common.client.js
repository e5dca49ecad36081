// What every page does: theme, tables that sort and filter. Runs in the browser; reads nothing but the page itself.
"use strict";

/** @param {string} id @returns {HTMLElement | null} */
const byId = (id) => document.getElementById(id);

/**
 * An element with text children only: nothing that comes from results is ever markup.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Text of a packed part of the page. @param {string} id @returns {Promise<string>} */
async function unpack(id) {
  const chars = atob(byId(id)?.textContent ?? "");
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** Where a place that is gone to begins, below the choice of checkpoints. */
const ABOVE = 60;
// Parts of a large page are text, as browsers without scripts show it, until they come into sight.
const nearing = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      // What is read stays where it is: not every browser sees to that.
      const isAbove = target.getBoundingClientRect().bottom <= ABOVE;
      const height = document.documentElement.scrollHeight;
      putIn(/** @type {HTMLElement} */ (target));
      if (isAbove) scrollBy(0, document.documentElement.scrollHeight - height);
    }
  },
  { rootMargin: "600px" },
);
/** What a part holds, put in or not. @param {Element} box */
const partText = (box) => box.querySelector(":scope > noscript")?.textContent ?? box.innerHTML;
/** @param {HTMLElement} box */
function putIn(box) {
  if (!box.querySelector(":scope > noscript")) return;
  nearing.unobserve(box);
  box.innerHTML = partText(box);
  box.style.minHeight = "";
  enhanceTables(box);
  watchWidths(box);
  document.dispatchEvent(new Event("put-in"));
}
/** @param {ParentNode} root */
function putInAll(root) {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".later"))) putIn(box);
}
// The browser's own search finds only what is there: everything is put in before it begins.
document.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
  if (key.toLowerCase() !== "f" || !(ctrlKey || metaKey)) return;
  const read = document.elementFromPoint(innerWidth / 2, 2 * ABOVE);
  const top = read?.getBoundingClientRect().top ?? 0;
  putInAll(document);
  if (read?.isConnected) scrollBy(0, read.getBoundingClientRect().top - top);
});
/** Changes what parts hold: those in sight at once, others when they come into sight. @param {[HTMLElement, string][]} changes */
function changeParts(changes) {
  const far = changes.map(([box]) => {
    const { top, bottom, height } = box.getBoundingClientRect();
    return box.classList.contains("later") && (bottom < -600 || top > innerHeight + 600) ? height : undefined;
  });
  changes.forEach(([box, text], i) => {
    if (far[i] === undefined) {
      box.innerHTML = text;
      return;
    }
    box.style.minHeight = `${far[i]}px`;
    box.replaceChildren(make("noscript", {}, text));
    nearing.observe(box);
  });
}

// Theme: that of the system, light or dark. Kept for the next page where the browser keeps anything.
{
  const button = byId("theme");
  const themes = ["system", "light", "dark"];
  /** @param {string} theme */
  const apply = (theme) => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    if (button) button.textContent = `Theme: ${theme}`;
  };
  let theme = "system";
  try {
    theme = localStorage.getItem("amuro-eval-theme") ?? "system";
  } catch {
    // No storage for files here.
  }
  if (!themes.includes(theme)) theme = "system";
  apply(theme);
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
      apply(theme);
      try {
        localStorage.setItem("amuro-eval-theme", theme);
      } catch {
        // As above.
      }
    });
  }
}

/** What the address says after "#": a place of the page, and after "?" what is chosen there. */
function readState() {
  const [place = "", query = ""] = location.hash.slice(1).split("?");
  let name = place;
  try {
    name = decodeURIComponent(place);
  } catch {
    // As it stands.
  }
  return { place: name, chosen: new URLSearchParams(query) };
}

/** What holds at every place: the rest belongs to one. */
const EVERYWHERE = ["view", "find"];

/** Puts a choice into the address, without a step in the history. @param {Record<string, string>} changes @param {string} [place] where it belongs */
function writeState(changes, place) {
  const now = readState();
  const chosen = new URLSearchParams();
  const same = place === undefined || place === now.place;
  for (const [name, value] of now.chosen) if (same || EVERYWHERE.includes(name)) chosen.set(name, value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") chosen.delete(name);
    else chosen.set(name, value);
  }
  const query = chosen.toString();
  const address = `#${encodeURIComponent(place ?? now.place)}${query === "" ? "" : `?${query}`}`;
  // The browser may be on its way to the place that the address names already.
  if (address !== `#${location.hash.slice(1)}`) history.replaceState(null, "", address);
}

/** @type {{ place: string, apply: (state: ReturnType<typeof readState>) => void }[]} */
const stateReaders = [];

/** Tells what is chosen at a place, now and whenever the address changes. @param {string} place "" for what holds everywhere @param {(state: ReturnType<typeof readState>) => void} apply */
function onState(place, apply) {
  stateReaders.push({ place, apply });
  const state = readState();
  if (place === "" || state.place === place) apply(state);
}

/** Opens every folded part that the place of the address lies in, goes there and puts the keyboard there. */
function followAddress() {
  const { place } = readState();
  // A place may lie in a part that is not there yet.
  if (place !== "" && !byId(place)) putInAll(document);
  const target = byId(place);
  if (!target) return;
  putInAll(target);
  for (let box = target.closest("details"); box; box = box.parentElement?.closest("details") ?? null) box.open = true;
  const focused = target instanceof HTMLDetailsElement ? (target.querySelector("summary") ?? target) : target;
  if (focused === target && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  focused.focus({ preventScroll: true });
  target.scrollIntoView({ block: "start" });
}
window.addEventListener("hashchange", () => {
  const state = readState();
  for (const { place, apply } of stateReaders) if (place === "" || place === state.place) apply(state);
  followAddress();
});
// A link to where the page is already changes no address: the part may have been folded or scrolled away since.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link?.hash && link.getAttribute("href") === location.hash) setTimeout(followAddress);
});

/** What a cell is sorted by: its number, or its text. @param {Element | undefined} cell @returns {number | string} */
function sortKey(cell) {
  const given = cell?.getAttribute("data-sort");
  if (given === null || given === undefined) return (cell?.textContent ?? "").trim();
  return given === "" ? Number.NEGATIVE_INFINITY : Number(given);
}

/** Numbers before names; names with their numbers in order: step2 before step10. @param {number | string} a @param {number | string} b */
function compareKeys(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a < b ? -1 : 1;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** @param {HTMLTableElement} table @param {number} column @param {"ascending" | "descending"} direction */
function sortTable(table, column, direction) {
  const body = table.tBodies[0];
  if (!body) return;
  const sign = direction === "ascending" ? 1 : -1;
  const rows = [...body.rows].map((row, at) => ({ row, at, key: sortKey(row.cells[column]) }));
  rows.sort((a, b) => sign * compareKeys(a.key, b.key) || a.at - b.at);
  body.append(...rows.map(({ row }) => row));
  [...(table.tHead?.rows[0]?.cells ?? [])].forEach((head, i) => {
    if (i === column) head.setAttribute("aria-sort", direction);
    else head.removeAttribute("aria-sort");
  });
}

/** Gives the heads of tables their buttons. @param {ParentNode} root */
function enhanceTables(root) {
  for (const head of /** @type {NodeListOf<HTMLTableCellElement>} */ (root.querySelectorAll("th[data-sortable]"))) {
    head.removeAttribute("data-sortable");
    // A head may hold a link to an explanation, and a button cannot.
    const label = (head.textContent ?? "").trim();
    const button = make("button", { type: "button", class: "sort", "aria-label": `sort by ${label}` }, "↕");
    head.append(" ", button);
    button.addEventListener("click", () => {
      const table = head.closest("table");
      const first = head.classList.contains("n") ? "descending" : "ascending";
      const other = first === "descending" ? "ascending" : "descending";
      if (table) sortTable(table, head.cellIndex, head.getAttribute("aria-sort") === first ? other : first);
    });
  }
}

/** Shows the rows of tables that hold every word. @param {HTMLElement} area @param {string} words @param {(row: HTMLTableRowElement) => boolean} also */
function filterRows(area, words, also = () => true) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  const rows = /** @type {NodeListOf<HTMLTableRowElement>} */ (area.querySelectorAll("tbody tr"));
  for (const row of rows) {
    // Of a name that is shortened, the whole stands in its tooltip.
    const whole = [...row.querySelectorAll("bdi[title]")].map((one) => one.getAttribute("title"));
    const text = [row.textContent, ...whole].join(" ").toLowerCase();
    row.hidden = !(wanted.every((word) => text.includes(word)) && also(row));
    if (!row.hidden) shown++;
  }
  return { shown, of: rows.length };
}

// What is wider than its frame says so, before the page is scrolled to the place in its address.
const sizes = new ResizeObserver((entries) => markWidths(entries.map(({ target }) => target)));
/** @param {Element[]} frames */
function markWidths(frames) {
  const wider = frames.map((frame) => frame.scrollWidth > frame.clientWidth + 1);
  frames.forEach((frame, i) => frame.toggleAttribute("data-wider", wider[i]));
}
/** @param {ParentNode} root */
function watchWidths(root) {
  const frames = [...root.querySelectorAll(".scrolls")];
  markWidths(frames);
  for (const frame of frames) sizes.observe(frame);
}

// Paper cannot be unfolded: what is folded is opened while the page is printed. Every prompt and every row are printed
// where the reader has opened them.
{
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  const open = () => {
    putInAll(document);
    const folded = /** @type {NodeListOf<HTMLDetailsElement>} */ (
      document.querySelectorAll("details:not([open], .rows, .prompts, .row)")
    );
    opened.push(...folded);
    for (const box of folded) box.open = true;
  };
  const fold = () => {
    for (const box of opened) box.open = false;
    opened = [];
  };
  // Pages are counted before the medium changes: what is opened then would be cut off at the end.
  window.addEventListener("beforeprint", open);
  window.addEventListener("afterprint", fold);
  const media = matchMedia("print");
  media.addEventListener("change", () => (media.matches ? open() : fold()));
}

enhanceTables(document);
watchWidths(document);
for (const box of document.querySelectorAll(".later")) nearing.observe(box);
followAddress();
