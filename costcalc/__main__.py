"""`python -m costcalc`."""

from costcalc.cli import main

main(prog_name="costcalc")
