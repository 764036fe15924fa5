"""Mistakes that people make in counting: a catalogue, what each gives, and which of them gives an answer."""

from costcalc.mistakes.asked import Asked, Side, Tally
from costcalc.mistakes.catalogue import CATALOGUE, Mistake
from costcalc.mistakes.search import Found, Probe, Search, Way

__all__ = ["CATALOGUE", "Asked", "Found", "Mistake", "Probe", "Search", "Side", "Tally", "Way"]
