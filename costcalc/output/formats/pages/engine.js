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

// The network of a page: what the writer gives, with `at`.
function moving(network) {
  const { runs, layouts, places, formulas, constants, spans, chosen, bits } = network;
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
    const at = places[run.places];
    const sides = (slots) => slots.map((slot) => figures[slot]);
    const sized = ([c, h, w]) => (network.signal && h === 1 ? `${c}x${w}` : `${c}x${h}x${w}`);
    const starts = at.starts.map(sides).map(sized);
    const layers = [];
    layout.path.forEach((path, number) => {
      const inputs = layout.inputs[number] || [number - 1];
      const shape = sides(at.out[number]);
      const [params, macs, products, alive] = sides(at.counts[number]);
      const label = network.labels[layout.kind[number]];
      layers.push({
        name: path,
        path,
        op: network.ops[layout.op[number]],
        kind: label.includes("\0") ? filled(label, figures) : label,
        block: network.blocks[layout.block[number]],
        inputs,
        in: inputs.map((input) => (input < 0 ? starts[-1 - input] : layers[input].out)).join(" + "),
        out: sized(shape),
        shape,
        params,
        macs,
        products,
        activations: shape[0] * shape[1] * shape[2],
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
  // The formulas of a layer with its numbers, as `explain` prints them.
  network.lines = function (settings, number) {
    const result = network.at(settings);
    if (result === null || result.refused !== undefined) return [];
    const at = places[result.run.places];
    const [form, still, ...slots] = at.formulas[number];
    const { names, lines } = formulas[form];
    const { inputs, shape } = result.layers[number];
    const read = inputs[0] < 0 ? at.starts[-1 - inputs[0]].map((slot) => result.figures[slot]) : result.layers[inputs[0]].shape;
    const given = { c_in: read[0], h: read[1], w: read[2], c_out: shape[0], ...constants[still] };
    names.forEach((name, place) => (given[name] = result.figures[slots[place]]));
    return explained(lines, given, result.totals, network.remarks);
  };
  return network;
}
