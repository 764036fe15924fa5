"""The format `svg`: the chart of a document that has one."""

from costcalc.common.table import Document
from costcalc.output.charts import to_svg as draw
from costcalc.output.formats.values import Screen


def to_svg(document: Document, screen: Screen) -> str:
    """Return the document's chart as a picture."""
    if document.chart is None:
        raise ValueError("the document has no chart")
    return draw(document.chart)
