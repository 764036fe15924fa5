"""Grading: questions posed at drawn values, answers judged, what a class did."""

from costcalc.grading.grade import Grade, Graded, Grader
from costcalc.grading.keys import Posed, exact_key, shown_key
from costcalc.grading.roll import Result, graded, results, told

__all__ = ["Grade", "Graded", "Grader", "Posed", "Result", "exact_key", "graded", "results", "shown_key", "told"]
