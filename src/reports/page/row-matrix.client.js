// Rows by prompts as a drawing: a square a cell, of which only those in sight are drawn.
"use strict";

/**
 * @typedef {{ label: string, side: RowSide }} MatrixSide
 * @typedef {{ rows: number[], names: (i: number) => string, sides: MatrixSide[], axes: AxesOfPrompts, load: (rows: number[], side: RowSide) => Promise<void>, open: (row: number, prompt: string) => void }} MatrixContent
 */

const CELL = 14;
const LEFT = 56;

/**
 * @param {MatrixContent} content `rows` are places among the scores, in the order in which they are shown
 * @param {{ axis: string | null, changed: (axis: string) => void }} choice
 */
function rowMatrix({ rows, names, sides, axes, load, open }, choice) {
  const frame = make("div", {
    class: "row-matrix",
    tabindex: "0",
    role: "application",
    "aria-label": "Rows by prompts: arrow keys move, Enter opens the row",
  });
  const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { "aria-hidden": "true" }));
  const room = make("div", {}, canvas);
  frame.append(room);
  const said = make("p", { class: "about said", "aria-live": "polite" }, "Point at a square, or use the arrow keys.");
  const side = /** @type {HTMLSelectElement} */ (
    make("select", {}, ...sides.map(({ label }, i) => make("option", { value: String(i) }, label)))
  );
  side.value = String(sides.length - 1);
  const by = /** @type {HTMLSelectElement} */ (
    make(
      "select",
      {},
      make("option", { value: "score" }, "right and wrong"),
      make("option", { value: "answer" }, "the answer given"),
    )
  );
  const at = { row: 0, prompt: 0 };
  /** @type {number[]} */
  let columns = [];
  const now = () => /** @type {MatrixSide} */ (sides[Number(side.value)]).side;
  /** Rows of the side that were asked for and have not come. @type {Set<number>} */
  const awaited = new Set();
  /** @param {number[]} missing */
  const loadRows = (missing) => {
    const fresh = missing.filter((i) => !awaited.has(i));
    if (fresh.length === 0) return;
    for (const i of fresh) awaited.add(i);
    load(fresh, now()).then(draw, (error) => {
      said.textContent = `The rows cannot be read: ${error.message}`;
    });
  };

  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const [width, height] = [Math.max(1, frame.clientWidth), Math.max(1, frame.clientHeight)];
    const scale = window.devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.scale(scale, scale);
    pen.clearRect(0, 0, width, height);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const own = now();
    /** @type {number[]} */
    const missing = [];
    const [top, left] = [frame.scrollTop, frame.scrollLeft];
    const fill = colour("after");
    const series = [1, 2, 3, 4, 5, 6].map((i) => colour(`series-${i}`));
    for (let r = Math.floor(top / CELL); r < Math.min(rows.length, Math.ceil((top + height) / CELL)); r++) {
      const i = rows[r] ?? 0;
      const y = r * CELL - top;
      for (let c = Math.floor(left / CELL); c < Math.min(columns.length, Math.ceil((left + width) / CELL)); c++) {
        const p = columns[c] ?? 0;
        const x = LEFT + c * CELL - left;
        const score = own.score(p, i);
        if (score === undefined) {
          pen.fillStyle = colour("line");
          pen.fillRect(x + 5, y + 5, CELL - 11, CELL - 11);
          if (missing.at(-1) !== i) missing.push(i);
          continue;
        }
        const answer = own.answer(p, i);
        const known = by.value === "answer" && typeof answer === "number" && answer >= 0;
        pen.strokeStyle = pen.fillStyle = known ? (series[answer % 6] ?? fill) : fill;
        // A wrong answer is a frame, a right one is full: also told without colours.
        pen.lineWidth = 1;
        pen.strokeRect(x + 1.5, y + 1.5, CELL - 4, CELL - 4);
        pen.globalAlpha = Math.max(0, Math.min(1, score));
        pen.fillRect(x + 1, y + 1, CELL - 3, CELL - 3);
        pen.globalAlpha = 1;
        if (r === at.row && c === at.prompt) {
          pen.strokeStyle = colour("text");
          pen.lineWidth = 2;
          pen.strokeRect(x, y, CELL - 1, CELL - 1);
        }
      }
      pen.fillStyle = colour("background");
      pen.fillRect(0, y, LEFT - 2, CELL);
      pen.fillStyle = colour("muted");
      pen.fillText(names(i).slice(0, 8), 2, y + CELL / 2);
    }
    loadRows(missing);
  };

  const say = () => {
    const i = rows[at.row];
    const p = columns[at.prompt];
    if (i === undefined || p === undefined) return;
    const own = now();
    const [score, answer] = [own.score(p, i), own.answer(p, i)];
    if (score === undefined) return;
    said.textContent = `Row ${names(i)}, prompt ${own.prompts[p]}: ${score.toFixed(3)}${typeof answer === "number" ? `, answer ${answer < 0 ? "none" : answer + 1}` : ""}. Click or Enter opens it.`;
  };
  const filter = axisFilter(Object.values(axes), () => {
    choice.changed(filter.select.value);
    resize();
  });
  const resize = () => {
    const { prompts } = now();
    columns = prompts.flatMap((id, p) => (filter.fits(axes[id]) ? [p] : []));
    at.prompt = Math.min(at.prompt, Math.max(0, columns.length - 1));
    frame.style.height = `${Math.min(rows.length * CELL + 2, 392)}px`;
    room.style.height = `${rows.length * CELL}px`;
    room.style.width = `${LEFT + columns.length * CELL}px`;
    draw();
  };
  /** @param {MouseEvent} event */
  const find = (event) => {
    const box = frame.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - frame.clientTop + frame.scrollTop) / CELL);
    const prompt = Math.floor((event.clientX - box.left - frame.clientLeft + frame.scrollLeft - LEFT) / CELL);
    if (row < 0 || row >= rows.length || prompt < 0 || prompt >= columns.length) return false;
    Object.assign(at, { row, prompt });
    return true;
  };
  const openHere = () => {
    const [i, p] = [rows[at.row], columns[at.prompt]];
    const id = p === undefined ? undefined : now().prompts[p];
    if (i !== undefined && id !== undefined) open(i, id);
  };
  frame.addEventListener("mousemove", (event) => {
    if (!find(event)) return;
    say();
    draw();
  });
  frame.addEventListener("click", (event) => {
    if (find(event)) openHere();
  });
  frame.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[/** @type {keyof typeof moves} */ (event.key)];
    if (event.key === "Enter") return openHere();
    if (!move) return;
    event.preventDefault();
    at.row = Math.max(0, Math.min(rows.length - 1, at.row + (move[0] ?? 0)));
    at.prompt = Math.max(0, Math.min(columns.length - 1, at.prompt + (move[1] ?? 0)));
    const y = at.row * CELL;
    if (y < frame.scrollTop) frame.scrollTop = y;
    if (y + CELL > frame.scrollTop + frame.clientHeight) frame.scrollTop = y + CELL - frame.clientHeight;
    say();
    draw();
  });
  frame.addEventListener("scroll", draw);
  side.addEventListener("change", () => awaited.clear());
  for (const select of [side, by]) select.addEventListener("change", resize);
  new ResizeObserver(draw).observe(frame);
  if (choice.axis !== null) filter.select.value = choice.axis;
  const controls = make(
    "div",
    { class: "controls" },
    ...(sides.length > 1 ? [make("label", {}, "Checkpoint ", side)] : []),
    make("label", {}, "Colour by ", by),
    filter.label,
  );
  const key = make(
    "p",
    { class: "about" },
    "A line a row, a column a prompt in the order of the table. A full square is right, an empty one wrong; shares are in between.",
  );
  return { element: make("div", {}, controls, key, frame, said), resize };
}
