"""A run of an implementation as the same events: products, norms and pools in the order in which they ran."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from torch import nn

from . import run
from .ours import Event
from .run import NORMS, POOLS, Run, Step

MERGES = {"add": "add", "sub": "add", "mul": "mul", "cat": "concat"}


class Measured(NamedTuple):
    """What is compared of an implementation: its events, sizes of pools that change nothing, its figures by name.

    `trained` is what a training step saves, where there was one.
    """

    events: list[Event]
    idle: list[int]
    figures: dict[str, int]
    trained: run.Saved | None = None


def measured(module: nn.Module, found: Run, trained: run.Saved | None) -> Measured:
    """Return what is compared of a module, a run of it and a training step."""
    params = sum(p.numel() for p in module.parameters() if p.requires_grad)
    figures = {"params": params, "stats": run.statistics(module), "macs": found.macs, "peak": run.peak(found)}
    saved = {} if trained is None else {"saved": trained.elements}
    return Measured(*events(found), figures | saved, trained)


def events(found: Run) -> tuple[list[Event], list[int]]:
    """Return what a run did, and the sizes of pools that gave the map that they got; without pools that nothing reads.

    A bias that is added to a product right away is its own, and a learnt factor right after a division that of a norm.
    """
    made: list[Event] = []
    idle = []
    last: Step | None = None
    read = {*found.outputs, *(value for step in found.steps for value in step.reads)}
    constant: set[int] = set()  # of parameters and buffers alone
    for step in found.steps:
        if constant.issuperset(step.reads) and not step.macs:
            constant.add(step.makes)
            continue
        follows = last is not None and last.makes in step.reads and step.params > 0
        if step.op in POOLS and step.op.startswith("_adaptive") and step.out[-2:] == step.ins[0][-2:]:
            idle.append(prod(step.out))
        elif step.op in POOLS and step.makes not in read:
            continue
        elif follows and step.op == "add" and last and last.macs:
            made[-1] = made[-1]._replace(params=made[-1].params + step.params)
        elif follows and step.op == "mul" and last and last.op == "div":
            made.append(Event("norm", step.out[1], prod(step.out), step.params))
        elif step.op in MERGES and len({*step.reads} - constant) > 1:
            made += _merged(step)
        else:
            made += _event(step)
        last = last if step.view else step
    return made, idle


def _merged(step: Step) -> list[Event]:
    """Return the event of a merge; results of several maps that are put in a row at the end do not count."""
    of_map = len(step.out) == 4
    event = Event(MERGES[step.op], step.out[1 if of_map else -1], prod(step.out))
    return [] if step.op == "cat" and not of_map else [event]


def _event(step: Step) -> list[Event]:
    """Return the event of a step, if it is one."""
    if step.op == "sum" and len(step.out) == 4 and step.out == (*step.ins[0][:-1], 1):  # a mean but for a factor
        return [Event("pool", step.out[1], prod(step.out))]
    if not step.macs and step.op not in {*NORMS, *POOLS}:
        return []
    size = prod(step.out)
    c = step.out[1] if len(step.out) == 4 and step.op != "native_layer_norm" else step.out[-1]
    if step.macs:
        return [Event("product", c, size, step.params, 0, step.macs)]
    if step.op in NORMS:
        return [Event("norm", c, size, step.params, step.stats)]
    if step.op != "mean":
        return [Event("pool", c, size)]
    of_map = len(step.ins[0]) in (3, 4) and size in (step.ins[0][1], step.ins[0][-1]) and step.ins[0][0] == 1
    return [Event("pool", size, size)] if of_map else []


def grouped(theirs: Sequence[Event], ours: Sequence[Event]) -> list[Event]:
    """Return events of a run with the products of each attention put together, as one layer has them."""
    waiting = iter(theirs)
    found: list[Event] = []
    for event in ours:
        if event.kind == "attention":
            found += _attention(waiting, event)
        else:
            found += [taken for taken in (next(waiting, None),) if taken]
    return [*found, *waiting]


def _attention(waiting: Iterator[Event], wanted: Event) -> list[Event]:
    """Return the next products as one attention, as many as make its MACs."""
    macs = params = 0
    for event in waiting:
        macs, params = macs + event.macs, params + event.params
        if event.kind != "product":
            return [event]
        if macs >= wanted.macs:
            break
    return [wanted._replace(params=params, macs=macs)]
