"""The version of costcalc."""

__version__ = "0.1.0"
