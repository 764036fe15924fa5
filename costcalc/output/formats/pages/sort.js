// Headers of a table become buttons that sort its rows: a first click numbers from the largest and texts from A, a
// second one the other way, a third one not at all. Returns what sorts again after the rows have changed.
function sortable(table) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const value = (row, i) => row.cells[i].dataset.v ?? row.cells[i].textContent;
  let places = 0;
  const arrange = () => {
    const rows = [...body.rows].filter(row => !row.classList.contains("detail"));
    rows.forEach(row => { row.place ??= places++; });
    const i = heads.findIndex(head => head.hasAttribute("aria-sort")), head = heads[i];
    const sign = head?.getAttribute("aria-sort") === "descending" ? -1 : 1;
    const less = head?.classList.contains("n")
      ? (a, b) => (a === "") - (b === "") || a - b
      : (a, b) => a.localeCompare(b, "en", {numeric: true});
    rows.sort((a, b) => (head && sign * less(value(a, i), value(b, i))) || a.place - b.place);
    const all = rows.flatMap(row => row.detail ? [row, row.detail] : [row]);
    if (all.some((row, at) => row !== body.rows[at])) body.append(...all);
  };
  for (const head of heads) {
    const order = head.classList.contains("n") ? ["descending", "ascending"] : ["ascending", "descending"];
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = order[order.indexOf(head.getAttribute("aria-sort")) + 1];
      heads.forEach(other => other.removeAttribute("aria-sort"));
      if (next) head.setAttribute("aria-sort", next);
      arrange();
    });
  }
  return arrange;
}

// A box whose table or chart fits needs no scrolling, so no stop of the tabulator either.
function fit(box) {
  const fits = box.scrollWidth <= box.clientWidth;
  box.classList.toggle("fits", fits);
  if (fits) box.removeAttribute("tabindex"); else box.tabIndex = 0;
}
const boxes = new ResizeObserver(entries => entries.forEach(({target}) => fit(target.closest(".wide, figure"))));
function watch(box) {
  fit(box);
  boxes.observe(box);
  boxes.observe(box.firstElementChild);
}
