"""Figures checked on the spot: of a spec, or of layers without a network."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from costcalc.causes import Asked, Search, Side
from costcalc.causes.answers import StatedSize, Tolerance, read_answer
from costcalc.causes.asked import every
from costcalc.common.errors import Mark, Source, offered, quote
from costcalc.language.spec import Definition
from costcalc.network.figures import FIGURES, not_of_network
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.model import INPUT, Layer, Network
from costcalc.teaching.assignments import Answers, Assignment, Given, Question, Target
from costcalc.teaching.explain.single import Single
from costcalc.teaching.grading.grade import Graded, judged
from costcalc.teaching.grading.keys import Posed, quantity_of

BLANK = Mark(Source("", ""), 1, 1)


def question(figure: str, target: Target) -> Question:
    """Return the question for a figure; an answer is right if it is right to the digits that it has."""
    bits = DTYPE_BITS["fp32"] if figure in FIGURES and FIGURES[figure].typed else 0
    return Question(figure, BLANK, "", Fraction(1), figure, target, bits=bits, tolerance=Tolerance("own"), spot=True)


def wrong_figure(name: str, part: str) -> str:
    """Return what is wrong with the name of a figure that is asked of a spec, or of a part of it; or nothing."""
    if name not in FIGURES and name != "out":
        return f"unknown figure {quote(name)}{offered(name, [*FIGURES, 'out'])}"
    sentence = "" if part else not_of_network(name)
    return sentence and f"{sentence}; give a part of it"


def posed_on(title: str, name: str, part: str, figures: Mapping[str, str]) -> tuple[Assignment, Answers]:
    """Return the questions for figures of a spec or of a part of it, and the answers given."""
    target = Target(None, None, name, part=part)
    assignment = Assignment(title, BLANK, tuple(question(key, target) for key in figures))
    given = {key: Given(text, Mark(Source(f"--{key}", text), 1, 1)) for key, text in figures.items()}
    return assignment, Answers("", BLANK, given)


def answered(title: str, layers: Sequence[Single], text: str) -> tuple[Assignment, Graded]:
    """Return the grades of an answer about layers, for each figure that it may be meant as.

    Those that it is right as, else those that a mistake gives it as, else all.
    """
    found = _figures(text)
    side = _side(title, layers)
    posed = [_posed(name, side) for name in found]
    graded = [(question, judged(question, text)) for question in posed]
    right = [pair for pair in graded if pair[1].accepted]
    chosen = right or [pair for pair in graded if pair[1].mistakes] or graded
    assignment = Assignment(title, BLANK, tuple(question.question for question, _ in chosen))
    return assignment, Graded("", BLANK, tuple(grade for _, grade in chosen))


def _figures(text: str) -> Iterable[str]:
    """Return the figures that an answer may be meant as, by its form."""
    try:
        answer = read_answer(text)
    except ValueError:
        return ("macs",)
    if isinstance(answer, StatedSize):
        return ("out",)
    return ("bytes",) if answer.unit and answer.dimension == "bytes" else ("macs", "params")


def _posed(figure: str, side: Side) -> Posed:
    posed = question(figure, Target(None))
    asked = Asked(quantity_of(figure), (side,), bits=posed.bits)
    return Posed(posed, "", asked, Search(asked))


def _side(title: str, layers: Sequence[Single]) -> Side:
    """Return layers that each read the one before, as a network."""
    found = tuple(
        Layer(number, str(number), x.op, (number - 1 if number else INPUT,) * len(x.ins), x.ins, x.apart, x.cost, BLANK)
        for number, x in enumerate(layers)
    )
    network = Network(title, title, "", {}, layers[0].ins[0], found)
    return Side(network, found, every, Definition(title, BLANK, (), ()))
