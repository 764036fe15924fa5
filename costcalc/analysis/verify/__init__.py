"""Printed claims recomputed: each gets a verdict; nothing is searched, only what is declared is tried."""

from costcalc.analysis.verify.claimsfiles import verify_claims
from costcalc.analysis.verify.specs import verify_spec
from costcalc.analysis.verify.verdict import VERDICTS, Verdict, summary

__all__ = ["VERDICTS", "Verdict", "summary", "verify_claims", "verify_spec"]
