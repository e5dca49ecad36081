/** Writes small parts that several sections of a page share. */

import type { Analysis, Sentence, Verdict } from "../../analysis/document/document.js";
import { shortened } from "../../base/wording.js";
import type { Figure } from "../figures/draw.js";
import { html, trusted, type Html, type HtmlValue } from "../html.js";
import { LONGEST_NAME, withShortNames } from "./names.js";

/**
 * Writes a figure with its caption; wider than a narrow screen, it scrolls inside its frame.
 * @param about metric, rows, prompts and checkpoints, which are written into a figure that is saved
 */
export function figureBlock(figure: Figure | undefined, about: string): Html | null {
  if (figure === undefined) return null;
  return html`<figure data-figure="${figure.name}" data-about="${about}">
    <h4>${figure.title}</h4>
    <div class="chart scrolls" tabindex="0" role="group" aria-label="${figure.title}, chart">${trusted(figure.svg)}</div>
    <figcaption>${figure.caption}</figcaption>
  </figure>`;
}

/** Says what a part of the page is put in, and whether that is put off until it comes into sight. */
export interface Later {
  readonly isLater: boolean;
  readonly id?: string;
  readonly kind?: string;
  /** Number of the task. */
  readonly task?: number;
}

/**
 * Writes a part of a page. One that is put off is what browsers without scripts show; to others it is text, of which no
 * element is made before it comes into sight.
 */
export function part(content: Html | null | undefined, { isLater, id, kind = "", task }: Later): Html {
  const classes = `${kind}${isLater ? " later" : ""}`.trim();
  const attributes = html`${id === undefined ? null : html` id="${id}"`}${classes === "" ? null : html` class="${classes}"`}${task === undefined ? null : html` data-task="${task}"`}`;
  return html`<div${attributes}>${isLater ? html`<noscript>${content}</noscript>` : content}</div>`;
}

/** Lists how a verdict is shown; the signs differ without colour. */
export const VERDICTS: Record<Verdict, { readonly text: string; readonly sign: string; readonly kind: string }> = {
  "rose": { text: "rose", sign: "▲", kind: "bad" },
  "fell": { text: "fell", sign: "▼", kind: "good" },
  "no change seen": { text: "no change seen", sign: "●", kind: "none" },
  "probability scale only": { text: "probability scale only", sign: "◐", kind: "none" },
  "not testable": { text: "not testable", sign: "–", kind: "none" },
}; // prettier-ignore

export function verdictChip(verdict: Verdict): Html {
  const { text, sign, kind } = VERDICTS[verdict];
  return html`<span class="chip ${kind}"><span aria-hidden="true">${sign}</span> ${text}</span>`;
}

export interface Column {
  readonly head: HtmlValue;
  readonly numeric?: boolean;
  /** Columns of text that is not sorted by, e.g. a list of links. */
  readonly fixed?: boolean;
}

export interface Value {
  readonly shown: HtmlValue;
  /** What the column is sorted by; the shown text where it is left out. */
  readonly sort?: number | null;
}

export interface TableRow {
  readonly cells: readonly Value[];
  readonly view?: string;
  /** What the line is filtered by, as data attributes. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Writes a table whose columns sort when their heads are pressed; without scripts it is a plain table. */
export function sortableTable(
  caption: HtmlValue,
  columns: readonly Column[],
  rows: readonly TableRow[],
  keep: "first" | "first two" = "first",
): Html {
  const heads = columns.map(({ head, numeric, fixed }) => {
    const kind = numeric === true ? "n" : "";
    if (fixed === true) return html`<th scope="col" class="${kind}">${head}</th>`;
    return html`<th scope="col" class="${kind}" data-sortable>${head}</th>`;
  });
  const body = rows.map(({ cells, view, data }) => {
    const values = cells.map(({ shown, sort }, i) => {
      const kind = columns[i]?.numeric === true ? html` class="n"` : null;
      const by = sort === undefined ? null : html` data-sort="${sort === null ? "" : sort}"`;
      return i === 0 ? html`<th scope="row" ${kind}${by}>${shown}</th>` : html`<td${kind}${by}>${shown}</td>`;
    });
    const attributes = Object.entries({ ...data, ...(view === undefined ? {} : { view }) }).map(
      ([key, value]) => html` data-${key}="${value}"`,
    );
    return html`<tr${attributes}>${values}</tr>`;
  });
  return html`<div class="table scrolls" tabindex="0" role="group" aria-label="Table"><table class="sortable${keep === "first two" ? " keeps-two" : ""}"><caption><span>${caption}</span></caption><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/**
 * Writes a name of others, which may hold letters that turn the direction of what follows.
 * @param longest characters that are shown
 */
export function name(text: string, longest = LONGEST_NAME): Html {
  const short = shortened(text, longest);
  return short === text ? html`<bdi>${text}</bdi>` : html`<bdi title="${text}">${short}</bdi>`;
}

export function sentenceList(sentences: readonly Sentence[], analysis: Analysis): Html | null {
  if (sentences.length === 0) return null;
  return html`<ul class="sentences">
    ${sentences.map(({ text, kind: about }) => html`<li class="${about === "caution" ? "caution" : ""}">${withShortNames(text, analysis)}</li>`)}
  </ul>`;
}

/** Writes a hash in short form: the first twelve digits, all of them on demand. */
export function hash(value: string | null): Html {
  return value === null ? html`–` : html`<code title="${value}">${value.slice(0, 12)}</code>`;
}
