/**
 * Makes the formats of a family: its fields with descriptors, and a place for the answer, in the grammar of
 * FormatSpread.
 */

import { sha256 } from "../../base/hash.js";
import { randomStream } from "../../base/random.js";
import { fieldNames, type Family, type FamilyField } from "../../tasks/families/family.js";
import { parsedBody, type Template } from "../template.js";
import { isPlausible, renderNode, type SequenceNode } from "./grammar.js";
import { CASINGS, SEPARATORS, SPACES, type Casing } from "./values.js";

/** Holds what all fields of a format share. Values that are equal in one format change together, as in FormatSpread. */
export interface Format {
  readonly separator: string;
  readonly space: string;
  readonly casing: Casing;
}

/** Digits of the hash in a format's id: enough to tell the formats of a family apart. */
const ID_DIGITS = 6;

/** Returns every assignment of values, plausible or not; one space is in the list twice. */
export function allAssignments(): Format[] {
  return SEPARATORS.flatMap((separator) =>
    SPACES.flatMap((space) => CASINGS.map((casing) => ({ separator, space, casing }))),
  );
}

/** Returns a format of a family as a tree. @param textOf what stands for a field */
export function formatNode(family: Family, { separator, space, casing }: Format, textOf: FieldText): SequenceNode {
  const about = { kind: "field", separator, casing } as const;
  const fields = fieldNames(family).map((field) => {
    const { called: descriptor, whenEmpty } = family.fields[field] as FamilyField;
    const node = { ...about, descriptor, text: textOf(field) };
    return whenEmpty === "leave-out" ? { ...node, unlessEmpty: field } : node;
  });
  return { kind: "sequence", nodes: [...fields, { ...about, descriptor: family.answer.called }], space };
}
type FieldText = (field: string) => string;

const placeholder: FieldText = (field) => `{{${field}}}`;

/** Returns a format as a template: it takes the place of a wording. */
export function formatTemplate(family: Family, format: Format): Template {
  const body = renderNode(formatNode(family, format, placeholder));
  const id = `format-${sha256(body).slice(0, ID_DIGITS)}`;
  return {
    id,
    family,
    style: "format",
    paper: false,
    note: `FormatSpread: separator ${JSON.stringify(format.separator)}, space ${JSON.stringify(format.space)}, ${format.casing} casing`,
    ...parsedBody(body, family, id),
    // The separator after the answer's descriptor is a part of the format.
    answerSeparator: "",
  };
}

const universe = new WeakMap<Family, ReadonlyMap<string, Format>>();

/** Returns the distinct plausible formats of a family by id. */
export function formatsOf(family: Family): ReadonlyMap<string, Format> {
  let found = universe.get(family);
  if (found === undefined) {
    const formats = (family.formats === false ? [] : allAssignments()).filter((format) =>
      isPlausible(formatNode(family, format, placeholder)),
    );
    // Of formats that render alike (title case of what is in title case) the first counts.
    const byId = new Map<string, Format>();
    for (const format of formats) {
      const { id } = formatTemplate(family, format);
      if (!byId.has(id)) byId.set(id, format);
    }
    universe.set(family, (found = byId));
  }
  return found;
}

/**
 * Tells whether an answer can be generated after a format: what ends in a line break is continued on a line that is cut
 * off.
 */
export function canGenerate({ separator }: Format): boolean {
  return !separator.includes("\n");
}

/**
 * Draws formats of a family in random order: a value for each slot is drawn uniformly and independently, and what is
 * implausible or was drawn before is drawn again. The first n are the same whatever n is.
 * @param fits which of them are wanted
 */
export function* sampledFormats(
  family: Family,
  seed: number,
  fits: (format: Format) => boolean = () => true,
): Generator<Template> {
  const wanted = [...formatsOf(family)].filter(([, format]) => fits(format)).map(([id]) => id);
  const left = new Set(wanted);
  const random = randomStream("formats", family.name, seed);
  const draw = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  while (left.size > 0) {
    const format = { separator: draw(SEPARATORS), space: draw(SPACES), casing: draw(CASINGS) };
    const template = formatTemplate(family, format);
    if (left.delete(template.id)) yield template;
  }
}
