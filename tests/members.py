"""Which bundled networks the tests go through: one of each family, or each member where the environment says so."""

import os

from costcalc import specfile

EVERY = sorted({*specfile.bundled(), *(name for name, _ in specfile.variants())})
# The gate goes through all of them; in a suite that people run while they work, families that differ only in numbers
# would take most of the time.
MEMBERS = EVERY if os.environ.get("COSTCALC_MEMBERS") == "all" else specfile.bundled()
