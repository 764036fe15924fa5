"""How people write figures: `4.13 GMac`, `25.56M params`, `4 231 976`, `(32, 112, 112)` -> what each may say."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from fractions import Fraction

from costcalc.common.arithmetic import compute
from costcalc.common.errors import quote
from costcalc.common.printed import BYTE_UNITS, UNITS, Figure, Printed, not_read
from costcalc.common.units import BINARY, DECIMAL

MAX_CHARS = 100  # no figure is longer
DIGITS = 15  # that a quotient is held to

_SIGNS = ("~", "<", ">")
Sides = tuple[int, ...]
Reading = Figure | Sides

# What a figure may say that it counts, by how it is written behind the prefix.
THINGS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?:{pattern})\Z", re.IGNORECASE)
    for name, pattern in {
        "macs": r"ma?c{1,2}s?|madds?|mul(t(iply)?)?[- ]?(adds?|acc(umulate|umulation)?s?)",
        "flops": r"flops?|floating[- ]point operations?",
        "rate": r"(flops?|ops?|macs?)(/| per )s(ec(ond)?)?",
        "ops": r"ops?|operations?",
        "params": r"((trainable|learnable|total|model) )?(params?|parameters?|weights?)",
        "elements": r"elements?|activations?|values?|outputs?|neurons?|numbers?|floats?",
        "bytes": r"bytes?",
        "bits": r"bits?",
        "share": r"%|per ?cent|pct\.?",
        "ratio": r"x|times( (as many|as much|fewer|less|more|smaller|larger))?|-?fold",
    }.items()
}
WORDS = {
    "k": ("thousand", "kilo", "tsd"),
    "M": ("million", "millions", "mega", "mio", "mln", "mill", "mil", "m"),
    "G": ("billion", "billions", "giga", "bn", "bln", "mrd", "b"),
    "T": ("trillion", "tera"),
}
PREFIX = {word: prefix for prefix, words in WORDS.items() for word in (prefix, *words)} | {"K": "k"}
SUPERSCRIPTS = {ord(mark): digit for mark, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True)}
ALIKE = {ord(mark): plain for mark, plain in (*zip("×✕✖", "xxx"), *zip("·⋅∗∙", "****"), ("÷", "/"), ("−", "-"))}  # noqa: B905, RUF001
SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")

_LEAD = re.compile(r"(?:=|~|≈|≃|ca\.? |circa |approx\.? |approximately |about |around |roughly |\+)\s*", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<grouped>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:([ _'’])[0-9]{3})(?:\2[0-9]{3})*(?:\.[0-9]+)?"  # noqa: RUF001
    r"|[0-9]{1,3}(?:\.[0-9]{3}){2,}(?![0-9]))(?![0-9.,])"
    r"|(?P<comma>[0-9]+,[0-9]+)(?![0-9.,])|(?P<plain>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?![0-9,])",
    re.ASCII,
)
_POWER = re.compile(r"(?:[eE]|\s*[*xX]\s*10\s*(?:\^|\*\*)\s*)(?P<power>[+-]?[0-9]{1,2})(?![0-9])", re.ASCII)
_SIDE = r"\s*([1-9][0-9]{0,8})(\^2|\*\*2)?\s*"
_SHAPE = re.compile(
    rf"(?:(?:torch\.Size|shape)\s*)?(?P<open>[\[(]*)(?:(?:None|N|-1)\s*,)?{_SIDE}(?:(?P<mark>x|X|\*|by|,){_SIDE}"
    rf"(?:(?P=mark){_SIDE}(?:(?P=mark){_SIDE})?)?)?,?[\])]*\Z",
    re.ASCII,
)
_AT = re.compile(r"([0-9]{1,9})\s*@\s*([0-9]{1,9})\s*[xX]\s*([0-9]{1,9})\Z", re.ASCII)
_NAMED = re.compile(r"([hwc])\s*=\s*([0-9]{1,9})", re.ASCII | re.IGNORECASE)
_ONE_OF = re.compile(r"1\s*:\s*(?P<rest>[0-9.,]+)\Z", re.ASCII)
# A line of a tool's output: a label, with a unit in brackets or without, and a figure; what is behind a figure.
_LABEL = re.compile(
    r"#? ?(?P<label>[A-Za-z][A-Za-z _-]*?) ?(?:\((?P<unit>[A-Za-z]{1,6})\))?(?: ?[:=] ?| )(?P<rest>[~0-9.].*)\Z",
    re.ASCII,
)
_ADJECTIVES = re.compile(r"(?:(?:total|trainable|learnable|model|forward|fwd|number of|no\. of) )+", re.IGNORECASE)
_SIZES = re.compile(r"(?:(?:params?|parameters?|weights?|model) )?(?:size|memory)\Z", re.IGNORECASE)
_COMPLEXITY = re.compile(r"(?:computational complexity|complexity|compute)\Z", re.IGNORECASE)
_BEHIND = re.compile(r"(?P<figure>.*[A-Za-z]) ?(?:\([^()]*\)|(?:u?int|fp|float|bf)[0-9]{1,2})\Z", re.ASCII)
_BRACKETS = re.compile(r"(?P<number>[0-9., ]+) ?\((?P<unit>[A-Za-z -]+)\)\Z", re.ASCII)
_UNIT = re.compile(r"(?P<expression>.*[0-9)])\s*(?P<unit>[A-Za-z%][A-Za-z%/ .-]*)\Z", re.ASCII)


def readings(text: str) -> tuple[Reading, ...]:
    """Return every way to read a text as a figure or as sides, the likeliest first.

    Raises ValueError, with what can be read, where there is none.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"an answer of {len(text):,} characters cannot be read as a number")
    plain = _plainly(text)
    found: dict[Reading, None] = dict.fromkeys([*_sides(plain), *_figures(plain)])
    found = found or dict.fromkeys(_pasted(plain))
    if not found:
        raise ValueError(_why_not(text.strip(), plain))
    return tuple(found)


def read_figure(text: str, unit: str = "") -> Figure:
    """Return one number with its unit, the likeliest reading; raise ValueError with what is accepted.

    `unit` says what the printed unit really is: `MiB` where `MB` is printed.
    """
    if unit and unit not in UNITS:
        raise ValueError(f"unknown unit {quote(unit)}")
    plain = _plainly(text) if len(text) <= MAX_CHARS else ""
    found = next(_figures(plain), None) if plain else None
    if found is None:
        raise ValueError(_why_not(text, plain))
    return found._replace(unit=unit or found.unit)


def read_printed(text: str, unit: str = "") -> Printed:
    """Return what a printed text says; raise ValueError with what is accepted.

    `unit` says what the printed unit really is: `MiB` where `MB` is printed.
    """
    sign = text.strip()[:1]
    rest = text.strip()[1:] if sign in _SIGNS else text.strip()
    parts = re.split(r" to |, ", rest)
    figures = tuple(read_figure(part.strip(), unit) for part in parts)
    units = {figure.unit for figure in figures} - {""}
    if len(units) == 1:  # `133 to 143 M`: the unit means all
        figures = tuple(figure._replace(unit=figure.unit or min(units)) for figure in figures)
    return Printed(text, sign if sign in _SIGNS else "", figures)


def _plainly(text: str) -> str:
    """Return a text with one way of writing each sign: superscripts, crosses, wide digits, spaces, quotes, a lead."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: "^" + found[0].translate(SUPERSCRIPTS), text).translate(ALIKE)
    text = SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"`":
        text = text[1:-1].strip()
    lead = _LEAD.match(text)
    while lead:
        text = text[lead.end() :]
        lead = _LEAD.match(text)
    return text


def _why_not(text: str, plain: str) -> str:
    """Return why a text cannot be read: an unknown unit behind a number, or all of it."""
    number = _NUMBER.match(plain)
    rest = plain[number.end() :].strip() if number else ""
    if rest.isascii() and rest.isalpha() and rest in ("B", "bytes", "byte"):
        return f"{quote(text)} is not a whole number of bytes"
    if rest.isascii() and rest.isalpha():
        return f"unknown unit {quote(rest)}; available: {', '.join(filter(None, UNITS))}"
    return not_read(text)


# sides


def _sides(text: str) -> Iterator[Sides]:
    """Yield the sides that a text names: height x width x channels as written, `16@240x320` channels first."""
    named = {key.lower(): int(value) for key, value in _NAMED.findall(text)}
    at = _AT.match(text)
    if sorted(named) == ["c", "h", "w"]:
        yield named["h"], named["w"], named["c"]
    elif at:
        yield tuple(map(int, at.groups()))
    elif match := _SHAPE.match(text):
        found = re.findall(r"([0-9]+)(\^2|\*\*2)?", text.partition("-1")[2] or text)
        sides = tuple(int(side) for side, squared in found for _ in range(2 if squared else 1))
        if len(sides) == 4 and sides[0] == 1:
            sides = sides[1:]
        bare = match["mark"] == "," and not match["open"]  # `3,504,872` is a number, and `75, 108` are two
        number = bare and re.match(r"[0-9]{1,3},[0-9]{3},", text)
        if (len(sides) == 3 and not number) or (len(sides) == 2 and not bare):
            yield sides


# figures


def _figures(text: str) -> Iterator[Figure]:
    """Yield the figures that a text may say: one number, a ratio such as `8.56:1`, or what an expression gives."""
    if match := _ONE_OF.match(text):
        for number, decimals, _ in _numbers(match["rest"]):
            if number:
                yield _quotient(1 / number)._replace(unit="x", decimals=decimals + 2)
        return
    text = re.sub(r"\s*:\s*1\Z", " x", text)
    if re.match(r"x ?[0-9.]+\Z", text):
        text = text[1:].strip() + " x"
    single = list(_single(text))
    yield from single
    if not single:
        yield from _computed(text)


def _pasted(text: str) -> Iterator[Figure]:
    """Yield what a line of a tool's output says: `Total params: 25.56M`, `FLOPs(G): 4.1`, `4.12 GFLOPs (ptflops)`."""
    if match := _BRACKETS.match(text):
        yield from _single(f"{match['number']} {match['unit']}")
    elif match := _LABEL.match(text):
        yield from _labelled(match["label"], match["unit"] or "", match["rest"].lstrip("~ "))
    elif match := _BEHIND.match(text):
        yield from (figure for figure in _single(match["figure"]) if figure.what or figure.unit in BYTE_UNITS)


def _labelled(label: str, unit: str, rest: str) -> Iterator[Figure]:
    """Yield the figures behind a label that says what they count; their own words come before the label's."""
    plain = _ADJECTIVES.sub("", label)
    size = _SIZES.match(plain)
    named = [("", "macs")] if _COMPLEXITY.match(plain) else [(found, what) for found, _, what in _units(plain) if what]
    if not size and not named:
        return
    prefix, what = ("", "") if size else named[0]
    for figure in [*_single(rest)] or [*_pasted(rest)] or [*_single(rest.partition("(")[0].strip())]:
        prefixes = [found for found, factor, _ in _units(unit)] if unit and not figure.unit else []
        scaled = figure._replace(unit=figure.unit or (prefixes or [prefix])[0])
        if scaled.unit in BYTE_UNITS:
            yield scaled
        elif not size and scaled.unit not in ("%", "x"):
            yield scaled._replace(what=scaled.what or what)


def _single(text: str) -> Iterator[Figure]:
    """Yield the readings of one number with a power and a unit."""
    for number, decimals, end in _numbers(text):
        power = _POWER.match(text, end)
        size = int(power["power"]) if power else 0
        rest = text[power.end() if power else end :].strip()
        for unit, factor, what in _units(rest):
            figure = Figure(number * Fraction(10) ** size * factor, decimals - size + (factor != 1), unit, what)
            fraction = unit == "B" and figure.number.denominator != 1
            if not fraction:
                yield figure


def _numbers(text: str) -> Iterator[tuple[Fraction, int, int]]:
    """Yield the numbers that a text may begin with, their decimals, and where they end."""
    match = _NUMBER.match(text)
    if not match:
        return
    written, rest = match[0], text[match.end() :].strip()
    if match["grouped"]:
        digits = re.sub("[ _'’,]", "", written)  # noqa: RUF001
        digits = digits.replace(".", "") if written.count(".") > 1 else digits
        mark = re.fullmatch(r"[0-9]{1,3},[0-9]{3}", written)
        if not (mark and written[0] == "0"):
            yield Fraction(digits), len(digits.partition(".")[2]), match.end()
        if mark and (rest or written[0] == "0"):  # `4,232M` is 4232 M or 4.232 M; without a unit it is thousands
            yield Fraction(written.replace(",", ".")), 3, match.end()
    else:
        digits = written.replace(",", ".")
        yield Fraction(digits.rstrip(".") or "0"), len(digits.partition(".")[2]), match.end()


def _units(text: str) -> Iterator[tuple[str, Fraction, str]]:
    """Yield the units that a word may name: one of UNITS, a factor with it, and what is counted."""
    if text in UNITS:
        yield text, Fraction(1), ""
        if text in BYTE_UNITS and text == "B":
            yield "G", Fraction(1), ""
        return
    for prefix, thing in _split(text.strip()):
        what = next((name for name, pattern in THINGS.items() if thing and pattern.match(thing)), "")
        if what in ("share", "ratio") and prefix:
            return
        if what or not thing or thing in ("b", "B"):
            yield from _unit(prefix, what or thing)
            return


def _unit(prefix: str, what: str) -> Iterator[tuple[str, Fraction, str]]:
    """Yield the units that a prefix and what is counted stand for."""
    if what in ("share", "ratio"):
        yield "%" if what == "share" else "x", Fraction(1), ""
    elif what in ("bytes", "B"):
        yield f"{prefix}B", Fraction(1), ""
    elif what in ("bits", "b"):
        yield f"{prefix}B", Fraction(1, 8), ""
        if what == "b":  # many write MB so
            yield f"{prefix}B", Fraction(1), ""
    else:
        yield prefix, Fraction(1), what


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Yield a unit split into its prefix and what it counts: `GMac`, `M mult-adds`, `million`, `params`."""
    if text in ("b", "m"):
        yield PREFIX[text], ""
        return
    yield "", text
    word, _, rest = text.partition(" ")
    for whole in dict.fromkeys((word.rstrip("."), word.rstrip(".").lower())):
        if whole in PREFIX:
            yield PREFIX[whole], rest.strip()
    for name in ("kilo", "mega", "giga", "tera"):
        if text.lower().startswith(name):
            yield PREFIX[name], text[4:]
    for binary, decimal in zip(BINARY[1:5], DECIMAL[1:5], strict=True):
        if text.lower() in (f"{binary.lower()}ytes", f"{decimal[0].lower()}ibytes"):
            yield binary[:-1], "B"
    if text[:1] in ("k", "K", "M", "G", "T", "B") and len(text) > 1:
        yield PREFIX[text[0].replace("B", "b")], text[1:].strip()


def _computed(text: str) -> Iterator[Figure]:
    """Yield what an expression gives; `= 75` behind it must agree."""
    expression, _, claimed = text.partition("=")
    match = _UNIT.match(expression.strip())
    for body, unit in ((expression, ""), *([(match["expression"], match["unit"])] if match else [])):
        try:
            result = compute(body)
        except ValueError:
            continue
        for name, factor, what in _units(unit.strip()):
            figure = _quotient(result.value * factor)._replace(unit=name, what=what, factors=result.factors)
            said = list(_single(claimed.strip())) if claimed else []
            if not claimed or any(other.rounds(figure.value) for other in said):
                yield figure
        return


def _quotient(value: Fraction) -> Figure:
    """Return an exact value as a figure, with decimals enough to tell it from others."""
    decimals = 0 if value.denominator == 1 else DIGITS - len(str(int(value)))
    return Figure(value, max(decimals, 0), "")
