"""Numbers of recorded runs as cells: one expression each, which runs share where they compute alike."""

from collections.abc import Sequence
from typing import Any

from costcalc.unfold.trace.emit import Phrases
from costcalc.unfold.trace.terms import Atom, Cond, Operand, Poly, RealTerm
from costcalc.unfold.trace.vocabulary import Vocabulary


class Pool(Phrases):
    """Writes what a run computes into a table of texts that other runs write into too; a cell is its place there.

    A text names the cells that it reads, so that two runs have a cell in common wherever they compute it alike.
    """

    def __init__(self, atoms: Sequence[Atom], words: Vocabulary, table: dict[str, int]) -> None:
        super().__init__(atoms, words)
        self.table = table
        self.named: dict[Any, str] = {}  # unknowns by their number, and sums
        self.reached: set[Any] = set()

    def place(self, item: Operand | Cond) -> int:
        """Return the cell of a number or of a comparison."""
        self.reach(item)
        if isinstance(item, Cond):
            text = self.test(item)
        else:
            text = self.summed(item) if isinstance(item, Poly) else self.operand(item)
        return self.cell_of(text)

    def reach(self, item: Operand | Cond) -> None:
        """Name the unknowns that something is computed from, each after those that it reads itself."""
        found = self.below(item, known=self.reached)
        self.reached |= found
        for number in sorted(item.number for item in found if isinstance(item, RealTerm)):
            self.atom(number)

    def cell_of(self, text: str) -> int:
        """Return the place of a text: of one that only names a cell, that cell."""
        cell = self.words.cell_in(text)
        return self.table.setdefault(text, len(self.table)) if cell is None else cell

    def atom(self, number: int) -> str:
        """Return an unknown as the cell that computes it, an input as itself."""
        if number not in self.named:
            self.named[number] = self.name(self.unknown(number))
        return self.named[number]

    def sum(self, poly: Poly) -> str:
        """Return a sum of products as its cell, or as itself where it is one name or number."""
        if poly not in self.named:
            self.named[poly] = self.name(self.summed(poly))
        return self.named[poly]

    def summed(self, poly: Poly) -> str:
        """Return what a sum computes, its terms and factors in the order of their texts: alike in all runs."""
        terms = [(tuple(sorted(mono, key=self.rank)), factor) for mono, factor in poly.terms]
        terms.sort(key=lambda term: [*map(self.rank, term[0])])
        return self.factored(tuple(terms), 0)

    def rank(self, number: int) -> tuple[int, str]:
        """Return what unknowns are sorted by."""
        text = self.atom(number)
        return len(text), text

    def name(self, text: str) -> str:
        """Return a text as the name of its cell, unless it is a name or number itself."""
        if text.isdigit() or text.isidentifier() or self.words.cell_in(text) is not None:
            return text
        return self.words.cell.format(self.cell_of(text))
