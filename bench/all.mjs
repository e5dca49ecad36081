// Every benchmark of the engine, one process after the other; options are passed on.
//
//     npm run bench -- --model FOLDER --data ROWS [--export ONNX] [--python PYTHON] [--gguf FILE --llama FOLDER]
import { execFileSync } from "node:child_process";
import { join } from "node:path";

for (const name of ["engine", "scaling", "generation", "peers"]) {
  execFileSync(process.execPath, [join(import.meta.dirname, `${name}.mjs`), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
}
