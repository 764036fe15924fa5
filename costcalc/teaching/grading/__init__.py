"""Grading: questions posed at drawn values, answers judged, what a class did."""

from costcalc.teaching.grading.grade import Grade, Graded, Grader
from costcalc.teaching.grading.hints import FEEDBACK, at_level, feedback, right_value, shown_right
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
    "feedback",
    "graded",
    "results",
    "right_value",
    "shown_right",
    "told",
]
