// Saves a figure of the page: as SVG or PNG with its title and caption, or its marks as CSV.
"use strict";

/** Writes the colours of the page into a copy of a drawing. @param {Element} svg */
function withColours(svg) {
  const style = getComputedStyle(document.documentElement);
  const text = new XMLSerializer().serializeToString(svg);
  return text.replaceAll(/var\(--([\w-]+)\)/g, (_, name) => style.getPropertyValue(`--${name}`).trim());
}

/** @param {HTMLElement} figure */
function standalone(figure) {
  const svg = /** @type {SVGSVGElement} */ (figure.querySelector(".chart svg"));
  const { width, height } = svg.viewBox.baseVal;
  const style = getComputedStyle(document.documentElement);
  const [text, background] = ["text", "background"].map((name) => style.getPropertyValue(`--${name}`).trim());
  const title = figure.querySelector("h4")?.textContent ?? "";
  const about = figure.dataset["about"] ?? "";
  const caption = `${about === "" ? "" : `${about}. `}${figure.querySelector("figcaption")?.textContent ?? ""}`;
  /** @type {string[]} */
  const lines = [];
  for (const word of caption.split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && longer.length * 6.2 < width - 12) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const whole = height + 30 + 16 * lines.length + 8;
  const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  /** @param {string} words @param {number} y @param {number} size @param {string} weight */
  const line = (words, y, size, weight) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", "text");
    for (const [name, value] of Object.entries({ x: "6", y, "font-size": size, "font-weight": weight }))
      one.setAttribute(name, String(value));
    one.textContent = words;
    return one;
  };
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const inner = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  for (const [name, value] of Object.entries({ y: "30", width, height })) inner.setAttribute(name, String(value));
  for (const [name, value] of Object.entries({ width, height: whole, fill: background ?? "" }))
    paper.setAttribute(name, String(value));
  for (const [name, value] of Object.entries({
    width,
    height: whole,
    viewBox: `0 0 ${width} ${whole}`,
    fill: "currentColor",
    color: text ?? "",
    "font-family": "system-ui, sans-serif",
  }))
    root.setAttribute(name, String(value));
  root.append(
    paper,
    line(title, 20, 15, "bold"),
    inner,
    ...lines.map((words, i) => line(words, height + 46 + 16 * i, 11, "normal")),
  );
  return { text: withColours(root), width, height: whole };
}

/** A figure of a tooltip: `SD 0.120 [0.100, 0.150]`, `share 89 %`, `change +0.100 ± 0.020`. */
const FIGURE = /^(?:([^±[]*) )?([−+]?[\d.,]*\d(?:e[+−-]?\d+)?)( %)?(?: ± (\S+))?(?: \[(\S+), (\S+)\])?$/s;

/** The figures that a tooltip says behind the name of its mark. @param {string} text */
function figuresIn(text) {
  const number = (/** @type {string} */ one, divisor = 1) => {
    const value = Number(one.replace("−", "-").replaceAll(",", ""));
    return Number.isFinite(value) ? String(value / divisor) : "";
  };
  let words = "";
  return text.split(/, (?![^[]*\])/).flatMap((item) => {
    const found = FIGURE.exec(words + item);
    words = found ? "" : `${words}${item}, `;
    if (!found) return [];
    const [, quantity = "", value = "", percent, error = "", low = "", high = ""] = found;
    const others = [low, high, error].map((one) => (one === "" ? "" : number(one)));
    return [{ quantity, numbers: [number(value, percent ? 100 : 1), ...others] }];
  });
}

/** The marks with their values and intervals, as the tooltips of the drawing say them, in the order in which they are drawn. @param {HTMLElement} figure */
function marksOf(figure) {
  const quote = (/** @type {string} */ text) =>
    text === "" ? "" : `"${text.replaceAll('"', '""').replace(/^[=+@-]/, "'$&")}"`;
  // A whole name behind a shortened label is a tooltip as well, of a text.
  const titles = [...figure.querySelectorAll(".chart svg :not(text) > title")];
  const lines = [...new Set(titles.map((title) => title.textContent ?? ""))].flatMap((mark) => {
    const at = mark.lastIndexOf(": ");
    const name = quote(mark.slice(0, Math.max(0, at)));
    return figuresIn(mark.slice(at + 2)).map(({ quantity, numbers }) => [name, quote(quantity), ...numbers].join(","));
  });
  return ["mark,quantity,value,low,high,standard error", ...lines].map((line) => `${line}\n`).join("");
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = /** @type {HTMLAnchorElement} */ (make("a", { download: name, href: URL.createObjectURL(blob) }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {HTMLElement} figure @param {string} kind */
async function saveFigure(figure, kind) {
  const name = `${(figure.dataset["figure"] ?? "figure").replaceAll(/[^\w.-]+/g, "-").slice(0, 100)}.${kind}`;
  if (kind === "csv") return save(new Blob([marksOf(figure)], { type: "text/csv" }), name);
  const { text, width, height } = standalone(figure);
  const svg = new Blob([text], { type: "image/svg+xml" });
  if (kind === "svg") return save(svg, name);
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  const canvas = /** @type {HTMLCanvasElement} */ (
    make("canvas", { width: String(2 * width), height: String(2 * height) })
  );
  canvas.getContext("2d")?.drawImage(image, 0, 0, 2 * width, 2 * height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((png) => png && save(png, name), "image/png");
}

function addSaving() {
  for (const figure of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("figure[data-figure]:not([data-saves])")
  )) {
    figure.dataset["saves"] = "";
    const title = figure.querySelector("h4")?.textContent ?? "the figure";
    const buttons = ["svg", "png", "csv"].map((kind) => {
      const button = make(
        "button",
        { type: "button", "aria-label": `save ${title} as ${kind.toUpperCase()}` },
        kind.toUpperCase(),
      );
      button.addEventListener("click", () => void saveFigure(figure, kind));
      return button;
    });
    figure.append(make("p", { class: "save" }, ...buttons));
  }
}
addSaving();
for (const event of ["view", "put-in"]) document.addEventListener(event, addSaving);
