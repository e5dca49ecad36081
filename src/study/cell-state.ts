/** Describes how far a cell is. */

import type { CellCost, CellIds, StoredCell, StoredPart } from "../store/run-store.js";

/** Says that nothing is known about the cell yet. */
interface Waiting {
  readonly state: "waiting";
}

/** Says that its checkpoint is identified or opened, and the store is asked for its rows. */
interface Opening {
  readonly state: "opening";
  readonly turn: Promise<Turn>;
}

/** Says that the model has to be asked for the rows that the store does not have. */
interface Asking {
  readonly state: "asking";
  readonly ids: CellIds;
  readonly part: StoredPart;
}

/** Says that the model has answered every row of it. */
interface Answered {
  readonly state: "answered";
  readonly ids: CellIds;
  readonly cost: CellCost;
}

/** Says that all of it was in the store. */
export interface Stored {
  readonly state: "stored";
  readonly ids: CellIds;
  readonly stored: StoredCell;
}

export interface Failed {
  readonly state: "failed";
  readonly error: string;
  /** Undefined where the checkpoint could not even be identified. */
  readonly ids?: CellIds | undefined;
  /** What was thrown where the checkpoint could not be opened. */
  readonly unopened?: unknown;
}

/** Follows waiting -> opening -> stored, failed, or asking -> answered or failed. */
export type CellState = Waiting | Opening | Turn | Answered;

/** Says what there is to do for a cell. */
export type Turn = Asking | Stored | Failed;

/** Holds what the model made of a cell. */
export type Scored = Answered | Failed;
