"""Folded rows -> the YAML of a spec, in the style of the bundled ones."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.importer.fold import RESERVED, Folding, runs
from costcalc.importer.fuse import Fused, Item
from costcalc.importer.lower import INPUT
from costcalc.importer.rowtext import flow, map_lines, scalar, top_lines
from costcalc.importer.unify import NO_PLAIN, BlockRow, FoldedBlock, Formula, X, label_of, plain_of
from costcalc.ops import OPS
from costcalc.ops.shape import Shape

ORDER = ("k", "c", "start", "g", "s", "p", "d", "ceil", "bias", "norm", "act")
DRESS = ("norm", "act", "bias")
JOINS = ("add", "mul", "concat")
Defaults = Mapping[str, Mapping[str, Any]]


class Head(NamedTuple):
    """What is above the rows: the title, the source, the settings and what they replace."""

    title: str
    source: str
    comments: tuple[str, ...]
    settings: Mapping[str, int]


def spec_text(head: Head, fused: Fused, folding: Folding, totals: Mapping[str, int]) -> str:
    """Return the YAML of a spec."""
    defaults = _defaults([*folding.items, *(line for block in folding.blocks for line in block.lines)])
    lines = [f"# {comment}" for comment in head.comments]
    lines += [f"name: {scalar(head.title)}", f"source: {scalar(head.source)}"]
    if head.settings:
        lines.append(f"settings: {flow(head.settings)}")
    lines += _inputs(head, fused)
    if defaults:
        wide = max(map(len, defaults)) + 1
        lines += ["", "defaults:", *(f"  {(op + ':').ljust(wide)} {flow(cells)}" for op, cells in defaults.items())]
    if folding.blocks:
        lines += ["", "blocks:"]
        for block in folding.blocks:
            lines += _block(block, defaults)
    lines += [
        "",
        *top_lines(_top(head, fused, folding, defaults), {block.name: block.args for block in folding.blocks}),
    ]
    if totals:
        lines += ["", f"totals: {flow(totals)}"]
    return "\n".join(lines) + "\n"


def _inputs(head: Head, fused: Fused) -> list[str]:
    """Return the line of the input, or of several."""

    def shape(sides: Shape) -> str:
        if fused.signal:
            return f"[{sides.c}, {sides.w}]"
        return f"[{sides.c}, res, res]" if "res" in head.settings else f"[{sides.c}, {sides.h}, {sides.w}]"

    if len(fused.inputs) == 1:
        return [f"input: {shape(next(iter(fused.inputs.values())))}"]
    named = zip(_input_names(fused), fused.inputs.values(), strict=True)
    return ["inputs: {" + ", ".join(f"{name}: {shape(sides)}" for name, sides in named) + "}"]


def _input_names(fused: Fused) -> list[str]:
    """Return what inputs are called: `input` if there is one, else as in the source, by names that a spec can have."""
    if len(fused.inputs) == 1:
        return ["input"]
    texts = [re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") for name in fused.inputs]
    labels = [text if text and not text[0].isdigit() else f"input_{text}" for text in texts]
    return list(_names(labels, set(range(len(labels))), ()).values())


def _defaults(rows: Iterable[Item | BlockRow]) -> dict[str, dict[str, Any]]:
    """Return, by op, the norm, activation and bias that most of its rows have and that are not plain."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row.op in OPS:
            found.setdefault(row.op, []).append(row.cells)
    defaults: dict[str, dict[str, Any]] = {}
    for op, cells in found.items():
        for column in DRESS:
            plain = plain_of(op, column)
            (value, times), *_ = Counter(str(cell.get(column, plain)) for cell in cells).most_common(1)
            if (
                column in OPS[op].columns
                and times > 1
                and 2 * times > len(cells)
                and value != str(plain)
                and "arg" not in value
            ):
                original = next(cell[column] for cell in cells if str(cell.get(column, plain)) == value)
                if not isinstance(original, Formula):
                    defaults.setdefault(op, {})[column] = original
    return defaults


def _cells(op: str, cells: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    """Return the cells that a row has to say under the defaults, in the order of the bundled specs."""
    given = defaults.get(op, {})
    found = {column: value for column, value in cells.items() if column not in given or value != given[column]}
    found |= {column: plain_of(op, column) for column in given if column not in cells}
    if plain_of(op, "s") is NO_PLAIN and op in OPS and found.get("s") == found.get("k", NO_PLAIN):
        del found["s"]  # a pool's stride is its kernel
    rank = {column: index for index, column in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda pair: rank.get(pair[0], len(rank)))) if op in OPS else found


def _names(labels: Sequence[str], wanted: set[int], taken: Iterable[str]) -> dict[int, str]:
    """Return names for the rows that are read by name; none meets another, a setting, an argument or an op."""
    used = {*taken, *OPS, *RESERVED, X}
    names: dict[int, str] = {}
    numbers: dict[str, int] = {}
    for index in sorted(wanted):
        label = name = labels[index]
        while name in used:
            numbers[label] = numbers.get(label, 1) + 1
            name = f"{label}_{numbers[label]}"
        used.add(name)
        names[index] = name
    return names


def _block(block: FoldedBlock, defaults: Defaults) -> list[str]:
    """Return the lines of a block."""
    args = ", ".join(f"{arg}=false" if arg in block.flags else arg for arg in block.args)
    head = [f"  {block.name}:", *([f"    args: [{args}]"] if args else [])]
    branches = _branches(block.lines)
    if branches:
        return [*head, *_branched(block, branches, defaults)]
    wires = [_wires(index, block.lines) for index in range(len(block.lines))]
    wanted = {read for reads in wires for read in reads if isinstance(read, int) and read >= 0}
    names = _names([line.label for line in block.lines], wanted, block.args)
    rows = []
    for index, (line, reads) in enumerate(zip(block.lines, wires, strict=True)):
        row = _line(line, defaults)
        if index in names:
            row["name"] = names[index]
        if reads:
            row["from"] = [names.get(read, read) for read in reads]
            if row["op"] == "add":  # in the order of the bundled tables: a shortcut, then the row above
                row["from"].sort(key=lambda read: read == -1)
        if line.when:
            row["when"] = Formula(line.when)
        rows.append(row)
    return [*head, "    layers:", *map_lines(rows, "      ")]


def _line(line: BlockRow, defaults: Defaults) -> dict[str, Any]:
    """Return what a row of a block says but what it reads."""
    return {"op": line.op, **_cells(line.op, line.cells, defaults)}


def _wires(index: int, lines: Sequence[BlockRow]) -> tuple[Any, ...]:
    """Return what a row has to name: nothing where it reads the row above alone, -1 for that one among others."""
    line = lines[index]
    if _implicit(index, line, lines):
        return ()
    above = index and not lines[index - 1].when and len(line.reads) > 1
    return tuple(-1 if above and read == index - 1 else read for read in line.reads)


def _branches(lines: Sequence[BlockRow]) -> list[list[int]]:
    """Return the rows of each branch where a block is branches that its last row joins; else nothing."""
    last = lines[-1]
    if last.when or last.op not in JOINS or len(last.reads) < 2:
        return []
    found: list[list[int]] = []
    for read in last.reads:
        branch: list[int] = []
        at = read
        while at != X:
            branch.insert(0, at)
            if len(lines[at].reads) != 1:
                return []
            at = lines[at].reads[0]
        found.append(branch)
    found.sort(key=lambda branch: branch[0] if branch else len(lines))
    whole = [index for branch in found for index in branch] == list(range(len(lines) - 1))
    return found if whole and sum(map(bool, found)) > 1 else []


def _branched(block: FoldedBlock, branches: Sequence[Sequence[int]], defaults: Defaults) -> list[str]:
    """Return the lines of a block of branches, and how they meet."""
    rows = []
    for line in block.lines[:-1]:
        row = _line(line, defaults)
        rows.append({**row, "when": Formula(line.when)} if line.when else row)
    texts = map_lines(rows, "")
    lines = ["    branches:"]
    for branch in branches:
        lines += [
            f"      {'-' if place else '- -'} {texts[index][2:]}".replace("      - {", "        - {")
            for place, index in enumerate(branch)
        ] or ["      - []"]
    join = _line(block.lines[-1], defaults)
    how = [] if join == {"op": "concat"} else [f"    join: {join['op'] if len(join) == 1 else flow(join)}"]
    return [*lines, *how]


def _implicit(index: int, line: BlockRow, lines: Sequence[BlockRow]) -> bool:
    """Return whether a row of a block reads the row above it, whichever rows are there."""
    if len(line.reads) != 1:
        return False
    if index == 0:
        return bool(line.reads[0] == X)
    above = lines[index - 1]
    return bool(line.reads[0] == index - 1) and (not above.when or _implicit(index - 1, above, lines))


class _TopRow(NamedTuple):
    """A row of the network in the making: `times` repeats, the last of which is `last`; `above` is the row before."""

    item: Item
    times: int
    last: int
    above: int


def _top(head: Head, fused: Fused, folding: Folding, defaults: Defaults) -> list[dict[str, Any]]:
    """Return the rows of the network."""
    lines = _lines(folding, fused)
    place = {line.last: index for index, line in enumerate(lines)}
    inputs = _input_names(fused)
    labels = [label_of(line.item) for line in lines]
    taken = [*inputs, *head.settings, *(block.name for block in folding.blocks)]
    names = _names(labels, {place[row] for line in lines for row in _named(line) if row > INPUT}, taken)
    rows = []
    for index, line in enumerate(lines):
        item, size = line.item, fused.shape(line.last)
        cells = _cells(item.op, item.cells, defaults)
        row: dict[str, Any] = {"out": Formula(f"{size.h}x{size.w}"), "op": item.op, **cells}
        if line.times > 1:
            row["n"] = line.times
        if index in names:
            row["name"] = names[index]
        if item.reads != (line.above,):
            row["from"] = [names[place[read]] if read > INPUT else inputs[INPUT - read] for read in item.reads]
        if item.shares is not None:
            row["shares"] = names[place[item.shares]]
        rows.append(row)
    if "classes" in head.settings:
        rows[-1 if rows[-1]["op"] != "softmax" else -2]["c"] = Formula("classes")
    return rows


def _named(line: _TopRow) -> list[int]:
    """Return the rows that a row has to name: what it reads but the row above alone, and whose parameters it has."""
    read = [] if line.item.reads == (line.above,) else list(line.item.reads)
    return read if line.item.shares is None else [*read, line.item.shares]


def _lines(folding: Folding, fused: Fused) -> list[_TopRow]:
    """Return items with repeats; a first one that reads another row than that above it is by itself."""
    found: list[_TopRow] = []
    above, index = INPUT, 0
    for item, times in runs(folding.items, fused.outputs):
        last = folding.items[index + times - 1].last
        if times > 1 and item.reads != (above,):
            found.append(_TopRow(item, 1, item.last, above))
            found.append(_TopRow(folding.items[index + 1], times - 1, last, item.last))
        else:
            found.append(_TopRow(item, times, last, above))
        above, index = last, index + times
    return found
