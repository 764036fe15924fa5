"""Mistakes that people make in counting: a catalogue, what each gives, and which of them gives an answer."""

from costcalc.causes.mistakes.asked import Asked, LayerTally, Side
from costcalc.causes.mistakes.catalogue import CATALOGUE, Mistake
from costcalc.causes.mistakes.diagnosis import Found, Probe, Search, Way

__all__ = ["CATALOGUE", "Asked", "Found", "LayerTally", "Mistake", "Probe", "Search", "Side", "Way"]
