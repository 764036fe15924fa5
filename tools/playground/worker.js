// The worker: the unchanged package in Python, and a command of it for each message.
"use strict";
importScripts("pyodide/pyodide.js");
const ready = (async () => {
  const python = await loadPyodide({indexURL: "pyodide/"});
  const archive = await (await fetch("packages.zip")).arrayBuffer();
  python.unpackArchive(archive, "zip", {extractDir: "/packages"});
  python.FS.writeFile("/packages/play.py", await (await fetch("play.py")).text());
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  const play = python.pyimport("play");
  postMessage({specs: JSON.parse(play.bundled())});
  return play;
})();
ready.catch(error => setTimeout(() => { throw error; }));
onmessage = async ({data}) => {
  const play = await ready;
  try {
    const [code, text] = JSON.parse(play.ran(data.spec, data.line));
    postMessage({code, text});
  } catch (error) {
    postMessage({code: -1, text: String(error), failed: "Python failed"});
  }
};
