"""Grading: questions posed at drawn values, answers judged, what a class did."""

from costcalc.grading.grade import Grade, Graded, Grader
from costcalc.grading.keys import Posed, exact_key, pose, shown_key
from costcalc.grading.words import working

__all__ = ["Grade", "Graded", "Grader", "Posed", "exact_key", "pose", "shown_key", "working"]
