"""Forms of one block -> one template: what is alike in all, what varies, and which rows a `when` takes away."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.importer.export.nodes import unify
from costcalc.importer.export.shapes import BlockForm, FormRow, Piece, Ref

MOST_WAYS = 64  # ways in which rows of several inputs that are absent can stand for one of them


class Joined(NamedTuple):
    """A row of a template: its code with what varies, in which forms it is there, and which input it means else.

    `reads` are as they are where every row is there.
    """

    key: str
    op: str
    piece: Piece
    reads: tuple[Ref, ...]
    lifted: tuple[bool, ...]
    there: tuple[bool, ...]
    channels: tuple[tuple[int, ...] | None, ...]  # of each form
    shares: str
    note: str
    passes: int = 0


class Template(NamedTuple):
    """What forms of one block have in common."""

    name: str
    forms: tuple[BlockForm, ...]
    rows: tuple[Joined, ...]
    outputs: tuple[Ref, ...]


def templates(forms: Sequence[BlockForm]) -> list[Template]:
    """Return templates that together have all forms of a block; as few as there can be, one after the other."""
    groups: list[Template] = []
    for form in sorted(forms, key=lambda form: -len(form.rows)):
        for index, group in enumerate(groups):
            try:
                groups[index] = joined((*group.forms, form))
                break
            except ValueError:
                continue
        else:
            groups.append(joined((form,)))
    return groups


def joined(forms: Sequence[BlockForm]) -> Template:
    """Return the template of forms; raise ValueError where they have not one."""
    if len({(len(form.channels), len(form.outputs)) for form in forms}) > 1:
        raise ValueError("other inputs or outputs")
    by_key = [{row.key: row for row in form.rows} for form in forms]
    rows = [_joined(key, [rows.get(key) for rows in by_key]) for key in _order(forms)]
    several = [index for index, row in enumerate(rows) if not all(row.there) and len(row.reads) > 1]
    ways = product(*(range(len(rows[index].reads)) for index in several))
    for count, way in enumerate(ways):
        if count == MOST_WAYS:
            break
        for index, passes in zip(several, way, strict=True):
            rows[index] = rows[index]._replace(passes=passes)
        try:
            wired = _wired(rows, by_key, forms)
        except ValueError:
            continue
        return Template(forms[0].name, tuple(forms), *wired)
    raise ValueError("rows that read others")


def _order(forms: Sequence[BlockForm]) -> list[str]:
    """Return the keys of all forms' rows, each form's in its order."""
    order: list[str] = []
    for form in forms:
        at = 0
        for row in form.rows:
            if row.key in order:
                if order.index(row.key) < at:
                    raise ValueError("rows in another order")
                at = order.index(row.key) + 1
            else:
                order.insert(at, row.key)
                at += 1
    return order


def _outline(row: FormRow) -> tuple[Any, ...]:
    """Return what rows of one template have in common, whatever their values."""
    piece = row.piece
    return row.lifted, row.shares, len(row.reads), len(row.channels), len(piece.modules), piece.formula is not None


def _joined(key: str, rows: Sequence[FormRow | None]) -> Joined:
    """Return one row of a template, its reads not yet looked at."""
    found = [row for row in rows if row is not None]
    first = found[0]
    if len({_outline(row) for row in found}) > 1:
        raise ValueError("rows of another form")
    modules = tuple(unify(modules) for modules in zip(*(row.piece.modules for row in found), strict=True))
    formula = first.piece.formula
    if formula:
        formulas = [row.piece.formula for row in found if row.piece.formula]
        if len({(one.text, len(one.leaves)) for one in formulas}) > 1:
            raise ValueError("other expressions")
        formula = formula._replace(
            leaves=tuple(unify(own) for own in zip(*(one.leaves for one in formulas), strict=True))
        )
    return Joined(
        key,
        first.op,
        Piece(modules, formula),
        first.reads,
        first.lifted,
        tuple(row is not None for row in rows),
        tuple(row.channels if row else None for row in rows),
        first.shares,
        first.note if len({row.note for row in found}) == 1 else "",
    )


def _wired(
    rows: Sequence[Joined], by_key: Sequence[Mapping[str, FormRow]], forms: Sequence[BlockForm]
) -> tuple[tuple[Joined, ...], tuple[Ref, ...]]:
    """Return the rows and the outputs with what they read where every row is there; ValueError: no such way."""
    known: dict[str, Joined] = {}

    def seen(ref: Ref, there: Mapping[str, FormRow]) -> Ref:
        while ref[0] and ref[0] not in there:
            ref = known[ref[0]].reads[known[ref[0]].passes]
        return ref

    def agreed(candidates: Sequence[tuple[Mapping[str, FormRow], tuple[Ref, ...]]]) -> tuple[Ref, ...]:
        for _, refs in candidates:
            if all(ref[0] in known or not ref[0] for ref in refs) and all(
                tuple(seen(ref, there) for ref in refs) == own for there, own in candidates
            ):
                return refs
        return _latest(candidates, known, seen)

    for row in rows:
        refs = agreed([(there, there[row.key].reads) for there in by_key if row.key in there])
        known[row.key] = row._replace(reads=refs)
        if not all(row.there) and (len(row.channels[row.there.index(True)] or ()) != 1):
            raise ValueError("a row of several outputs that may be absent")
    outputs = agreed([(there, form.outputs) for there, form in zip(by_key, forms, strict=True)])
    return tuple(known.values()), outputs


def _latest(candidates: Any, known: Mapping[str, Joined], seen: Any) -> tuple[Ref, ...]:
    """Return what is read where no form has all of the rows: each read by itself, through the last that can be."""
    refs = []
    for index in range(len(candidates[0][1])):
        for key in reversed([*known, ""]):
            options = [(key, 0)] if key else sorted({own[index] for _, own in candidates})
            fits = [one for one in options if all(seen(one, there) == own[index] for there, own in candidates)]
            if fits:
                refs.append(fits[0])
                break
        else:
            raise ValueError("rows that read others")
    return tuple(refs)
