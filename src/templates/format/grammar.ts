/**
 * Defines the grammar of FormatSpread (Sclar et al., arXiv:2310.11324, section 3.1): fields, sequences and
 * enumerations, as text, and the rules by which a format is plausible (its appendix A.3 and the checks of its code).
 */

import { inCasing, numberOf, wrapped, type Casing, type Numbering, type Wrapper } from "./values.js";

export type Node = FieldNode | SequenceNode | EnumerationNode;

/** Describes B1: descriptor, separator, text. Without a text it is the place of the answer. */
interface FieldNode {
  readonly kind: "field";
  readonly descriptor: string;
  readonly separator: string;
  readonly casing: Casing;
  readonly text?: string;
  /** Name of a field of the question: where it is empty the node and the space after it are left out of a prompt. */
  readonly unlessEmpty?: string;
}

/** Describes B2: nodes with a space between them. */
export interface SequenceNode {
  readonly kind: "sequence";
  readonly nodes: readonly Node[];
  readonly space: string;
}

/** Describes B3: a field for each item, its descriptor followed by the item's number. */
interface EnumerationNode {
  readonly kind: "enumeration";
  readonly descriptor: string;
  readonly casing: Casing;
  /** Between descriptor and number. */
  readonly itemSeparator: string;
  readonly wrapper: Wrapper;
  readonly numbering: Numbering;
  /** Between number and text. */
  readonly separator: string;
  readonly space: string;
  readonly items: readonly string[];
}

/** Returns the text of a format. @throws RangeError where an enumeration has more items than numbers */
export function renderNode(node: Node): string {
  switch (node.kind) {
    case "field":
      return inCasing(node.descriptor, node.casing) + node.separator + (node.text ?? "");
    case "sequence":
      return node.nodes.map((one, i) => inSequence(one, i === node.nodes.length - 1 ? "" : node.space)).join("");
    case "enumeration": {
      const before = inCasing(node.descriptor, node.casing) + node.itemSeparator;
      return node.items
        .map((item, i) => before + wrapped(numberOf(i, node.numbering), node.wrapper) + node.separator + item)
        .join(node.space);
    }
  }
}

function inSequence(node: Node, space: string): string {
  const text = renderNode(node) + space;
  return node.kind === "field" && node.unlessEmpty !== undefined ? `{{#if ${node.unlessEmpty}}}${text}{{/if}}` : text;
}

/** Tells whether a format is one that somebody might write. */
export function isPlausible(node: Node): boolean {
  switch (node.kind) {
    case "field":
      // Descriptor and text must not run into each other.
      return node.separator !== "";
    case "enumeration":
      // A line break inside an item needs one between items.
      return node.space.includes("\n") || !(node.separator + node.itemSeparator).includes("\n");
    case "sequence":
      return node.nodes.every(isPlausible) && isSpaced(node);
  }
}

function isSpaced({ nodes, space }: SequenceNode): boolean {
  if (space === "" && nodes.slice(0, -1).some(hasText)) return false;
  // A line break inside a field needs one between fields; of a field without text nothing is seen of it.
  return space.includes("\n") || !nodes.some((node) => hasText(node) && separatorsOf(node).includes("\n"));
}

function hasText(node: Node): boolean {
  switch (node.kind) {
    case "field":
      return node.text !== undefined;
    case "sequence":
      return node.nodes.some(hasText);
    case "enumeration":
      return node.items.length > 0;
  }
}

function separatorsOf(node: Node): string {
  switch (node.kind) {
    case "field":
      return node.separator;
    case "sequence":
      return node.nodes.map(separatorsOf).join("");
    case "enumeration":
      return node.separator + node.itemSeparator;
  }
}
