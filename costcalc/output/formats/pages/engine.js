// What the traced code of a network runs on: Python's arithmetic, and the way from settings to figures.
// Every whole number here was bounded below 2^53 when the page was written; what no trace covers gives null.
"use strict";
const inf = Infinity;

// a // b and a % b of whole numbers: rounded down, the rest with the sign of b. Never by a quotient that was rounded.
function quotient(a, b) {
  const left = a % b;
  return (a - left) / b - (left !== 0 && left < 0 !== b < 0 ? 1 : 0);
}
function remainder(a, b) {
  const left = a % b;
  return left !== 0 && left < 0 !== b < 0 ? left + b : left;
}
// a // b and a % b of floats, step by step as CPython computes them.
function rest(a, b) {
  return remainder(a, b);
}
function over(a, b) {
  const left = a % b;
  const parts = (a - left) / b - (left !== 0 && left < 0 !== b < 0 ? 1 : 0);
  const down = Math.floor(parts);
  return parts - down > 0.5 ? down + 1 : down;
}
// Round half to even.
function even(x) {
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

function digits(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
// A float as Python writes it; null where the two ways of writing differ by more than a `.0`.
function written(x) {
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return null;
  return Number.isInteger(x) ? `${Object.is(x, -0) ? "-0" : x}.0` : String(x);
}
// A float in 15 digits, as Python cuts it; null where the 16th digit is the last and a 5, or no point is left.
function cut(x) {
  const size = Math.abs(x);
  const text = String(Number(x.toPrecision(15)));
  return size < 1e-4 || size >= 1e15 || /^-?[\d.]{16,17}50*$/.test(x.toPrecision(60)) || !text.includes(".") ? null : text;
}
// A text with its numbers put in: \0 place, form, \0.
const FORMS = { "": String, ",": digits, r: written, g: cut };
function filled(text, numbers) {
  let whole = true;
  const found = text.replace(/\0(\d+)([,rg]?)\0/g, (_, place, form) => {
    const shown = FORMS[form](numbers[place]);
    whole = whole && shown !== null;
    return shown;
  });
  return whole ? found : null;
}

// The network of a page: what the writer gives, with `at`.
function moving(network) {
  const { runs, layouts, spans, chosen, bits } = network;
  let known = null;

  function numbers(run, values) {
    if (run.whole && !run.whole.every((place) => Number.isInteger(values[place]))) return null;
    const found = run.code(...values);
    if (!Array.isArray(found)) return null;
    // a run of floats says of 1.0 what it refuses, not of 1
    if (run.refused !== undefined && run.real && run.real.some((place) => Number.isInteger(values[place]))) return null;
    return found.map((number) => number + 0);
  }

  function found(settings) {
    const values = spans.map(([name]) => settings[name]);
    const inside = spans.every(([, least, most, whole], place) => {
      const value = values[place];
      return Number.isFinite(value) && least <= value && value <= most && (!whole || Number.isInteger(value));
    });
    const key = JSON.stringify(chosen.map((name) => settings[name]));
    if (!inside) return null;
    for (const run of runs) {
      if (run.key !== key) continue;
      const figures = numbers(run, values);
      if (figures && run.refused !== undefined) return { run, figures };
      if (figures && figures.every(Number.isSafeInteger)) return { run, figures };
    }
    return null;
  }

  function layersOf(run, figures) {
    const layout = layouts[run.layout];
    const sides = (places) => places.map((place) => figures[place]);
    const starts = run.starts.map(sides);
    const layers = [];
    layout.path.forEach((path, number) => {
      const inputs = layout.inputs[number] || [number - 1];
      const out = sides(run.out[number]);
      const shapes = inputs.map((input) => (input < 0 ? starts[-1 - input] : layers[input].shape));
      const [params, macs, products, alive] = run.counts[number].map((place) => figures[place]);
      layers.push({
        name: path,
        path,
        op: network.ops[layout.op[number]],
        kind: filled(network.labels[layout.kind[number]], figures),
        block: network.blocks[layout.block[number]],
        inputs,
        shape: out,
        in: shapes.map((shape) => shape.join("x")).join(" + "),
        out: out.join("x"),
        params,
        macs,
        products,
        activations: out[0] * out[1] * out[2],
        alive: -quotient(-alive * bits, 8) + 0,
      });
    });
    return layers;
  }

  function compute(settings) {
    const held = found(settings);
    if (held === null) return null;
    if (held.run.refused !== undefined) {
      const refused = filled(held.run.refused, held.figures);
      return refused === null ? null : { refused };
    }
    const layers = layersOf(held.run, held.figures);
    const sum = (name) => layers.reduce((total, layer) => total + layer[name], 0);
    const totals = {
      params: sum("params"),
      macs: sum("macs"),
      activations: sum("products"),
      peak: Math.max(...layers.map((layer) => layer.alive)),
      layers: layers.length,
    };
    return { layers, totals, figures: held.figures, run: held.run };
  }

  network.at = function (settings) {
    const key = JSON.stringify(Object.entries(settings).sort());
    if (known === null || known.key !== key) known = { key, result: compute(settings) };
    return known.result;
  };
  network.lines = function () {
    return [];
  };
  return network;
}
