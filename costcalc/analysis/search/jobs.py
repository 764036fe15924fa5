"""Tasks -> batches, in order: one after the other, or by several processes at once."""

import signal
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from costcalc.analysis.search.points import Batch, Plan, Task, Worker
from costcalc.common.budget import BUDGET, SETTING

if TYPE_CHECKING:
    from concurrent.futures import Future

AHEAD = 2  # tasks for each process that wait or whose rows are not yet taken

_own: list[Worker] = []  # of this process, if it is one of several


def batches(plan: Plan, jobs: int = 1) -> Iterator[Batch]:
    """Yield the batches of a plan's tasks in their order, whatever the number of processes."""
    BUDGET.grant(plan.size * SETTING)
    if jobs <= 1:
        yield from map(Worker(plan), plan.tasks())
        return
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(jobs, initializer=_start, initargs=(plan,))
    try:
        waiting: deque[Future[Batch]] = deque()
        for task in plan.tasks():
            waiting.append(pool.submit(_run, task))
            if len(waiting) > AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _start(plan: Plan) -> None:
    """Make this process's worker; an interrupt is the parent's to handle."""
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent's handler is its own
    Thread(target=_follow, daemon=True).start()
    _own.append(Worker(plan))


def _follow() -> None:
    """End this process when its parent has ended, however that was."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        signal.raise_signal(signal.SIGTERM)


def _run(task: Task) -> Batch:
    return _own[0](task)
