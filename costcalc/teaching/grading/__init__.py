"""Grading: questions posed at drawn values, answers judged, what a class did."""

from costcalc.teaching.grading.grade import Grade, Graded, Grader
from costcalc.teaching.grading.keys import Posed
from costcalc.teaching.grading.roll import Result, graded, results, told
from costcalc.teaching.grading.words import exact_key, shown_key

__all__ = ["Grade", "Graded", "Grader", "Posed", "Result", "exact_key", "graded", "results", "shown_key", "told"]
