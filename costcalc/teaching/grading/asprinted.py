"""The figure that a spec's source prints, which `as: printed` takes for a right answer too."""

from costcalc.causes.asked import Side
from costcalc.common.errors import SpecError, quote
from costcalc.common.notation import read_printed
from costcalc.common.printed import Figure
from costcalc.language.settings import overrides, resolve
from costcalc.teaching.assignments import Question


def printed_of(question: Question, side: Side) -> Figure:
    """Return the figure that is reported of a network; raise SpecError where its spec reports none at its settings."""
    network, spec = side.network, side.spec
    for reported in spec.reported:
        values = resolve(spec, overrides(spec, reported.variant, reported.settings)).values
        if values == network.settings and question.ask in reported.figures and len(side.layers) == len(network.layers):
            figures = read_printed(reported.figures[question.ask].text).figures
            if len(figures) == 1:
                return figures[0]
    sentence = f"question {quote(question.id)} is `as: printed`, and nothing is reported of its {question.ask}"
    raise SpecError(sentence, question.places.get("as", question.mark))
