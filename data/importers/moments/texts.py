"""One time as text, taken apart: where in it stand the year, the month, the clock, the offset."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from data.importers.moments.names import (
    FILLING,
    MONTH,
    MONTHS,
    RANGE_WORDS,
    WEEKDAY,
    WEEKDAY_WITHIN,
)

Order = Literal["dmy", "mdy", "ymd"]
"""Of three numbers of a date that begins with no year of four digits."""

Span = tuple[int, int]
"""Bytes of a text, from and up to."""


@dataclass(frozen=True)
class Parts:
    """Where in a text its parts stand, as bytes; None for what it does not have.

    `month` is a number where it stands in words, `half` 0 for am and 12 for pm. Behind the clock
    stands an `offset` (its sign, hours, minutes) or a `zone` in letters, "z" among them.
    `numeric` is the sign between numbers whose order has to be told, "" where there is none such.
    """

    year: Span
    month: Span | int
    day: Span | None = None
    hour: Span | None = None
    minute: Span | None = None
    second: Span | None = None
    fraction: Span | None = None
    half: int | None = None
    offset: tuple[int, Span, Span | None] | None = None
    zone: str | None = None
    numeric: str = ""
    until: "Parts | None" = None

    @property
    def clocked(self) -> bool:
        """Whether there is a time of day."""
        return self.hour is not None

    @property
    def aware(self) -> bool:
        """Whether the text says which instant it is."""
        return self.offset is not None or self.zone is not None


_DATES = (
    r"(?P<year>\d{4})(?P<sign> ?[-/.] ?)(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})\.?",
    r"(?P<one>\d{1,2})(?P<sign> ?[-/.] ?)(?P<two>\d{1,2})(?P=sign)(?P<three>\d{4}|\d{2})\.?",
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|re|[.º°])?[-/ ,]*{MONTH}[-/ ,.]*"
    r"(?P<year>\d{4}|\d{2})\.?",
    rf"{MONTH}[-/ ]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-/ ,]+(?P<year>\d{{4}}|\d{{2}})",
    rf"(?P<year>\d{{4}})\.?[-/ ,]*{MONTH}[-/ ]*(?P<day>\d{{1,2}})\.?",
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=\D|$)",
)
_MONTHS_ONLY = (
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})",
    r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
    rf"{MONTH}[-/ ,]*(?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})[-/ ,]*{MONTH}",
)
_CLOCK = (
    r"(?:(?P<hour>\d{1,2})(?:(?P<colon>[:.])(?P<minute>\d{2})"
    r"(?:(?P=colon)(?P<second>\d{2})(?:[.,:](?P<fraction>\d{1,9}))?)?|h(?P<minute_h>\d{2}))?"
    r"|(?P<hour_c>\d{2})(?P<minute_c>\d{2})(?P<second_c>\d{2}(?:\.(?P<fraction_c>\d{1,9}))?)?)"
    r"(?: ?h(?:rs?)?\.?(?![a-z]))?(?: ?(?P<half>[ap])(?:\. ?m\.?|m\.?)?(?![a-z]))?"
)
_OFFSET = (
    r"(?: ?\[?(?:(?:(?:utc|gmt) ?)?(?P<plus>[+-])(?P<ahead>\d{2})(?::?(?P<ahead_minutes>\d{2}))?"
    r"|(?:utc|gmt) ?(?P<plus_u>[+-])(?P<ahead_u>\d)(?::(?P<ahead_minutes_u>\d{2}))?"
    r"|\(?(?P<zone>z|[a-z]{3,5})\)?)\]?)?(?: \([^()]*\))?"
)
_GAP = r"(?:t| ?[,;|_] ?| - | )"
_PATTERNS = [
    *(re.compile(rf"{date}(?:{_GAP}{_CLOCK}{_OFFSET})?") for date in _DATES),
    *map(re.compile, _MONTHS_ONLY),
    # "Jan 1 00:15:00 CET 2024"
    re.compile(rf"{MONTH} (?P<day>\d{{1,2}}) {_CLOCK}{_OFFSET} (?P<year>\d{{4}})"),
    *(re.compile(rf"{_CLOCK}{_GAP}{date}") for date in _DATES[:-1]),
]
_CLOCK_ALONE = re.compile(_CLOCK + _OFFSET)
_RANGE = re.compile(
    rf" ?[/;~→…] ?| ?[-–—]+>? ?| ?\.\.+ ?| (?:{'|'.join(map(re.escape, RANGE_WORDS))}) "
)
_MOST_STROKES = 10
"""Strokes in a text at which a second time may begin; with more it is none."""
_SHORTEST = len("1.1.24")
_LONGEST = 120
"""Characters of two times, each with a weekday, a month in words and the name of a zone."""


def take_apart(text: str, order: Order = "dmy", *, ranges: bool = False) -> Parts | None:
    """The parts of a time; None for what is none.

    With `ranges` "00:00-01:00" is from and to, and not a clock that is an hour behind UTC.
    """
    plain = text.lower()
    strange = any(sign.isdigit() and not sign.isascii() for sign in plain)
    if strange or len(plain) > _LONGEST or len(plain) != len(text):
        return None
    plain = re.sub("[\\s\u00a0\u2007\u2009\u202f\"'’]", " ", plain)
    plain = re.sub("[−‐‑]", "-", plain)
    ways = (_from_to, _single) if ranges else (_single, _from_to)
    found = (way(plain, order) for way in ways)
    parts = next((parts for parts in found if parts), None)
    if parts is None or text.isascii():
        return parts
    return _moved(parts, [len(text[:at].encode()) for at in range(len(text) + 1)])


def _single(plain: str, order: Order) -> Parts | None:
    """Of a text with one time; what is no part of one is blank."""
    filled = _blanked(FILLING, plain)
    for weekdays in (False, True):
        if weekdays:
            filled = _blanked(WEEKDAY_WITHIN, _blanked(WEEKDAY, filled))
        text, places = _squeezed(filled)
        for pattern in _PATTERNS:
            match = pattern.fullmatch(text)
            if match and (parts := _parts_of(match, order)):
                return _moved(parts, places)
    return None


def _from_to(plain: str, order: Order) -> Parts | None:
    """Of a text with two times, or a time and a clock: the first, with the second as `until`."""
    strokes = list(_RANGE.finditer(plain))
    if len(strokes) > _MOST_STROKES:
        return None
    for stroke in _from_the_middle(strokes):
        first = plain[: stroke.start()]
        begun = _single(first, order) if len(first) >= _SHORTEST else None
        if begun is None:
            continue
        second = " " * stroke.end() + plain[stroke.end() :]
        ended = _single(second, order) or _later(second, begun)
        if ended is None or ended.clocked != begun.clocked:
            continue
        if ended.aware and not begun.aware:
            begun = replace(begun, offset=ended.offset, zone=ended.zone)
        return replace(begun, until=ended)
    return None


def _from_the_middle(strokes: list[re.Match[str]]) -> list[re.Match[str]]:
    """Outwards: two times of one form are halves."""
    return sorted(strokes, key=lambda found: abs(found.start() + found.end() - len(found.string)))


def _later(second: str, begun: Parts) -> Parts | None:
    """A clock alone, on the day of the time before it."""
    text, places = _squeezed(second)
    match = _CLOCK_ALONE.fullmatch(text)
    if match is None or not begun.clocked:
        return None
    clock = _moved(_with_clock(Parts((0, 0), 1), match), places)
    return replace(clock, year=begun.year, month=begun.month, day=begun.day)


def _parts_of(match: re.Match[str], order: Order) -> Parts | None:
    found = match.groupdict()
    if "one" in found:
        places = {"dmy": ("three", "two", "one"), "mdy": ("three", "one", "two")}
        long = len(found["three"]) > len("31")
        at = (
            ("one", "two", "three")
            if order == "ymd" and not long
            else places.get(order, places["dmy"])
        )
        year, month, day = (match.span(name) for name in at)
        return _with_clock(Parts(year, month, day, numeric=found["sign"].strip()), match)
    named = MONTHS[found["name"]] if found.get("name") else match.span("month")
    day_at = match.span("day") if found.get("day") else None
    return _with_clock(Parts(match.span("year"), named, day_at), match)


def _with_clock(parts: Parts, match: re.Match[str]) -> Parts:
    found = match.groupdict()

    def span(*names: str) -> Span | None:
        return next((match.span(name) for name in names if found.get(name)), None)

    offset = None
    hours = span("ahead", "ahead_u")
    if hours:
        sign = -1 if (found.get("plus") or found.get("plus_u")) == "-" else 1
        offset = (sign, hours, span("ahead_minutes", "ahead_minutes_u"))
    seconds = span("second", "second_c")
    return replace(
        parts,
        hour=span("hour", "hour_c"),
        minute=span("minute", "minute_h", "minute_c"),
        second=seconds and (seconds[0], seconds[0] + 2),
        fraction=span("fraction", "fraction_c"),
        half={"a": 0, "p": 12}.get(found.get("half") or ""),
        offset=offset,
        zone=found.get("zone"),
    )


def _blanked(pattern: re.Pattern[str], plain: str) -> str:
    """Blanks for what a pattern finds; blanks in front are none of its business."""
    begun = len(plain) - len(plain.lstrip())
    return plain[:begun] + pattern.sub(lambda found: " " * len(found.group()), plain[begun:])


def _squeezed(plain: str) -> tuple[str, list[int]]:
    """Without blanks around and with one at most in a row; and where each character was."""
    end = len(plain.rstrip())
    kept = [
        at
        for at in range(len(plain) - len(plain.lstrip()), end)
        if plain[at] != " " or plain[at - 1] != " "
    ]
    return "".join(plain[at] for at in kept), [*kept, end]


def _moved(parts: Parts, places: list[int]) -> Parts:
    """With each span where its digits are by `places`."""

    def there(span: Span) -> Span:
        return places[span[0]], places[span[1] - 1] + 1

    def perhaps(span: Span | None) -> Span | None:
        return None if span is None else there(span)

    offset = parts.offset
    return replace(
        parts,
        year=there(parts.year),
        month=parts.month if isinstance(parts.month, int) else there(parts.month),
        day=perhaps(parts.day),
        hour=perhaps(parts.hour),
        minute=perhaps(parts.minute),
        second=perhaps(parts.second),
        fraction=perhaps(parts.fraction),
        offset=offset and (offset[0], there(offset[1]), perhaps(offset[2])),
        until=parts.until and _moved(parts.until, places),
    )
