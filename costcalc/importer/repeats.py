"""Blocks of a model that names none: what is between two rows that all later ones read through, chains of rows."""

from collections.abc import Mapping, Sequence

from costcalc.importer.fuse import Fused, Item
from costcalc.importer.lower import INPUT
from costcalc.importer.matching import MOST_ABSENT, Span, absent_rows, forms_of, instance_of, last_readers
from costcalc.importer.unify import REPEATED, Instance

LONGEST_PERIOD = 6
FEWEST_TURNS = 3


def marked(items: Sequence[Item], fused: Fused, *, chains: bool) -> list[Item]:
    """Return items with the class REPEATED around those that may be a block; `chains`: rows that come in turn too."""
    until = last_readers(items, fused)
    spans = _spans(items, until)
    templates = _templates(items, [span for span in spans if span[1] - span[0] > 1], until)
    found = [span for span in spans if span[1] - span[0] > 1]
    for run in _runs(spans):
        if templates:
            found += _matches(items, run, templates, until)
        elif chains:
            found += _turns(items, run)
    out = list(items)
    for number, (start, stop) in enumerate(found):
        for index in range(start, stop):
            out[index] = items[index]._replace(scope=(*items[index].scope, (f"block {number}", REPEATED)))
    return out


def _spans(items: Sequence[Item], until: Mapping[int, int]) -> list[Span]:
    """Return the shortest runs of items, all of them in turn, of which the last one alone is read later."""
    found: list[Span] = []
    start, latest = 0, max((index for row, index in until.items() if row <= INPUT), default=-1)
    for index, item in enumerate(items):
        if latest <= index:
            found.append((start, index + 1))
            start = index + 1
        latest = max(latest, until.get(item.last, -1))
    return found


def _templates(items: Sequence[Item], spans: Sequence[Span], until: Mapping[int, int]) -> list[Instance]:
    """Return the longest instance of each form that is there more than once."""
    instances = [instance_of(items, "", span, until) for span in spans]
    forms = forms_of([instance for instance in instances if instance is not None])
    return [max((found for found, _ in form), key=lambda found: len(found.items)) for form in forms if len(form) > 1]


def _runs(spans: Sequence[Span]) -> list[Span]:
    """Return runs of spans of one item each, which are chains."""
    found: list[Span] = []
    for start, stop in spans:
        if stop - start > 1:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


def _matches(items: Sequence[Item], run: Span, templates: Sequence[Instance], until: Mapping[int, int]) -> list[Span]:
    """Return parts of a chain that are a template without some rows, from its end on."""
    found: list[Span] = []
    stop = run[1]
    while stop > run[0]:
        lengths = range(min(stop - run[0], max(len(found.items) for found in templates)), 1, -1)
        start = next(
            (stop - length for length in lengths if _is_one(items, (stop - length, stop), templates, until)), -1
        )
        if start >= 0:
            found.append((start, stop))
        stop = start if start >= 0 else stop - 1
    return found


def _is_one(items: Sequence[Item], span: Span, templates: Sequence[Instance], until: Mapping[int, int]) -> bool:
    """Return whether a part of a chain is a template that lacks rows, its kernels being those of the template."""
    instance = instance_of(items, "", span, until)
    if instance is None:
        return False
    for template in templates:
        lack = absent_rows(template, instance) if len(template.items) - len(instance.items) <= MOST_ABSENT else None
        if lack is not None:
            kept = [item for index, item in enumerate(template.items) if index not in lack]
            inner = range(1, len(template.items) - 1)
            alike = all(_role(a) == _role(b) for a, b in zip(kept, instance.items, strict=True))
            if alike and not lack.intersection(inner):
                return True
    return False


def _role(item: Item) -> tuple[object, ...]:
    """Return what two rows of a chain have in common if they are at one place of a block."""
    return item.op, item.cells.get("k") if item.op == "conv" else 0, item.cells.get("act")


def _turns(items: Sequence[Item], run: Span) -> list[Span]:
    """Return the turns of a chain whose ops come again in the same order, at least three times."""
    found: list[Span] = []
    start = run[0]
    while start < run[1]:
        best = max((_turns_at(items, start, run[1], period) * period, -period) for period in range(2, LONGEST_PERIOD))
        length, period = best[0], -best[1]
        if length < FEWEST_TURNS * period:
            start += 1
            continue
        found += [(at, at + period) for at in range(start, start + length, period)]
        start += length
    return found


def _turns_at(items: Sequence[Item], start: int, stop: int, period: int) -> int:
    """Return how often the next `period` ops come again, themselves counted; 0 where they are all the same op."""
    ops = [item.op for item in items[start : start + period]]
    if len(ops) < period or len(set(ops)) == 1:
        return 0
    times = 1
    while [item.op for item in items[start + times * period : min(stop, start + (times + 1) * period)]] == ops:
        times += 1
    return times
