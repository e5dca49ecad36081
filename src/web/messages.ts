/** Says what the page and its worker tell each other. */

import type { Results } from "../store/results.js";
import type { WebProgress, WebQuestion } from "./score-study.js";

/** Files of a checkpoint, by name, wherever their bytes are. */
export type FileList = readonly (readonly [name: string, file: Blob])[];

export interface Run {
  /** The second, where there is one, is compared with the first. */
  readonly checkpoints: readonly { readonly name: string; readonly base?: string; readonly files: FileList }[];
  readonly question: WebQuestion;
  /** Rows that were pasted, and the path under which the question names them. */
  readonly rows?: { readonly path: string; readonly text: string };
  readonly device: "wasm" | "webgpu";
}

export type Question = { readonly id: number } & (
  | { readonly kind: "choices" }
  | { readonly kind: "look"; readonly name: string; readonly files: FileList }
  | ({ readonly kind: "run" } & Run)
);

/** Lists what can be asked. */
export interface Choices {
  readonly tasks: readonly {
    readonly name: string;
    readonly description: string;
    /** Whether there are rows about the world that the built-in model knows. */
    readonly builtin: boolean;
  }[];
  readonly families: readonly {
    readonly name: string;
    readonly description: string;
    readonly fields: readonly string[];
  }[];
}

/** Says what a checkpoint is and what it takes. */
export interface About {
  readonly architecture: string;
  readonly parameters: number;
  readonly dtype: string;
  readonly window: number;
  /** Bytes, about. */
  readonly memory: number;
  readonly text: string;
  /** Why it cannot be run in a browser. */
  readonly refused?: string;
}

export type Answer = { readonly id: number } & (
  | ({ readonly kind: "choices" } & Choices)
  | { readonly kind: "about"; readonly about: About }
  | ({ readonly kind: "progress" } & WebProgress)
  | { readonly kind: "done"; readonly report: string; readonly results: Results }
  | { readonly kind: "error"; readonly text: string }
);
