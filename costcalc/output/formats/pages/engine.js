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
const exact = (say) => (number) => (Number.isSafeInteger(number) ? say(number) : null);
const FORMS = { "": exact(String), ",": exact(digits), r: written, g: cut };
function filled(text, figure) {
  let whole = true;
  const found = text.replace(/\0(\d+)([,rg]?)\0/g, (_, cell, form) => {
    const shown = FORMS[form](figure(cell));
    whole = whole && shown !== null;
    return shown;
  });
  return whole ? found : null;
}

// Formulas are numbers, names, or [operation, operand, operand]. How tightly a piece of text holds together:
const SUM = 0;
const QUOTIENT = 1;
const PRODUCT = 2;
const ATOM = 3;
const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "//": quotient,
  ceil: (a, b) => -quotient(-a, b),
  neg: (a) => -a,
};

function valueOf(tree, given) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return given[tree];
  return OPERATIONS[tree[0]](...tree.slice(1).map((operand) => valueOf(operand, given))) + 0;
}
// Whether a quotient is one by construction: its numerator a name or a product, and nothing left over.
function isExact([, above, below], given) {
  const product = !Array.isArray(above) || above[0] === "*";
  return product && remainder(valueOf(above, given), valueOf(below, given)) === 0;
}

// A formula in names, or with its numbers put in.
function formula(tree, given, numbers) {
  const held = (piece, least) => {
    const [text, tight] = written(piece);
    return tight >= least ? text : `(${text})`;
  };
  const factor = (piece) => {
    const divided = numbers && Array.isArray(piece) && piece[0] === "//" && isExact(piece, given);
    const value = divided ? valueOf(piece, given) : 0;
    return divided && (value === 1 || valueOf(piece[2], given) === 1) ? digits(value) : held(piece, PRODUCT);
  };
  const written = (piece) => {
    if (typeof piece === "string" && !piece.startsWith("#")) return [numbers ? digits(given[piece]) : piece, ATOM];
    if (!Array.isArray(piece)) {
      const value = valueOf(piece, given);
      return [digits(value), value >= 0 ? ATOM : SUM];
    }
    const [op, left, right] = piece;
    if (op === "neg") return [`-${held(left, PRODUCT)}`, SUM];
    if (op === "*") return [`${factor(left)} * ${factor(right)}`, PRODUCT];
    if (op === "+" || op === "-") return [`${held(left, SUM)} ${op} ${held(right, op === "-" ? QUOTIENT : SUM)}`, SUM];
    const parts = `${held(left, PRODUCT)} / ${held(right, ATOM)}`;
    if (op === "ceil") return [`ceil(${parts})`, ATOM];
    return isExact(piece, given) ? [parts, QUOTIENT] : [`floor(${parts})`, ATOM];
  };
  return written(tree)[0];
}

// A formula of columns as that of rows, so that the two can be compared.
function ofRows(text) {
  const turned = text.replaceAll("_w", "_h").replaceAll("p_left", "p_top").replaceAll("p_right", "p_bottom");
  return turned.replace(/\bw\b/g, "h");
}
// A share in percent with two digits, an exact half rounded to even.
function percent(part, whole) {
  const share = 100 * (part / whole);
  const half = Number.isInteger(share * 8) && Math.abs((share * 8) % 2) === 1;
  return `${half ? (even(share * 100) / 100).toFixed(2) : share.toFixed(2)} %`;
}

const LEFT_OUT = "what the default leaves out";
const SIZES = "output size";
const TOTALS = { parameters: "params", MACs: "macs" };

function explained(lines, given, totals, remarks) {
  const works = lines.map(([part, name, tree]) => {
    const value = valueOf(tree, given);
    given[name] = value;
    const shown = digits(value);
    const steps = [formula(tree, given, false), formula(tree, given, true), shown];
    if (steps[1] === shown) steps.splice(1, 1);
    const whole = TOTALS[name] === undefined ? 0 : totals[TOTALS[name]];
    const share = whole ? [`${percent(value, whole)} of the network's ${digits(whole)}`] : [];
    return { part, name, steps, also: [], said: part === LEFT_OUT ? [remarks[name]] : share };
  });
  // of sizes, those that come about alike are said once
  const alike = new Map();
  const kept = works.filter((work) => {
    if (work.part !== SIZES || work.name === "activations") return true;
    const key = JSON.stringify([ofRows(work.name)[0], ofRows(work.steps[0]), ...work.steps.slice(1)]);
    if (alike.has(key)) alike.get(key).also.push(work.name);
    else alike.set(key, work);
    return alike.get(key) === work;
  });
  return kept.flatMap(({ part, name, steps, also, said }, number) => {
    const behind = [...(also.length ? [`${also.join(", ")} likewise`] : []), ...said].join("; ");
    const head = number === 0 || kept[number - 1].part !== part ? [part] : [];
    return [...head, `  ${name} = ${steps.join(" = ")}${behind && `    ${behind}`}`];
  });
}

// Places with those that follow one by one written out: the first, and below 0 how many more.
function listed(places) {
  return places.flatMap((place, number) =>
    place < 0 ? Array.from({ length: -place }, (_, more) => places[number - 1] + 1 + more) : [place],
  );
}

// The network of a page: what the writer gives, with `at`.
function moving(network) {
  const { runs, rows, texts, formulas, constants, pieces, lists, spans, chosen, bits } = network;
  const all = (list) => listed(lists[list]).flatMap((piece) => listed(pieces[piece]));
  let known = null;

  // each cell is computed once for settings, when something reads it
  let results = [];
  const [set, cells] = network.cells((cell) => (results[cell] ??= cells[cell]()));
  const figure = (cell) => (results[cell] ??= cells[cell]()) + 0;

  function holds(run, values) {
    const whole = (place) => Number.isInteger(values[place]);
    if (run.whole && !run.whole.every(whole)) return false;
    // a run of floats says of 1.0 what it refuses, not of 1
    if (run.refused !== undefined && run.real && run.real.some(whole)) return false;
    const guards = run.guards.every((cell) => (cell < 0 ? !figure(-1 - cell) : figure(cell)));
    if (!guards || run.refused !== undefined) return guards;
    const starts = lists[run.starts].map((start) => start.slice(0, 3));
    const sides = [...starts, ...all(run.rows).map((row) => rows[row].slice(2))];
    return sides.every((row) => row.every((cell) => Number.isSafeInteger(figure(cell))));
  }

  function found(settings) {
    const values = spans.map(([name]) => settings[name]);
    const inside = spans.every(([, least, most, whole], place) => {
      const value = values[place];
      return Number.isFinite(value) && least <= value && value <= most && (!whole || Number.isInteger(value));
    });
    const key = JSON.stringify(chosen.map((name) => settings[name]));
    if (!inside) return null;
    set(...values);
    results = [];
    return runs.find((run) => run.key === key && holds(run, values)) ?? null;
  }

  // The elements alive at each layer, from how long those of the inputs and of each layer's output are needed.
  function aliveOf(run, layers, lasts) {
    const change = new Array(layers.length + 2).fill(0);
    const lives = (elements, first, last) => {
      if (last < first) return;
      change[first] += elements;
      change[last + 1] -= elements;
    };
    lists[run.starts].forEach(([c, h, w, last]) => lives(figure(c) * figure(h) * figure(w), 0, last));
    layers.forEach((layer, number) => lives(layer.activations, number, number + lasts[number]));
    let alive = 0;
    return layers.map((_, number) => (alive += change[number]));
  }

  function layersOf(run) {
    const sized = ([c, h, w]) => (network.signal && h === 1 ? `${c}x${w}` : `${c}x${h}x${w}`);
    const starts = lists[run.starts].map((cells) => sized(cells.slice(0, 3).map(figure)));
    const layers = [];
    const lasts = [];
    const places = all(run.rows);
    all(run.layers).forEach((told, number) => {
      const [block, rest, op, label, last, ...read] = network.layers[told];
      const inputs = read.length ? read.map((back) => (back < 0 ? back : number - back)) : [number - 1];
      const [c, h, w, params, macs, products] = rows[places[number]].slice(2, 8).map(figure);
      const path = texts[block] + texts[rest];
      lasts.push(last);
      layers.push({
        name: path,
        path,
        op: texts[op],
        kind: filled(texts[label], figure),
        block: texts[block],
        inputs,
        in: inputs.map((input) => (input < 0 ? starts[-1 - input] : layers[input].out)).join(" + "),
        out: sized([c, h, w]),
        shape: [c, h, w],
        params,
        macs,
        products,
        activations: c * h * w,
      });
    });
    aliveOf(run, layers, lasts).forEach((elements, number) => (layers[number].alive = -quotient(-elements * bits, 8) + 0));
    return layers;
  }

  function compute(settings) {
    const run = found(settings);
    if (run === null) return null;
    if (run.refused !== undefined) {
      const refused = filled(run.refused, figure);
      return refused === null ? null : { refused };
    }
    const layers = layersOf(run);
    if (layers.some((layer) => layer.kind === null)) return null;
    const sum = (name) => layers.reduce((total, layer) => total + layer[name], 0);
    const totals = {
      params: sum("params"),
      macs: sum("macs"),
      activations: sum("products"),
      peak: Math.max(...layers.map((layer) => layer.alive)),
      layers: layers.length,
    };
    return { layers, totals, run };
  }

  network.at = function (settings) {
    const key = JSON.stringify(Object.entries(settings).sort());
    if (known === null || known.key !== key) known = { key, result: compute(settings) };
    return known.result;
  };
  // The formulas of a layer with its numbers, as `explain` prints them.
  network.lines = function (settings, number) {
    const result = network.at(settings);
    if (result === null || result.refused !== undefined) return [];
    const { run } = result;
    const [form, still, ...cells] = rows[all(run.rows)[number]];
    const { names, lines } = formulas[form];
    const { inputs, shape } = result.layers[number];
    const read = inputs[0] < 0 ? lists[run.starts][-1 - inputs[0]].slice(0, 3).map(figure) : result.layers[inputs[0]].shape;
    const given = { c_in: read[0], h: read[1], w: read[2], c_out: shape[0], ...constants[still] };
    names.forEach((name, place) => (given[name] = figure(cells[6 + place])));
    return explained(lines, given, result.totals, network.remarks);
  };
  return network;
}
