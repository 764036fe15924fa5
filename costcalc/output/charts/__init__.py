"""Charts as data -> SVG text. A form is a function in `forms` and its line in FORMS; `axes` and `page` are shared."""

from costcalc.common.table import Chart
from costcalc.output.charts.forms import FORMS
from costcalc.output.charts.page import header, page


def to_svg(chart: Chart) -> str:
    """Return a chart as an SVG picture that needs nothing else."""
    head, top = header(chart)
    body, height = FORMS[chart.form](chart, top)
    return page(chart, [*head, *body], height)
