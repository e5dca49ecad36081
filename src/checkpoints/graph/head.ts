/** Builds the LM head: log-probabilities over the whole vocabulary, which is gone through in parts. */

import type { ModelSpec } from "../architectures/model-spec.js";
import { DataType } from "./onnx-proto.js";
import type { Pieces } from "./pieces.js";

/** Sets the rows of the vocabulary whose logits are in memory at a time. */
export const VOCABULARY_PART = 4096;

/** Names of the inputs that say what is wanted. */
export interface HeadInputs {
  /** Pairs (row, token id), int64 [M,2]. */
  readonly targets: string;
  /** Rows whose most likely token is wanted, int64 [C]. */
  readonly choose: string;
  /** Rows whose logits are wanted, int64 [D]. */
  readonly draw: string;
}

/**
 * Adds the outputs `logprobs` f32 [M] of the targets, `best` f32 [R], the log-probability of each row's most likely
 * token (both in nats), `argmax` int64 [C], and `logits` f32 [V,D].
 *
 * The log-sum-exp is over every row of the vocabulary. It is carried along from part to part with the largest logit so
 * far taken out (Milakov & Gimelshein 2018, arXiv:1805.02867), so that memory does not grow with the vocabulary.
 * @param hidden final hidden states of the rows, [R, hidden]
 */
export function buildHead(pieces: Pieces, { head, vocabSize }: ModelSpec, hidden: string, inputs: HeadInputs): void {
  const { g } = pieces;
  const column = (index: number) => g.op("Gather", [inputs.targets, g.int64([index], true)], { axis: { int: 1 } });
  const [rows, tokens] = [column(0), column(1)];
  let sofar:
    { readonly max: string; readonly sum: string; readonly target: string; readonly chosen: Chosen } | undefined;
  const wanted: string[] = [];
  for (let from = 0; from < vocabSize; from += VOCABULARY_PART) {
    const size = Math.min(VOCABULARY_PART, vocabSize - from);
    // [part, R]: the matrix comes first, so that it is read where it lies.
    const raw = pieces.turnedLinear(hidden, head.linear, { from, rows: size });
    const logits = pieces.softcap(pieces.scale(raw, head.scale), head.softcap);
    wanted.push(g.op("Gather", [logits, inputs.draw], { axis: { int: 1 } }));
    const axis = g.int64([0]);
    const partMax = g.op("ReduceMax", [logits, axis], { keepdims: { int: 0 } });
    const max = sofar === undefined ? partMax : g.op("Max", [sofar.max, partMax]);
    const exponentials = g.op("Exp", [g.op("Sub", [logits, max])]);
    const partSum = g.op("ReduceSum", [exponentials, axis], { keepdims: { int: 0 } });
    const target = targetLogits(pieces, logits, rows, tokens, { from, size }, sofar?.target);
    const chosen = choose(pieces, logits, inputs.choose, from, sofar?.chosen);
    const sum =
      sofar === undefined
        ? partSum
        : g.op("Add", [
            g.op("Mul", [sofar.sum, inWholeVectors(pieces, "Exp", g.op("Sub", [sofar.max, max]))]),
            partSum,
          ]);
    sofar = { max, sum, target, chosen };
  }
  if (sofar === undefined) throw new RangeError("the vocabulary is empty");
  const logSum = inWholeVectors(pieces, "Log", sofar.sum);
  g.op("Neg", [logSum], {}, "best");
  g.output({ name: "best", type: DataType.FLOAT, shape: ["R"] });
  // In this order a target that is the largest logit gets exactly `best`.
  const below = g.op("Sub", [sofar.target, g.op("Gather", [sofar.max, rows])]);
  g.op("Sub", [below, g.op("Gather", [logSum, rows])], {}, "logprobs");
  g.output({ name: "logprobs", type: DataType.FLOAT, shape: ["M"] });
  g.op("Identity", [sofar.chosen.token], {}, "argmax");
  g.output({ name: "argmax", type: DataType.INT64, shape: ["C"] });
  g.op("Concat", wanted, { axis: { int: 0 } }, "logits");
  g.output({ name: "logits", type: DataType.FLOAT, shape: [vocabSize, "D"] });
}

/** Sets how many f32 numbers the widest vector register of a CPU holds. */
const VECTOR = 16;

/**
 * Computes an elementwise function of one number a row, [R]. What is left over at the end of whole vectors is computed
 * in another way, with other rounding: which rows that are would depend on how many there are. Sixteen copies leave
 * nothing over.
 */
function inWholeVectors({ g }: Pieces, op: "Exp" | "Log", values: string): string {
  const copies = g.op("Expand", [values, g.int64([VECTOR, 1])]);
  return g.op("Gather", [g.op(op, [copies]), g.int64([0], true)], { axis: { int: 0 } });
}

/** Returns the logits of the targets, f32 [M]: those of this part, and those found before. */
function targetLogits(
  { g }: Pieces,
  logits: string,
  rows: string,
  tokens: string,
  part: { readonly from: number; readonly size: number },
  before: string | undefined,
): string {
  const inPart = g.op("Sub", [tokens, g.int64([part.from])]);
  const index = g.op("Max", [g.op("Min", [inPart, g.int64([part.size - 1])]), g.int64([0])]);
  const pairs = g.op("Concat", [g.op("Unsqueeze", [index, g.int64([1])]), g.op("Unsqueeze", [rows, g.int64([1])])], {
    axis: { int: 1 },
  });
  const found = g.op("GatherND", [logits, pairs]);
  // Later parts overwrite earlier ones, down to the part the token is in.
  return before === undefined ? found : g.op("Where", [g.op("Less", [inPart, g.int64([0])]), before, found]);
}

/** Holds the largest logit so far of the rows to be chosen for, and its token. */
interface Chosen {
  readonly logit: string;
  readonly token: string;
}

function choose({ g }: Pieces, logits: string, wanted: string, from: number, before: Chosen | undefined): Chosen {
  const turned = g.op("Transpose", [g.op("Gather", [logits, wanted], { axis: { int: 1 } })], {
    perm: { ints: [1, 0] },
  });
  const logit = g.op("ReduceMax", [turned, g.int64([1])], { keepdims: { int: 0 } });
  const index = g.op("ArgMax", [turned], { axis: { int: 1 }, keepdims: { int: 0 } });
  const token = from === 0 ? index : g.op("Add", [index, g.int64([from])]);
  if (before === undefined) return { logit, token };
  const better = g.op("Greater", [logit, before.logit]);
  return { logit: g.op("Max", [before.logit, logit]), token: g.op("Where", [better, token, before.token]) };
}
