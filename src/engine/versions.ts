/** Says which programs computed the scores. */

import { installedVersion, VERSION } from "../base/package-info.js";

/** Returns the versions of everything that can move a score. */
export function versions(): Record<string, string> {
  return {
    "amuro-eval": VERSION,
    node: process.versions.node,
    ...Object.fromEntries(
      ["onnxruntime-node", "onnxruntime-web", "@huggingface/tokenizers", "@huggingface/transformers"].flatMap(
        (name) => {
          const version = installedVersion(name);
          return version === undefined ? [] : [[name, version]];
        },
      ),
    ),
    platform: `${process.platform}-${process.arch}`,
  };
}
