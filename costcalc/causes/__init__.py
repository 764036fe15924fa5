"""Why a figure differs: a stated figure judged, and the one catalogue of causes, which says what each of them gives."""

from costcalc.causes.asked import Asked, LayerTally, Side
from costcalc.causes.catalogue import CATALOGUE, NEAR_HITS
from costcalc.causes.diagnosis import TIERS, Found, Probe, Search, Way
from costcalc.causes.entry import Entry

__all__ = ["CATALOGUE", "NEAR_HITS", "TIERS", "Asked", "Entry", "Found", "LayerTally", "Probe", "Search", "Side", "Way"]
