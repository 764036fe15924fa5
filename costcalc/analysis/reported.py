"""What a spec prints under `reported:`, looked at when somebody asks: whether it can be read, and as what."""

from collections.abc import Iterator

from costcalc.common.errors import SpecError, quote
from costcalc.common.notation import read_printed
from costcalc.language.spec import MEASURED, Definition
from costcalc.network.figures import FIGURES, not_of_network


def unreadable(spec: Definition) -> Iterator[SpecError]:
    """Yield what is wrong with the figures that can be recomputed: unreadable text, or a size in place of a count."""
    for reported in spec.reported:
        for key, figure in reported.figures.items():
            for printed in (figure.text, figure.right) if key not in MEASURED else ():
                sentence = _wrong(key, printed)
                if sentence:
                    yield SpecError(sentence, figure.mark)


def _wrong(key: str, printed: str) -> str:
    """Return what is wrong with a printed figure, or nothing."""
    if not_of_network(key):
        return not_of_network(key)
    try:
        found = {part.dimension for part in read_printed(printed).figures} if printed else set()
    except ValueError as error:
        return str(error)
    in_bytes = FIGURES[key].kind == "bytes"
    due, words = ("bytes", "a size, such as 4.8 MB") if in_bytes else ("count", "a count, such as 300 M")
    return f"{quote(key)} must be {words}, not {quote(printed)}" if found - {due} else ""
