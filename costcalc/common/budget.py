"""One budget of work for a command: what files make grow spends from it, in units of work and never of time.

A unit is about what evaluating a character of a cell takes. What the caller asks for is granted: so much for the
command, for each of its arguments, for each byte of its files, for each setting of a sweep. Without a command, as
from Python, nothing is counted out.
"""

from costcalc.common.errors import Mark, SpecError

COMMAND = 3_000_000  # for a command, and again for each argument: a few of the largest networks
BYTE = 500  # for each byte of a file from outside
SETTING = 12_000_000  # for each setting that the caller lists
STUDENT = 3_000_000  # for each student whose answers come, or whose sheet is drawn
LAYER = 300  # what a layer takes: its count, and what is shown of it
STATEMENT = 400  # a claim at one of its places, and its verdict
NODE = 10  # a node of a file's tree, those of aliases written out
NAME = 20  # a known name that a misspelt one is compared with
EXCERPT = 200  # the line that an error shows
WAY = 10  # a cause that is tried
TRACED = 3_000  # a layer of a run on symbols for a page, and what the page says of it
PAGE = 25_000 * TRACED  # for each network of a page
BUNDLED = 40 * PAGE  # for a bundled one: NASNet has runs of over 100,000 layers
ALIVE = 8  # a tensor that is alive while a layer runs, where each is listed


class OverBudgetError(Exception):
    """Raised where work runs out: no `SpecError`, so that nobody goes on with a part of what was asked for."""

    def __init__(self, told: SpecError) -> None:
        super().__init__(told.sentence)
        self.told = told


class Budget:
    """What is granted, what is spent, and what a refusal tells of how to get more."""

    def __init__(self) -> None:
        self.granted: float = float("inf")
        self.spent = 0
        self.hint = ""
        self.times = 1

    def begin(self, arguments: int, times: int, hint: str) -> None:
        """Start a command with a number of arguments, which may do so many times the usual work."""
        self.spent, self.times, self.hint = 0, times, hint
        self.granted = COMMAND * (1 + arguments) * times

    def grant(self, units: int) -> None:
        """Allow more, for what the caller asked for."""
        self.granted += units * self.times

    def end(self) -> None:
        """End a command: nothing is counted out any more."""
        self.granted = float("inf")

    def affords(self, units: int) -> bool:
        """Spend units; return whether they were there."""
        self.spent += units
        return self.spent <= self.granted

    def spend(self, units: int, what: str, mark: Mark | None = None) -> None:
        """Spend units; raise OverBudgetError where they are not there, saying what grew."""
        if not self.affords(units):
            sentence = f"{what} take more work than this command may do for files of this size"
            raise OverBudgetError(SpecError(sentence, mark, [self.hint]))


BUDGET = Budget()  # of this process
