"""What a cell of text looks like: a day, a time of day, a number, nothing. Looks, not readings."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data.importers.values.numbers import MISSING
from data.importers.values.unit_words import unit_of_cell

_MONTH = r"[^\W\d_]{3,10}\.?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_DAY = (
    rf"\W?{_WEEKDAY}(?:"
    r"\d{4}(?:[-/.]|\. )\d{1,2}(?:[-/.]|\. )\d{1,2}\.?"
    r"|\d{1,2}(?:[-/.]|\. )\d{1,2}(?:[-/.]|\. )(?:\d{4}|\d{2})\.?"
    rf"|\d{{1,2}}\.?[-/. ]{_MONTH}[-/., ]+(?:\d{{4}}|\d{{2}})"
    rf"|{_MONTH} \d{{1,2}},? \d{{4}}"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{2}|\d{4}|\d{6})?(?!\d)"
    r")"
)
_CLOCK = r"\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?(?: ?[AaPp]\.? ?[Mm]\.?)?"
_DATED = re.compile(rf"{_DAY}(?:$|[ T,;_(\-/Zz+])|{_DAY}\s")
_DATE_ONLY = re.compile(rf"{_DAY}\W?")
_CLOCK_ONLY = re.compile(
    rf"{_CLOCK}(?:\s*(?:-|–|to|bis|a|à)\s*{_CLOCK})?|\d{{1,2}} ?[AaPp][Mm]|\d{{1,2}} ?[h:]\d{{0,2}}"
)
# Of an hour that comes twice one is called 2A, or one 2A and one 2B.
_HOUR_NUMBER = re.compile(r"\d{1,2}[ABab]?")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|1\d{9}(?:\d{3}|\d{6}|\d{9})")
_NUMBER = re.compile(
    r"[-+−–(]?\s?"
    r"(?:\d{1,3}(?:[ .,'’\u00a0\u2009\u202f]\d{2,3})*(?:[ .,'’\u00a0\u2009\u202f]\d{3})|\d+)?"
    r"(?:[.,]\d*)?(?:[eE][-+]?\d+)?[-)]?"
)


_QUANTITY = re.compile(r"([-+−–]?[\d.,'’ ]*\d)\s*([^\W\d_][^\d]*\d?)")


def folded(text: str) -> str:
    """Lower case, without accents: "Zählpunkt" and "ZAHLPUNKT" are one word."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "ss")).lower()
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def is_dated(cell: str) -> bool:
    """Whether a cell begins with a day: with or without a time, or as a range."""
    return bool(_DATED.match(cell.strip()))


def is_date_only(cell: str) -> bool:
    return bool(_DATE_ONLY.fullmatch(cell.strip()))


def is_clock(cell: str) -> bool:
    """Whether a cell is a time of day, or a range of them, without a day."""
    return bool(_CLOCK_ONLY.fullmatch(cell.strip()))


def is_epoch(cell: str) -> bool:
    """Whether a cell may be a count since 1970, of this century."""
    return bool(_EPOCH.fullmatch(cell.strip()))


def is_number(cell: str) -> bool:
    """Whether a cell is a number by the habits of some country, with a unit behind it or not."""
    text = cell.strip()
    if not any(map(str.isdigit, text)):
        return False
    if _NUMBER.fullmatch(text):
        return True
    return unit_behind(text) is not None


def unit_behind(cell: str) -> str | None:
    """The unit of a cell such as "0.5 kWh"."""
    found = _QUANTITY.fullmatch(cell.strip())
    number = found is not None and _NUMBER.fullmatch(found[1].strip())
    return unit_of_cell(found[2]) if found is not None and number else None


def _lettered(cells: Sequence[str]) -> bool:
    bare = [cell.strip() for cell in cells]
    return any(cell[-1:].isalpha() for cell in bare) and all(map(_HOUR_NUMBER.fullmatch, bare))


def _digits(cell: str) -> int:
    bare = cell.strip().lstrip("'")
    return len(bare) if bare.isdecimal() else 0


ID_DIGITS = 8


@dataclass(frozen=True)
class Profile:
    """Shares of what the filled cells of a column look like, and how many different ones there
    are."""

    filled: int
    dated: float
    date_only: float
    clock: float
    epoch: float
    number: float
    distinct: int
    example: str
    lettered: bool = False
    """Hours, some with a letter: 1, 2, 2A, 3."""
    digits: int = 0
    """Digits of the shortest cell, where all are whole numbers; else 0."""

    @property
    def numeric(self) -> bool:
        """Mostly numbers; one in ten may be a word for nothing that is not known here."""
        return self.filled > 0 and self.number >= 0.9

    @property
    def identity(self) -> bool:
        """Whole numbers as long as those of meters, few of them and again and again."""
        return self.digits >= ID_DIGITS and 4 * self.distinct <= self.filled


def profile(cells: Sequence[str]) -> Profile:
    """The profile of some cells of one column; what is missing does not count."""
    filled = [cell for cell in cells if not is_missing(cell)]
    count = max(len(filled), 1)

    def share(of: Callable[[str], bool]) -> float:
        return sum(map(of, filled)) / count

    return Profile(
        filled=len(filled),
        dated=share(is_dated),
        date_only=share(is_date_only),
        clock=share(is_clock),
        epoch=share(is_epoch),
        number=share(is_number),
        distinct=len(set(filled)),
        example=filled[0] if filled else "",
        lettered=_lettered(filled),
        digits=min(map(_digits, filled), default=0),
    )
