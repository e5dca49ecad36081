import type { Linter } from "eslint";

export const ROOMS: readonly string[];
export const house: Linter.Config;
