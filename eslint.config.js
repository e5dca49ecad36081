import js from "@eslint/js";
import tseslint from "typescript-eslint";

import { house } from "./eslint.house.js";

export default tseslint.config(
  { ignores: ["dist/", "dist.next/", "node_modules/", "coverage/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
    },
  },
  house,
  {
    // Scripts of pages share one global scope; the compiler checks their names (src/reports/page/tsconfig.json).
    files: ["**/*.client.js"],
    rules: { "no-undef": "off", "no-unused-vars": "off" },
  },
  {
    // Functions handed to a page run there, and its types are not those of Node.
    files: ["test/browser/**"],
    rules: {
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["scripts/**", "bench/**/*.mjs", "test/**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
