"""From Python: the answers of the commands as data, named as in their JSON, and a network as a notebook shows it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from costcalc.analysis.api import Spec, load
from costcalc.analysis.figure import explained_figure
from costcalc.common.errors import SpecError
from costcalc.common.table import Document
from costcalc.language.expr import Value
from costcalc.language.spec import EMPTY
from costcalc.network.model import Network
from costcalc.network.parts import named
from costcalc.output.formats import Screen
from costcalc.output.formats.html import to_html
from costcalc.output.formats.json import data_of
from costcalc.output.formats.theme import Drawing
from costcalc.output.views.check import one
from costcalc.output.views.compare import comparison
from costcalc.output.views.explain import explained, summed_up
from costcalc.output.views.memory import MemoryOptions, run_of
from costcalc.output.views.memory import memory as remembered
from costcalc.output.views.report import ReportOptions, report
from costcalc.output.views.why import why as reasoned
from costcalc.teaching.grading import Grader, graded
from costcalc.teaching.grading.onthespot import posed_on, wrong_figure

ROW, REST = 30, 260  # pixels of a page in a notebook: a row of its table, and all else


class Data(dict[str, Any]):
    """An answer: dictionaries and lists with the names of the JSON; a console of rich draws it as the command does."""

    def __init__(self, document: Document) -> None:
        super().__init__(data_of(document))
        self.document = document

    def __rich__(self) -> Drawing:
        """Return what a console draws."""
        return Drawing(self.document)

    def __reduce__(self) -> Any:
        """Go elsewhere as a plain dictionary."""
        return dict, (dict(self),)


def compare(*networks: Network, names: Sequence[str] = ()) -> Data:
    """Return what networks cost next to each other, and why they differ: the JSON of `costcalc compare`.

    `names` are what they are called, their own keys unless given. Raises ValueError for fewer than two networks.
    """
    if len(networks) < 2:
        raise ValueError("compare takes two networks or more")
    return Data(comparison(networks, names or [network.key for network in networks], ""))


def memory(network: Network, *, dtype: str = "fp32", batch: int = 1, by: str = "block") -> Data:
    """Return what a network keeps in memory, in bytes: the JSON of `costcalc memory`.

    `by` says what a row is: `layer`, `block` or `stage`. Raises ValueError for an unknown type.
    """
    return Data(remembered(run_of(network, MemoryOptions(dtype=dtype, batch=batch, by=by))))


def explain(network: Network, layer: str | int) -> Data:
    """Return the formulas of a layer with their results: the JSON of `costcalc explain`.

    `layer` is a path, a number in the order of execution (from 0), a block or a stage. Raises ValueError for none.
    """
    label, layers = named(network, str(layer))
    return Data(explained(network, layers[0]) if len(layers) == 1 else summed_up(network, label, layers))


def check(spec: Spec | str, part: str = "", *, settings: Mapping[str, Value] = EMPTY, **figures: str) -> Data:
    """Return the verdict on figures of a spec, with the mistake behind a wrong one: the JSON of `costcalc check`.

    Figures are texts, such as `check("mobilenet_v1", macs="569M")`; `part` is the path of a layer or block. Raises
    ValueError for an unknown figure or part.
    """
    loaded = load(spec) if isinstance(spec, str) else spec
    preset = {**loaded.preset, **settings}
    for name in figures:
        if wrong_figure(name, part):
            raise ValueError(wrong_figure(name, part))
    if not figures:
        raise ValueError("check needs a figure, such as macs='569M'")
    assignment, answers = posed_on(loaded.name, loaded.key, part, figures)
    grader = Grader(assignment, lambda _: (loaded.definition, preset, loaded.key))
    posed = grader.questions({})
    (item,) = graded(grader, [answers])
    if isinstance(item, SpecError):
        raise item
    return Data(one(assignment, item, posed[0].settings))


def why(spec: Spec | str, figure: str, **settings: Value) -> Data:
    """Return why a printed figure, such as `314M`, differs from the count: the JSON of `costcalc why`.

    Raises ValueError for a text that is not a count or a size.
    """
    return Data(reasoned(*explained_figure(load(spec) if isinstance(spec, str) else spec, settings, figure)))


def drawing_of(network: Network) -> Drawing:
    """Return a network's report as a console of rich draws it."""
    return Drawing(report(network, ReportOptions()))


def html_of(network: Network) -> str:
    """Return a network's report as a notebook shows it: a page in a frame, so that its styles stay inside."""
    document = report(network, ReportOptions())
    height = REST + ROW * len(document.table.rows)
    page = escape(to_html(document, Screen()))
    return f'<iframe srcdoc="{page}" style="width: 100%; height: {height}px; border: 0"></iframe>'
