// The editor: what one types goes to the worker, where Python runs, and what costcalc prints comes back.
"use strict";
const get = id => document.getElementById(id);
const spec = get("spec"), line = get("line"), out = get("out"), told = get("told"), bundled = get("bundled");
const worker = new Worker("worker.js");
let waiting = 0, busy = false, again = false;

function ask() {
  if (busy) { again = true; return; }
  busy = true;
  told.textContent = "computes";
  worker.postMessage({spec: spec.value, line: line.value});
}
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 150);
}
worker.onmessage = ({data}) => {
  if (data.specs) {
    bundled.append(...Object.keys(data.specs).map(name => new Option(name)));
    bundled.disabled = false;
    bundled.onchange = () => { spec.value = data.specs[bundled.value]; ask(); };
    bundled.value = "mobilenet_v2";
    spec.value = spec.value || data.specs.mobilenet_v2;
    ask();
    return;
  }
  busy = false;
  out.textContent = data.text;
  out.classList.toggle("wrong", data.code !== 0);
  told.textContent = data.failed ?? `exit code ${data.code}`;
  document.body.dataset.done = data.code;
  if (again) { again = false; ask(); }
};
worker.onerror = error => { told.textContent = `Python did not start: ${error.message}`; };
spec.oninput = line.oninput = later;
