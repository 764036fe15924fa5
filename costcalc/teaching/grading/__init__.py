"""Grading: questions posed at drawn values, answers judged, what a class did."""

from costcalc.causes.told import shown_key
from costcalc.teaching.grading.feedback import exact_key
from costcalc.teaching.grading.grade import Grade, Graded, Grader
from costcalc.teaching.grading.hints import FEEDBACK, at_level, feedback
from costcalc.teaching.grading.keys import Posed
from costcalc.teaching.grading.roll import Result, graded, results, told

__all__ = [
    "FEEDBACK",
    "Grade",
    "Graded",
    "Grader",
    "Posed",
    "Result",
    "at_level",
    "exact_key",
    "feedback",
    "graded",
    "results",
    "shown_key",
    "told",
]
