/** What the main thread and the engine's worker say to each other. */

import type { EngineOptions } from "./open.js";
import type { GenerateRequest, Progress, ScoreRequest } from "./types.js";

interface Asked {
  /** Folder of the adapter that answers; undefined for the checkpoint itself. */
  readonly adapter: string | undefined;
}

export type Call =
  | { readonly method: "open"; readonly options: EngineOptions }
  | (Asked & { readonly method: "score" | "encode"; readonly requests: readonly ScoreRequest[] })
  | (Asked & { readonly method: "generate"; readonly requests: readonly GenerateRequest[] })
  | { readonly method: "close" };

export type Question = Call & { readonly id: number };

export type Reply =
  | { readonly id: number; readonly kind: "result"; readonly value: unknown }
  | { readonly id: number; readonly kind: "progress"; readonly progress: Progress }
  | {
      readonly id: number;
      readonly kind: "error";
      readonly message: string;
      readonly stack: string | undefined;
      /** True for an error whose message is the whole story. */
      readonly user: boolean;
    };
