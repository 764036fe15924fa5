"""When answers came: times as exports write them, and what is taken off for those that are late."""

import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import counted, quote

# What months begin with, in English, German, French and Spanish.
MONTHS = (
    ("jan", "ene"), ("feb", "fév", "fev"), ("mar", "mär", "mrz"), ("apr", "avr", "abr"), ("may", "mai"),
    ("jun", "juin"), ("jul", "juil"), ("aug", "aoû", "ago"),
    ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez", "déc", "dic"),
)  # fmt: skip
ORDERS = ("day-first", "month-first")
PERIODS = {"once": timedelta(0), "day": timedelta(days=1), "hour": timedelta(hours=1)}

_CLOCK = (
    r"(?:[ ,T]+(?:at )?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"\s*(?P<half>[AP])?\.?(?(half)M\.?)\s*(?P<zone>Z|(?:UTC|GMT)?[+-][0-9]{1,2}(?::?[0-9]{2})?|[A-Z]{2,5})?)?\s*\Z"
)
_WORD = "[a-zà-ÿ]{3,10}"  # the name of a month or a day, in one of these languages
_FORMS = tuple(
    re.compile(rf"\s*{date}{_CLOCK}", re.ASCII | re.IGNORECASE)
    for date in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        r"(?P<first>[0-9]{1,2})[-/.](?P<then>[0-9]{1,2})[-/.](?P<year>[0-9]{4}|[0-9]{2})(?![0-9])",
        rf"(?:{_WORD},? )?(?P<day>[0-9]{{1,2}})\.? (?:de )?(?P<name>{_WORD})\.?,? (?:de )?(?P<year>[0-9]{{4}})",
        r"(?:[a-z]{3,9},? )?(?P<name>[a-z]{3,9})\.? (?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})",
    )
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2}):?([0-9]{2})?\Z", re.IGNORECASE)


class Moment(NamedTuple):
    """A time as it is written, and the zone that is written with it, if one is."""

    clock: datetime
    zone: timezone | None = None

    def since(self, other: "Moment") -> timedelta:
        """Return how long after another time this is; raise ValueError where only this one has a zone.

        A time without a zone is taken to be in the other's.
        """
        if self.zone and not other.zone:
            raise ValueError(f"the time has a zone ({self.zone}) and `due` has none: add one to `due`, such as +01:00")
        if self.zone and other.zone:
            return self.clock.replace(tzinfo=self.zone) - other.clock.replace(tzinfo=other.zone)
        return self.clock - other.clock


class Late(NamedTuple):
    """What is taken off answers that come after `due`: a share `off` for each period begun, at `most` so much."""

    due: Moment
    off: Fraction
    per: str = "once"
    most: Fraction = Fraction(1)

    def taken(self, moment: Moment) -> tuple[Fraction, str]:
        """Return the share that is taken off, and why in words; raise ValueError where the times cannot be compared."""
        late = moment.since(self.due)
        if late <= timedelta(0):
            return Fraction(0), ""
        period = PERIODS[self.per]
        number = -(-late // period) if period else 1
        share = min(self.off * number, self.most)
        when = f"{counted(number, self.per)} begun" if period else "after the due time"
        return share, f"late, {when}: {float(100 * share):g} % off"


def read_time(text: str, order: str = "") -> Moment:
    """Return the time that a text says; raise ValueError for another text, or where day and month may be exchanged.

    A date alone is the end of its day.
    """
    match = next((found for form in _FORMS if (found := form.match(text))), None)
    if match is None:
        raise ValueError(
            f"cannot read {quote(text)} as a time; write it like 2026-11-20 23:59 or 20 November 2026, 11:59 PM"
        )
    parts = match.groupdict()
    month, day = _date(parts, text, order)
    hour, half = int(parts["hour"] or 0), (parts["half"] or "").upper()
    if half and not 1 <= hour <= 12:
        raise ValueError(f"cannot read {quote(text)} as a time: hour {hour} has no AM or PM")
    hour = hour % 12 + 12 * (half == "P") if half else hour
    year = int(parts["year"])  # a spreadsheet may have two digits of it
    date = (year if year > 99 else 2000 + year, month, day)
    numbers = (*date, hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    try:
        clock = datetime(*numbers)  # noqa: DTZ001 - its zone is apart
    except ValueError:
        raise ValueError(f"{quote(text)} is not a time of the calendar") from None
    return Moment(clock if parts["hour"] else clock + timedelta(days=1, seconds=-1), _zone(parts["zone"] or "", text))


def _date(parts: "dict[str, str | None]", text: str, order: str) -> tuple[int, int]:
    """Return the month and the day of a date."""
    if parts.get("name"):
        name = str(parts["name"]).lower()
        month = next((number for number, names in enumerate(MONTHS, 1) if name.startswith(names)), 0)
        if not month:
            raise ValueError(f"unknown month {quote(name)} in {quote(text)}")
        return month, int(str(parts["day"]))
    if not parts.get("first"):
        return int(str(parts["month"])), int(str(parts["day"]))
    first, then = int(str(parts["first"])), int(str(parts["then"]))
    if not order and first <= 12 and then <= 12 and first != then:
        raise ValueError(
            f"day and month of {quote(text)} may be exchanged: `dates` says which is first, {' or '.join(ORDERS)}"
        )
    swapped = order == "day-first" or (not order and first > 12)
    return (then, first) if swapped else (first, then)


def _zone(zone: str, text: str) -> timezone | None:
    if not zone:
        return None
    if zone.upper() in ("Z", "UTC", "GMT"):
        return timezone.utc
    match = _OFFSET.match(zone)
    if not match:
        raise ValueError(f"unknown time zone {quote(zone)} in {quote(text)}; write it like +01:00")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if offset >= timedelta(hours=24):
        raise ValueError(f"unknown time zone {quote(zone)} in {quote(text)}")
    return timezone(offset if match[1] == "+" else -offset)
