/** Holds a sequence to run and the positions whose next-token log-probabilities are wanted. */
export interface Sequence {
  readonly ids: readonly number[];
  /** Pairs (position in ids, token id): the log-probability of that token after that position. */
  readonly targets: readonly { readonly position: number; readonly token: number }[];
}
