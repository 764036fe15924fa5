// The page that moves. MODEL computes figures from settings; all that is shown is made here, of text nodes alone, so that
// no name in a spec is ever read as HTML.
"use strict";
const NETS = MODEL.networks, TWO = NETS.length > 1, DASH = "\u2013", OWN = "the table's";
const COUNTS = [["params", "parameters"], ["macs", "MACs"], ["activations", "activations"], ["peak", "peak memory"],
  ["layers", "layers"]];
// `products` is what a layer adds to the activations of the total, which count outputs of conv and fc
const MEASURES = [["macs", "MACs"], ["params", "parameters"], ["products", "activations"], ["alive", "bytes alive"]];
const TITLES = Object.fromEntries([...MEASURES, ...COUNTS]);
const own = net => Object.fromEntries(net.settings.map(one => [one.name, one.value]));
const state = {now: NETS.map(own), held: null, linked: TWO, by: "macs", shown: 0, budget: "", of: "macs"};

// Elements: `td.n.far` is a cell with two classes

function el(name, attributes, ...inside) {
  const [tag, ...classes] = name.split("."), made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  if (tag === "button") made.type = "button";
  made.append(...inside.flat(9).filter(part => part != null));
  return set(made, attributes ?? {});
}
function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else node.setAttribute(key, value);
  }
  return node;
}
const drawn = (tag, attributes) => set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const part = (title, beside, ...inside) => el("section", {}, el("div.head", {}, el("h2", {}, title), beside), inside);
function tabled(label, titles, body) {  // titles are `text` or [text, classes]
  const heads = titles.map(title => [title, ""].flat()).map(([text, side]) => el(`th${side.replace(/.kind|.share/, "")}`, {scope: "col"}, text));
  return el("table", {}, el("caption.hidden", {}, label), el("thead", {}, el("tr", {}, heads)), body);
}
function wide(label, table) {
  const box = el("div.wide", {role: "region", "aria-label": label}, table);
  watch(box);
  return box;
}

// Numbers and words

const digits = new Intl.NumberFormat("en-US"), whole = count => count == null ? DASH : digits.format(count);
// Two digits behind the point, as Python rounds: what is half way between two goes to the even one.
function fixed(number) {
  const low = Math.floor(number * 100);
  return number * 8 % 2 === 1 && low % 2 === 0 ? (low / 100).toFixed(2) : number.toFixed(2);
}
const percent = share => Number.isFinite(share) ? `${fixed(100 * share)} %` : DASH;
function bytes(count) {
  const power = Math.min(4, Math.floor((String(count).length - 1) / 3));
  return power ? `${fixed(count / 1000 ** power)} ${" kMGT"[power]}B` : `${count} B`;
}
function ratio(now, before) {
  if (now == null || before == null) return DASH;
  if (now === before) return "the same";
  if (!now || !before) return before ? "none" : "new";
  return now > before ? `${fixed(now / before)}x more` : `${fixed(before / now)}x fewer`;
}
const sorts = new Map();
function sort(kind) {
  if (!sorts.has(kind)) sorts.set(kind, SORTS.find(([, starts]) => RegExp(`^(?:${starts})`).test(kind)) ?? ["", "", "other layers"]);
  return sorts.get(kind);
}
const sumOf = (one, key) => one.totals[key === "products" ? "activations" : key];
const moved = (net, settings) => net.settings.filter(({name, value}) => !Object.is(settings[name] ?? value, value));
const words = settings => Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(", ");
const same = (net, some, settings) => net.settings.every(({name, value}) => Object.is(some[name] ?? value, settings[name]));

// What the model says of settings: layers and totals, or why there are none. No figure is ever one of other settings.

const valuesOf = one => one.values ?? [false, true];
function wrong(one, value) {
  if (one.sort !== "number") return valuesOf(one).includes(value) ? "" : "is not one of its values";
  if (!Number.isFinite(value)) return "must be a number";
  if (one.whole && !Number.isInteger(value)) return "must be a whole number";
  return value < one.from || value > one.to ? `is not within ${one.from} to ${one.to}` : "";
}
function asked(net, settings) {
  const off = net.settings.find(one => wrong(one, settings[one.name]));
  let answer = null;
  if (!off) try { answer = net.at(settings); } catch { /* what cannot be computed is not covered */ }
  if (answer?.layers) return {net, settings, ...answer, why: ""};
  const of = off ? `: ${off.name} ${wrong(off, settings[off.name])}` : " for these settings";
  return {net, settings, layers: null, totals: {}, why: answer?.refused ?? `This page has no figures${of}. The command below may.`};
}

// Settings in the address: those that differ from the table's own, the second network's with `2.` before them; what is
// the page's own, not a setting, begins with a point

const prefix = k => k ? `${k + 1}.` : "";
function read() {
  const found = new URLSearchParams(location.hash.slice(1));
  const value = (one, text) => one.sort !== "number" ? valuesOf(one).find(known => String(known) === text) ?? text
    : text.trim() ? Number(text) : NaN;
  const settings = (net, before) => Object.fromEntries(net.settings.map(one =>
    [one.name, found.has(before + one.name) ? value(one, found.get(before + one.name)) : one.value]));
  state.now = NETS.map((net, k) => settings(net, prefix(k)));
  state.held = !TWO && found.has(".held") ? settings(NETS[0], "held.") : null;
  state.linked = TWO && !found.has(".apart");
  state.by = found.get(".by") in TITLES ? found.get(".by") : "macs";
  state.of = found.get(".of") in TITLES ? found.get(".of") : "macs";
  state.budget = found.get(".budget") ?? "";
}
function write() {
  const kept = new URLSearchParams();
  const add = (net, settings, before) => net.settings.forEach(one => {
    if (!Object.is(settings[one.name], one.value)) kept.set(before + one.name, settings[one.name]);
  });
  NETS.forEach((net, k) => add(net, state.now[k], prefix(k)));
  if (state.held) { kept.set(".held", ""); add(NETS[0], state.held, "held."); }
  if (TWO && !state.linked) kept.set(".apart", "");
  if (state.by !== "macs") kept.set(".by", state.by);
  if (state.budget) { kept.set(".budget", state.budget); kept.set(".of", state.of); }
  try { history.replaceState(null, "", `#${kept}`); } catch { /* a frame has no address of its own */ }
}

// Controls

let ids = 0;
const free = field => document.activeElement !== field;  // what one types is left as it is
const controls = [];  // functions that show the state
const shared = name => TWO && ["res", "classes"].includes(name) && NETS.every(net => name in own(net));
function choices(label, options, get, choose) {
  const name = `c${ids++}`;
  return el("fieldset.choices", {}, el("legend.hidden", {}, label), options.map(([value, text]) => {
    const input = el("input", {type: "radio", name, change: () => { choose(value); move(); }});
    controls.push(() => { input.checked = Object.is(get(), value); });
    return el("label", {}, input, text);
  }));
}
function change(k, name, value) {
  const both = state.linked && shared(name);
  state.now.forEach((settings, other) => { if (both || k === other) settings[name] = value; });
  move();
}
function control(net, k, one) {
  const get = () => state.now[k][one.name], choose = value => change(k, one.name, value);
  const label = TWO ? `${one.name} of ${net.name}` : one.name;
  // a long name is broken behind its underscores
  const name = one.name.split(/(?<=_)/).flatMap((text, i) => i ? [el("wbr"), text] : [text]);
  const about = one.meaning ? el("small", {}, one.meaning) : null;
  if (one.sort !== "number") {
    const options = valuesOf(one).map(value => [value, String(value)]);
    return el("div.set", {}, el("span.name", {"aria-hidden": "true"}, name), choices(label, options, get, choose), about);
  }
  const id = `s${ids++}`, scale = {min: one.from, max: one.to};
  const slider = el("input", {id, type: "range", "aria-label": label, ...scale, step: one.step, input: () => choose(Number(slider.value))});
  const field = el("input", {type: "number", "aria-label": `${label}, as a number`, ...scale, step: one.whole ? 1 : "any",
    input: () => choose(field.value === "" ? NaN : Number(field.value)), change: () => move()});
  controls.push(() => {
    const value = get(), bad = wrong(one, value);
    slider.value = bad ? one.value : value;
    set(field, {"aria-invalid": Boolean(bad)});
    if (free(field)) field.value = Number.isFinite(value) ? value : "";
  });
  return el("div.set", {}, el("label.name", {for: id}, name), slider, field, about);
}
function settings() {
  const presets = (net, k) => net.presets?.length ? el("div.set.row", {}, el("span.name", {"aria-hidden": "true"}, "variant"),
    choices(`variant of ${net.name}`, net.presets.map(one => [one, one.name]),
      () => net.presets.find(one => same(net, one.settings, state.now[k])), one => { state.now[k] = {...own(net), ...one.settings}; })) : null;
  const panels = NETS.map((net, k) => el("fieldset", {}, el("legend", {}, net.name), presets(net, k), net.settings.map(one => control(net, k, one)),
    net.settings.length ? null : el("small", {}, "It has no settings.")));
  const back = el("button.do", {click: () => { state.now = NETS.map(own); move(); }}, "Back to the table's");
  const hold = el("button.do", {click: () => { state.held = state.held ? null : {...state.now[0]}; move(); }});
  controls.push(() => put(hold, state.held ? "Let go of what is held" : "Hold these to compare"));
  const both = NETS[0].settings.map(one => one.name).filter(shared);
  const link = el("input", {type: "checkbox", change: () => {
    state.linked = link.checked;
    both.forEach(name => change(0, name, state.now[0][name]));
  }});
  controls.push(() => { link.checked = state.linked; });
  return el("div", {}, el("div.sets", {}, panels), el("div.acts", {}, TWO ? null : hold, back,
    both.length ? el("label", {}, link, ` one ${both.join(" and ")} for both`) : null));
}

// Parts of the page: each is its element and a function that shows results in it

function told() {
  const node = el("p.told");
  return [node, (results, reference) => {
    const why = results.filter(one => one.why).map(one => TWO ? `${one.net.name}: ${one.why}` : one.why).join(" ");
    node.classList.toggle("bad", Boolean(why));
    put(node, why || summary(results, reference));
  }];
}
function summary(results, reference) {
  const [now, before] = TWO ? [results[1], results[0]] : [results[0], reference];
  const said = COUNTS.slice(0, 4).map(([key, title]) => [ratio(now.totals[key], before.totals[key]), title])
    .filter(([text]) => text !== "the same").map(pair => pair.join(" ").replace("fewer peak", "less peak"));
  const name = TWO ? now.net.name : words(now.settings) || now.net.name;
  const to = TWO ? before.net.name : state.held ? "what is held" : "the table's own settings";
  return `${name}: ${said.join(", ") || "the same figures"}, against ${to}.`;
}
const printed = ({net, settings}) => net.accuracy.find(one => one.top1 != null && same(net, one.settings, settings))?.top1;
function totals() {
  const rows = [...COUNTS, ...(NETS.some(net => net.accuracy.length) ? [["top1", "top-1"]] : [])].map(([key, title]) => {
    const about = key === "top1" ? "percent, as printed" : NETS[0].counts[key] ?? "";
    // the figures of the settings that are shown carry data-count, so that other programs can read them
    const cells = [0, 1].map(k => ({value: el("data", k && !TWO ? {"data-held": key} : {"data-count": key, "data-network": NETS[k].key}),
      size: el("small"), under: el("small.under")}));
    const last = el("td.n.ratio"), tds = cells.map(({value, size, under}) => el("td.n", {}, value, key === "peak" ? size : null, under));
    return {key, cells, last, row: el("tr", {}, el("th", {scope: "row"}, title, el("small", {}, about)), tds, last)};
  });
  const heads = TWO ? NETS.map(net => net.name) : ["now", ""];
  const table = tabled("Totals", ["total", ...heads.map(text => [text, ".n"]), [TWO ? "second to first" : "ratio", ".n.ratio"]],
    el("tbody", {}, rows.map(({row}) => row)));
  table.classList.add("totals");
  return [wide("Totals", table), (results, reference) => {
    const two = TWO ? results : [results[0], reference];
    if (!TWO) put(table.rows[0].cells[2], state.held ? "held" : OWN);
    for (const {key, cells, last} of rows) {
      const values = two.map(one => key === "top1" ? printed(one) : one.totals[key]);
      values.forEach((value, k) => {
        const {value: node, size} = cells[k];
        put(node, key === "top1" ? String(value ?? DASH) : whole(value));
        set(node, {value: value ?? ""});
        if (key === "peak") put(size, value == null ? DASH : bytes(value));
      });
      const text = key === "top1" ? "" : TWO ? ratio(values[1], values[0]) : ratio(values[0], values[1]);
      put(last, text);
      put(cells[TWO ? 1 : 0].under, text);
    }
  }];
}

// A budget such as 300M, 640KiB or 4,200,000

function parsed(text) {
  const found = /^([\d,_]*\.?\d+(?:e\d+)?)\s*(?:([kKMGT])(i?))?B?$/.exec(text.trim());
  if (!found) return null;
  const unit = found[2] ? (found[3] ? 1024 : 1000) ** " KMGT".indexOf(found[2].toUpperCase()) : 1;
  return Number((Number(found[1].replace(/[,_]/g, "")) * unit).toPrecision(15));
}
function budget() {
  const select = el("select", {"aria-label": "budget of", change: () => { state.of = select.value; move(); }},
    COUNTS.map(([value, title]) => el("option", {value}, title)));
  const field = el("input", {type: "text", "aria-label": "budget", placeholder: "300M, 640KiB",
    input: () => { state.budget = field.value; move(); }});
  controls.push(() => { select.value = state.of; if (free(field)) field.value = state.budget; });
  const lines = NETS.map(() => ({said: el("p.read"), fill: el("i"), mark: el("b")}));
  return [part("Budget", null, el("div.budget", {}, "At most ", field, select),
    lines.map(({said, fill, mark}) => [said, el("div.line", {"aria-hidden": "true"}, fill, mark)]).flat()), results => {
    const limit = parsed(state.budget), given = state.budget.trim() !== "", bad = given && limit === null;
    const top = 1.05 * Math.max(limit ?? 0, ...results.map(one => one.totals[state.of] ?? 0)) || 1;
    set(field, {"aria-invalid": bad});
    results.forEach((one, k) => {
      const sum = one.totals[state.of], {said, fill, mark} = lines[k];
      const text = bad ? "a budget must be a number, such as 300M or 640KiB" : !given ? "no budget"
        : sum > limit ? `${percent((sum - limit) / limit)} over ${whole(limit)}` : `${percent(sum / limit)} of ${whole(limit)}`;
      const what = `${whole(sum)} ${state.of === "peak" ? "bytes of peak memory" : TITLES[state.of]}: ${text}`;
      put(said, `${TWO ? `${one.net.name}: ` : ""}${sum == null ? DASH : what}`);
      fill.style.width = `${limit === null ? 0 : 100 * (sum ?? 0) / top}%`;
      mark.hidden = limit === null;
      mark.style.left = `${100 * (limit ?? 0) / top}%`;
    });
  }];
}

// Bars by layer, on one scale for two networks

function sentence(one, i) {
  const layer = one.layers[i], value = layer[state.by];
  const share = state.by === "alive" ? bytes(value) : percent(value / sumOf(one, state.by));
  return `${layer.path} ${layer.kind} ${layer.out}: ${whole(value)} ${TITLES[state.by]}, ${share}`;
}
function bars() {
  const charts = NETS.map((net, k) => {
    const svg = drawn("svg", {preserveAspectRatio: "none", role: "img"}), rects = [];
    const chart = {svg, rects, said: el("p.read"), middle: el("span"), line: drawn("path", {class: "budget"}), before: drawn("path", {})};
    const at = event => {
      const box = svg.getBoundingClientRect(), i = Math.floor((event.clientX - box.left) / box.width * rects.length);
      return Math.max(0, Math.min(rects.length - 1, i));
    };
    const point = i => {
      rects.forEach((rect, j) => rect.classList.toggle("on", i === j));
      put(chart.said, i === null ? chart.most : sentence(chart.one, i));
    };
    svg.append(chart.before, chart.line);
    set(svg, {pointermove: event => { if (chart.one.layers) point(at(event)); }, pointerleave: () => point(null),
      click: event => { if (chart.one.layers) open(k, at(event)); }});
    return chart;
  });
  const pick = choices("what the bars show", MEASURES.map(([key, title]) => [key, title.replace("bytes ", "")]),
    () => state.by, key => { state.by = key; });
  const keys = el("ul.keys");
  const node = part("By layer", pick, charts.flatMap(({said, svg, middle}, k) => [TWO ? el("h3", {}, NETS[k].name) : null, said, svg,
    el("div.ends.small", {}, el("span", {}, "first"), middle, el("span", {}, "last"))]), keys);
  node.classList.add("bars");
  return [node, (results, reference) => {
    const compared = reference && (state.held || !same(NETS[0], {}, state.now[0]));
    const all = [...results, ...(compared ? [reference] : [])].flatMap(one => one.layers ?? []);
    const limit = state.by === "alive" && state.of === "peak" ? parsed(state.budget) : null;
    const top = 1.04 * all.reduce((most, layer) => Math.max(most, layer[state.by]), limit ?? 1);
    results.forEach((one, k) => chartOf(charts[k], one, top, limit, compared ? reference : null));
    const seen = new Map(results.flatMap(one => one.layers ?? []).filter(layer => layer[state.by])
      .map(layer => [sort(layer.kind)[0], sort(layer.kind)[2]]));
    const items = [...seen].map(([name, title]) => el("li", {}, el(`i.${name}`), title));
    if (compared) items.push(el("li", {}, `a thin line: ${state.held ? "what is held" : OWN}`));
    keys.replaceChildren(...items);
  }];
}
function chartOf(chart, one, top, limit, reference) {
  const {svg, rects} = chart, layers = one.layers ?? [], n = Math.max(layers.length, 1), y = value => 100 - 100 * value / top;
  chart.one = one;
  set(svg, {viewBox: `0 0 ${n} 100`});
  while (rects.length > layers.length) rects.pop().remove();
  while (rects.length < layers.length) svg.prepend(rects[rects.length] = drawn("rect", {x: rects.length, width: .94}));
  let most = -1;
  layers.forEach((layer, i) => {
    const value = layer[state.by];
    if (value > (layers[most]?.[state.by] ?? 0)) most = i;
    set(rects[i], {y: y(value), height: 100 - y(value), class: sort(layer.kind)[0]});
  });
  // what they are compared with, as a line across each bar, where it has as many layers
  const before = reference?.layers?.length === layers.length ? reference.layers : [];
  set(chart.before, {d: before.map((layer, i) => `M${i} ${y(layer[state.by])}h.94`).join("")});
  set(chart.line, {d: limit === null ? "" : `M0 ${y(limit)}H${n}`});
  chart.most = !layers.length ? DASH : most < 0 ? `no layer has ${TITLES[state.by]}` : `most at ${sentence(one, most)}`;
  put(chart.said, chart.most);
  set(svg, {"aria-label": `${TITLES[state.by]} by layer of ${one.net.name}: ${chart.most}. The table of layers has all.`});
  put(chart.middle, one.layers ? `${layers.length} layers` : DASH);
}

// Kinds of layers, with their shares as bars

function shareOf(cell, share) {
  put(cell, percent(share));
  cell.dataset.v = share || (share === 0 ? 0 : "");
  cell.style.setProperty("--p", `${100 * Math.min(1, share || 0)}%`);
}
function count(cell, value) {
  put(cell, whole(value));
  cell.dataset.v = value ?? "";
}
const NONE = {layers: 0, params: 0, macs: 0};
function kinds() {
  const body = el("tbody"), rows = new Map();
  const titles = TWO ? NETS.flatMap(net => [[`${net.name}, MACs`, ".n.far"], [`share of ${net.name}`, ".n.share"]])
    : [["layers", ".n.far"], ["parameters", ".n.far"], ["of parameters", ".n.share"], ["MACs", ".n.far"], ["of MACs", ".n.share"]];
  const table = tabled("Kinds of layers", ["kind", ...titles], body);
  const again = sortable(table);
  return [part("By kind", null, wide("Kinds of layers", table)), results => {
    const found = results.map(one => {
      const groups = new Map();
      for (const {kind, params, macs} of one.layers ?? []) {
        const sum = groups.get(kind) ?? NONE;
        groups.set(kind, {layers: sum.layers + 1, params: sum.params + params, macs: sum.macs + macs});
      }
      return groups;
    });
    for (const groups of found) for (const [kind, sum] of [...groups].sort((a, b) => b[1].macs - a[1].macs)) {
      if (rows.has(kind) || !(sum.params || sum.macs)) continue;
      rows.set(kind, titles.map(([, side]) => el(`td${side}`)));
      body.append(el(`tr.${sort(kind)[0]}`, {}, el("td.kind", {}, kind), rows.get(kind)));
    }
    for (const [kind, cells] of rows) results.forEach((one, k) => {
      const sum = one.layers ? found[k].get(kind) ?? NONE : {};
      const pair = (i, key) => { count(cells[i], sum[key]); shareOf(cells[i + 1], sum[key] / one.totals[key]); };
      pair(TWO ? 2 * k : 3, "macs");
      if (TWO) return;
      count(cells[0], sum.layers);
      pair(1, "params");
    });
    again();
  }];
}

// Every layer; a click shows its formulas

let open = () => {};
function every() {
  const columns = [["path", "layer", ""], ["kind", "kind", ".kind.far"], ["out", "output", ".far"], ["params", "parameters", ".n"],
    ["params", "share", ".n.share.far"], ["macs", "MACs", ".n"], ["macs", "share", ".n.share.far"],
    ["products", "activations", ".n.far"], ["alive", "bytes alive", ".n.far"]];
  const body = el("tbody"), rows = [], table = tabled("Layers", columns.map(([, ...title]) => title), body), again = sortable(table);
  let one = null;
  const explain = ({row, i}) => {
    let lines = [];
    if (one.layers) try { lines = one.net.lines(one.settings, i) ?? []; } catch { /* rather none than wrong ones */ }
    const shown = lines.length ? lines.map(line => el(line.startsWith(" ") ? "p" : "p.title", {}, line.trim())) : [DASH];
    row.detail.querySelector("div").replaceChildren(...shown);
  };
  const toggle = each => {
    const {row, button} = each;
    if (row.detail) { row.detail.remove(); row.detail = null; }
    else {
      row.after(row.detail = el("tr.detail", {}, el("td", {colspan: columns.length}, el("div.lines"))));
      explain(each);
    }
    set(button, {"aria-expanded": Boolean(row.detail)});
  };
  const make = i => {
    const button = el("button", {"aria-expanded": "false"}), small = el("small");
    const cells = columns.map(([, , side], c) => el(`td${side}`, {}, c ? [] : [button, small]));
    // who marks a text to copy it does not ask for formulas
    const each = {i, button, small, cells, row: el("tr", {click: () => { if (!String(getSelection())) toggle(each); }}, cells)};
    body.append(each.row);
    return each;
  };
  open = (k, i) => {
    state.shown = k;
    show();
    if (!rows[i].row.detail) toggle(rows[i]);
    rows[i].row.scrollIntoView({block: "nearest"});
  };
  const pick = TWO ? choices("whose layers", NETS.map((net, k) => [k, net.name]), () => state.shown, k => { state.shown = k; }) : null;
  const node = part("Every layer", pick, el("p.small", {}, "Choose a layer to see how its numbers come about."), wide("Layers", table));
  node.classList.add("layers");
  return [node, results => {
    one = results[state.shown];
    // without figures, rows stay where they are and show none
    if (one.layers) {
      while (rows.length > one.layers.length) { const {row} = rows.pop(); row.detail?.remove(); row.remove(); }
      while (rows.length < one.layers.length) rows.push(make(rows.length));
    }
    for (const each of rows) {
      const {i, row, button, small, cells} = each, layer = one.layers?.[i];
      if (layer) { put(button, layer.path); row.className = sort(layer.kind)[0]; }
      put(small, layer ? `${layer.kind}, ${layer.out}` : DASH);
      cells[0].dataset.v = layer?.path ?? i;
      columns.forEach(([key, text, side], c) => {
        if (!c) return;
        if (text === "share") shareOf(cells[c], layer?.[key] / one.totals[key]);
        else if (side.startsWith(".n")) count(cells[c], layer?.[key]);
        else put(cells[c], layer?.[key] ?? DASH);
      });
      if (row.detail) explain(each);
    }
    again();
  }];
}

// The network as blocks, one below the other; a line at the side is what passes a block by

const HIGH = 30, LANE = 11, LANES = 10;
function blocksOf(layers) {
  const blocks = [{name: "input", inside: []}], at = [], lines = new Map();
  layers.forEach((layer, i) => {
    const name = layer.block || layer.path, last = blocks[blocks.length - 1];
    if (last.name === name && i) last.inside.push(i);
    else blocks.push({name, inside: [i]});
    at[i] = blocks.length - 1;
  });
  layers.forEach((layer, i) => layer.inputs.forEach(number => {
    const to = at[i], from = number < 0 ? 0 : at[number], late = blocks[to].inside[0] !== i && from < to;
    if (!late && from >= to - 1) return;
    // what a merge reads passes a block by as it is; another layer that reads it begins a branch, drawn with dots
    const key = `${from} ${to} ${late}`, by = late && layer.inputs.length < 2 && (lines.get(key)?.by ?? true);
    lines.set(key, {from, to, late, by});
  }));
  return {blocks, lines: [...lines.values()]};
}
function lanes(lines) {
  const taken = [];
  for (const line of lines.sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from)) {
    let lane = taken.findIndex(ends => ends.every(([from, to]) => line.from >= to || line.to <= from));
    if (lane < 0) lane = taken.push([]) - 1;
    taken[lane].push([line.from, line.to]);
    line.lane = Math.min(lane, LANES - 1);
  }
  return Math.min(taken.length, LANES);
}
function drawing(name) {
  const net = el("div.net"), box = el("div.tall", {role: "region", "aria-label": `blocks of ${name}`, tabindex: 0}, net);
  let known = "", tiles = [];
  const build = layers => {
    const {blocks, lines} = blocksOf(layers), room = lanes(lines) * LANE + 6;
    const svg = drawn("svg", {width: room, height: HIGH * blocks.length, "aria-hidden": "true"});
    for (const {from, to, late, by, lane} of lines) {
      const start = HIGH * (from + 1) - 8, end = HIGH * to + (late ? 23 : 8), x = (lane + 1) * LANE;
      svg.append(drawn("path", {class: by ? "by" : "", d: `M0 ${start}Q${x} ${start} ${x} ${start + 7}V${end - 7}Q${x} ${end} 0 ${end}`}));
    }
    tiles = blocks.map(({name, inside}, b) => {
      const passed = lines.some(line => line.to === b && line.late && !line.by) ? " and a shortcut" : "";
      const kinds = inside.map(i => layers[i].kind), n = kinds.length, more = n > 14 ? `+${n - 14}` : n === 1 ? kinds[0] : "";
      const said = n > 1 ? `${n} layers${passed}: ${kinds.join(", ")}; output ` : "";
      const out = el("span.small"), tile = el("div", {}, el("span.name", {}, name),
        el("span.parts.small", {}, kinds.slice(0, 14).map(kind => el(`i.${sort(kind)[0]}`)), more), el("span.hidden", {}, said), out);
      tile.style.marginRight = `${room}px`;
      return {tile, out, inside};
    });
    net.replaceChildren(el("ol", {}, tiles.map(({tile}) => el("li", {}, tile))), svg);
  };
  return [box, one => {
    const layers = one.layers;
    const shape = layers && JSON.stringify(layers.map(layer => [layer.block, layer.kind, layer.inputs]));
    if (layers && shape !== known) { known = shape; build(layers); }
    const by = state.by === "alive" ? "macs" : state.by;
    tiles.forEach(({tile, out, inside}) => {
      put(out, !layers ? DASH : inside.length ? layers[inside[inside.length - 1]].out : layers[0].in);
      const sum = layers ? inside.reduce((sum, i) => sum + layers[i][by], 0) : 0;
      tile.style.setProperty("--p", `${100 * (sum / sumOf(one, by) || 0)}%`);
    });
  }];
}
function drawings() {
  const made = NETS.map(net => drawing(net.name));
  const note = "A square is a layer, coloured by kind; a line at the side is a shortcut, a dotted one a branch; a shade is a share.";
  return [part(TWO ? "The networks" : "The network", null, el("p.small", {}, note),
    el("div.pair", {}, made.map(([box], k) => el("div", {}, TWO ? el("h3", {}, NETS[k].name) : null, box)))),
  results => results.forEach((one, k) => made[k][1](one))];
}

// What was printed about accuracy, and the command

function accuracy() {
  const rows = NETS.flatMap((net, k) => net.accuracy.map(one => ({net, k, one})));
  const keys = [["top1", "top-1"], ["top5", "top-5"], ["map", "mAP"]].filter(([key]) => rows.some(({one}) => one[key] != null));
  if (!keys.length) return [null, () => {}];
  for (const each of rows) {
    const {net, k, one} = each;
    const go = el("button.do", {click: () => { state.now[k] = {...own(net), ...one.settings}; move(); }}, moved(net, one.settings).map(({name}) => `${name} ${one.settings[name]}`).join(", ") || OWN);
    each.row = el("tr", {}, TWO ? el("td", {}, net.name) : null, el("td", {}, go),
      keys.map(([key]) => el("td.n", {}, String(one[key] ?? ""))), el("td.long", {}, one.source ?? ""));
  }
  const titles = [...(TWO ? ["network"] : []), "settings", ...keys.map(([, title]) => [title, ".n"]), "printed in"];
  const table = tabled("Accuracy", titles, el("tbody", {}, rows.map(({row}) => row)));
  return [part("Accuracy, as printed", null, wide("Accuracy", table)), results => rows.forEach(({net, k, one, row}) =>
    set(row, {"aria-current": same(net, one.settings, results[k].settings)}))];
}
const quoted = text => /^[\w./:=,+@%-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
function commands(results) {
  const specs = results.map(({net, settings}) => {
    const given = moved(net, settings).map(({name}) => `${name}=${Object.is(settings[name], NaN) ? "?" : settings[name]}`);
    return quoted(net.key + (given.length ? `:${given.join(",")}` : ""));
  });
  const convention = MODEL.convention ? ` --convention ${MODEL.convention}` : "", dtype = MODEL.dtype ? ` --dtype ${MODEL.dtype}` : "";
  if (TWO) return [`costcalc compare ${specs.join(" ")} --figures layers,params,macs,activations,peak${convention}`];
  return [`costcalc report ${specs[0]}${convention}${dtype}`, `costcalc memory ${specs[0]}${dtype}`];
}
function command() {
  const rows = (TWO ? [0] : [0, 1]).map(() => {
    const code = el("pre"), copy = el("button.do", {click: async () => {
      try { await navigator.clipboard.writeText(code.textContent); } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
      }
      put(copy, "Copied");
      setTimeout(() => put(copy, "Copy"), 1500);
    }}, "Copy");
    return {code, copy};
  });
  return [part("The same figures from a shell", null, rows.map(({code, copy}) => el("div.head", {}, code, copy))),
    results => commands(results).forEach((text, i) => put(rows[i].code, text))];
}

// The page

const status = el("p.hidden", {role: "status"});
let parts = [], waiting = 0, later = 0;
function show() {
  const results = NETS.map((net, k) => asked(net, state.now[k]));
  const reference = TWO ? null : asked(NETS[0], state.held ?? own(NETS[0]));
  put(status, "");
  controls.forEach(control => control());
  parts.forEach(([, draw]) => draw(results, reference));
  // what a screen reader says, and the address, wait until the slider rests
  clearTimeout(later);
  later = setTimeout(() => {
    const figures = one => COUNTS.slice(0, 4).map(([key, title]) => `${title} ${whole(one.totals[key])}`).join(", ");
    put(status, results.map(one => one.why || figures(one)).join("; "));
    write();
  }, 300);
}
function move() {
  waiting ||= requestAnimationFrame(() => { waiting = 0; show(); });
}
const panels = settings();
const shown = {told: told(), totals: totals(), bars: bars(), budget: budget(), kinds: kinds(), accuracy: accuracy(),
  drawings: drawings(), every: every(), command: command()};
const at = name => shown[name][0];
parts = Object.values(shown);
document.body.append(el("main", {}, el("header", {}, el("h1", {}, document.title), NETS.map(net => el("p", {}, net.source)),
  el("p", {}, "Every number is exact and equal to that of costcalc.")), panels, at("told"), at("totals"), at("bars"),
el(TWO ? "div" : "div.cols", {}, el("div", {}, at("budget"), at("kinds"), at("accuracy")), at("drawings")), at("every"), at("command"), status),
el("footer.small", {}, "One file that loads nothing, written by ", el("code", {}, MODEL.command), "."));
// the table's own settings come first: they give the page its size, also where those of the address have no figures
show();
read();
show();
addEventListener("hashchange", () => { read(); move(); });
