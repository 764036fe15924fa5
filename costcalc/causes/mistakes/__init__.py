"""Mistakes that people make in counting: a catalogue, what each gives, and which of them gives an answer."""

from costcalc.causes.mistakes.asked import Asked, LayerTally, Side
from costcalc.causes.mistakes.catalogue import CATALOGUE
from costcalc.causes.mistakes.diagnosis import TIERS, Found, Probe, Search, Way
from costcalc.causes.mistakes.entry import Mistake

__all__ = ["CATALOGUE", "TIERS", "Asked", "Found", "LayerTally", "Mistake", "Probe", "Search", "Side", "Way"]
