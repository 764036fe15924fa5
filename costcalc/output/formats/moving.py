"""The page that moves, as text: a model in JavaScript, the look of every page, and the script that shows the model."""

from json import dumps
from re import IGNORECASE, search

from costcalc.common.colours import SORTS
from costcalc.output.formats.sheet import colours, page, part


def whole(title: str, model: str) -> str:
    """Return the page of a model: JavaScript that defines `MODEL`, which `pages/moving.js` shows.

    Raises ValueError for a model that could end its script, as a text with `</script` in it would.
    """
    if search(r"<(/?script|!--)", model, IGNORECASE):
        raise ValueError("the model of a page must not hold a tag of a script")
    sorts = dumps([[sort.name, sort.kinds, sort.title] for sort in SORTS])
    script = "".join((f"{model.rstrip()}\nconst SORTS = {sorts};\n", *map(part, ("sort.js", "moving.js"))))
    style = part("look.css") + part("moving.css") + colours()
    return page(title, style, "<noscript><p>This page computes its figures: it needs scripts.</p></noscript>\n", script)
