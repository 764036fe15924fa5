"""Colours: those of a picture in light and in dark, and the one that a kind of layer keeps on screens and pages."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple


class Sort(NamedTuple):
    """Kinds of layers of one colour: its name, its title, how the kinds begin, its colour in a terminal and in SVG."""

    name: str
    title: str
    kinds: str
    terminal: str
    light: str
    dark: str


SORTS = (
    Sort("depthwise", "depthwise conv", r"Conv DW\b", "yellow", "#b0620a", "#e0a04a"),
    Sort("pointwise", "1x1 conv", r"Conv 1x1\b", "cyan", "#1d5fa8", "#86b6f0"),
    Sort("grouped", "grouped conv", r"GConv\b", "magenta", "#8a3fa0", "#cf9be0"),
    Sort("spatial", "other conv", r"Conv\b", "green", "#2b7a4b", "#74c796"),
    Sort("dense", "FC", r"FC\b", "bright_red", "#b02a3c", "#f08c98"),
)
SERIES = ("pointwise", "depthwise", "spatial", "grouped", "dense", "ink")  # the colours of points; of more, again
LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "faint": "#57606a",
    "grid": "#d8dee4",
    "first": "#1d4f8f",
    "second": "#b4681a",
    "pale": "#f0c489",
    "peak": "#c62828",
    **{sort.name: sort.light for sort in SORTS},
}
DARK: Mapping[str, str] = {
    "paper": "#15181c",
    "ink": "#e6e8eb",
    "faint": "#9aa4af",
    "grid": "#333b45",
    "first": "#86b6f0",
    "second": "#d99a4e",
    "pale": "#5c3d17",
    "peak": "#ff7b72",
    **{sort.name: sort.dark for sort in SORTS},
}


@cache
def sort_of(kind: str) -> str:
    """Return the name of the colour of a kind of layer; nothing for one that multiplies nothing or other words."""
    return next((sort.name for sort in SORTS if re.match(sort.kinds, kind)), "")
