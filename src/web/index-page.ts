/** Writes the page that runs models, as it is before its script has run. */

import { VERSION } from "../base/package-info.js";
import { html } from "../reports/html.js";

/** Lets the page load what is beside it, compile WebAssembly and templates, and ask the hub for checkpoints. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-eval' blob:",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self' blob: https://huggingface.co https://*.huggingface.co https://*.hf.co",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export function indexPage(): string {
  const head = html`<meta charset="utf-8" /><meta http-equiv="Content-Security-Policy" content="${POLICY}" /><meta
      name="viewport"
      content="width=device-width, initial-scale=1"
    /><meta name="referrer" content="no-referrer" /><title>Prompt sensitivity of a checkpoint, in your browser</title
    ><link rel="stylesheet" href="style.css" /><link rel="icon" href="icon.svg" type="image/svg+xml" /><link
      rel="manifest"
      href="manifest.webmanifest"
    />`;
  const body = html`<header>
      <div class="bar"><h1>How much do a model’s scores depend on the prompt?</h1></div>
      <p class="about">
        Everything runs in this browser: no file leaves it, and no server takes part. amuro-eval ${VERSION}.
      </p>
      <p class="about" id="machine">Looking at this browser …</p>
    </header>
    <main>
      <noscript><p class="caution">This page runs a model, which needs JavaScript.</p></noscript>
      <section id="first" aria-labelledby="first-title">
        <h2 id="first-title">Try it</h2>
        <p>
          The built-in model is small (591,000 parameters) and comes with the page: its report is there in about a
          minute.
        </p>
        <p><button type="button" id="try" class="main" disabled>Run the built-in model</button></p>
      </section>
      <section id="model" aria-labelledby="model-title">
        <h2 id="model-title">1. The checkpoint</h2>
        <p class="about">
          A folder with config.json, tokenizer.json and safetensors files, as on the Hugging Face hub; shards are fine.
        </p>
        <div class="slots">
          ${slot("before", "Checkpoint", "")}
          ${slot("after", "After fine-tuning", "Optional: the same model after SFT, compared with the first.")}
        </div>
      </section>
      <section id="question" aria-labelledby="question-title">
        <h2 id="question-title">2. The question</h2>
        <fieldset>
          <legend>What is asked</legend>
          <p>
            <label><input type="radio" name="source" value="task" checked /> A task of amuro-eval</label>
            <label><input type="radio" name="source" value="rows" /> My rows</label>
          </p>
          <div id="of-task">
            <p>
              <label
                >Task
                <select id="task" disabled></select
              ></label>
            </p>
            <p>
              <label
                >Rows
                <select id="data">
                  <option value="builtin">about the built-in model’s invented world</option>
                  <option value="sample">samples in plain English, written for amuro-eval</option>
                </select></label
              >
            </p>
            <p class="about" id="task-about"></p>
          </div>
          <div id="of-rows" hidden>
            <p>
              <label
                >Asked as
                <select id="family"></select
              ></label>
            </p>
            <p class="about" id="family-about"></p>
            <p>
              <label for="rows"
                >Rows: CSV with a line of column names, one JSON object a line, or a JSON list of objects</label
              ><textarea id="rows" rows="7" spellcheck="false"></textarea>
            </p>
            <p>
              <label
                >Column of the right answer <input type="text" id="label" value="label" autocomplete="off"
              /></label>
            </p>
            <p>
              <label
                >Columns of the choices, with commas between (none for labels)
                <input type="text" id="choices" autocomplete="off"
              /></label>
            </p>
            <p>
              <label
                >Other names of columns, such as premise=sentence1 <input type="text" id="fields" autocomplete="off"
              /></label>
            </p>
          </div>
        </fieldset>
        <fieldset>
          <legend>How</legend>
          <p>
            <label
              >Prompts
              <select id="prompts">
                <option value="paper">3: those of the paper</option>
                <option value="design" selected>24: the default design</option>
                <option value="wording">all wordings</option>
              </select></label
            >
          </p>
          <p>
            <label>Rows at most <input type="number" id="limit" value="40" min="1" max="100000" /></label>
          </p>
          <p>
            <label>Examples before each question <input type="number" id="shots" value="4" min="0" max="32" /></label>
          </p>
          <p>
            <label
              >Runs on
              <select id="device">
                <option value="wasm">WebAssembly (the processor)</option>
                <option value="webgpu" disabled>WebGPU (the graphics card)</option>
              </select></label
            >
          </p>
        </fieldset>
      </section>
      <section id="work" aria-labelledby="work-title">
        <h2 id="work-title">3. The report</h2>
        <p>
          <button type="button" id="run" class="main" disabled>Run</button>
          <button type="button" id="stop" hidden>Stop</button>
        </p>
        <p id="error" role="alert" class="failure"></p>
        <div id="going" hidden>
          <progress id="bar" max="1" value="0" aria-label="Answered"></progress>
          <p id="state" role="status"></p>
        </div>
        <div id="result" hidden>
          <p>
            <a id="open" target="_blank">Open the report by itself</a> ·
            <a id="save-html" download="report.html">Save the report</a> ·
            <a id="save-json" download="results.json">Save the scores as JSON</a>
          </p>
          <iframe id="report" title="Report" loading="lazy"></iframe>
        </div>
      </section>
    </main>`;
  return `<!doctype html>
<html lang="en">
<head>${head.text}</head>
<body>
${body.text}
<script src="app.js"></script>
</body>
</html>
`;
}

/** Writes where a checkpoint is chosen. */
function slot(id: string, title: string, about: string) {
  return html`<fieldset class="slot" data-slot="${id}">
    <legend>${title}</legend>
    ${about === "" ? null : html`<p class="about">${about}</p>`}
    <div class="drop" data-drop>
      <p>Drop a folder or its files here, or</p>
      <p>
        <button type="button" data-pick>Choose a folder</button>
        ${id === "before" ? html`<button type="button" data-builtin>Take the built-in model</button>` : null}
      </p>
      <input type="file" webkitdirectory multiple hidden data-files aria-label="Folder of the ${title.toLowerCase()}" />
    </div>
    <p>
      <label
        >Or an id of the Hugging Face hub
        <input type="text" data-hub placeholder="ORG/NAME or ORG/NAME@REVISION" autocomplete="off"
      /></label>
      <button type="button" data-fetch>Fetch</button>
    </p>
    <p>
      <label
        >Or one that is kept in this browser
        <select data-kept>
          <option value="">none is kept</option>
        </select></label
      >
      <button type="button" data-forget hidden>Delete it</button>
    </p>
    <p data-about role="status"></p>
    <p>
      <button type="button" data-keep hidden>Keep it in this browser</button>
      <button type="button" data-clear hidden>Take it away</button>
    </p>
  </fieldset>`;
}
