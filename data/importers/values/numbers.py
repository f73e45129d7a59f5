"""Numbers as people write them: which sign is decimal, what groups thousands, what is none."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importers.values.unit_words import unit_of_cell

Texts = NDArray[Any]
Mask = NDArray[np.bool_]

MISSING = frozenset({
    "", "-", "--", "---", "–", "—", "?", "...", "*", "/", "na", "n/a", "n.a.", "n/e", "n.e.",
    "n/d", "n.d.", "nd", "n/v", "n.v.", "nan", "<na>", "null", "none", "nil", "nat", "k.a.", "k.a",
    "keine", "fehlt", "missing", "unavailable", "unknown", "s/d", "#n/a", "#nv", "#na", "#n/d",
    "#wert!", "#value!", "#valeur!", "#valore!", "#ref!", "#bezug!", "#div/0!", "#null!", "#num!",
    "#zahl!", "#name?", "no data", "no value"
})  # fmt: skip
"""What people and programs write where there is no reading, lower case."""

_NOTHING = pa.array(sorted(MISSING), pa.string())
_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_TAIL = r"^(?P<number>[(+-]?\s?[\d.,].*?[\d.,)]|[+-]?\d)\s*(?P<word>[^\d\s.,()+-].*)$"
_EXPONENT = re.compile(r"[eE][+-]?\d+$")
_SIGNED = re.compile(r"[+-]?[\d.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d+)?")
_GROUP = 3
"""Digits between two signs that group thousands."""


class Numbers(NamedTuple):
    """Values of n cells, NaN where there is none; which say so, and which can't be read."""

    values: NDArray[np.float64]
    missing: Mask
    unreadable: Mask


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column are written.

    Blanks and apostrophes between groups of three are always read, and the other sign where a
    decimal sign follows it in the same cell; where it stands alone it groups thousands only if
    `thousands` says so, and is unreadable otherwise. `unit` stands behind each number.
    `ambiguous`: both readings fit, and `decimal` is only the likelier. Not `seen`: the sample had
    whole numbers alone; a later 1.022 could be either and is unreadable.
    """

    decimal: str = "."
    thousands: str | None = None
    unit: str | None = None
    ambiguous: bool = False
    seen: bool = True

    @property
    def other(self) -> str:
        """The sign that is not the decimal one."""
        return "," if self.decimal == "." else "."

    @property
    def words(self) -> str:
        """For people: which sign is which."""
        named = {".": "point", ",": "comma", " ": "blank", "'": "apostrophe"}
        words = f"decimal {named[self.decimal]}" if self.seen else "whole numbers"
        return words + (f", thousands by {named[self.thousands]}" if self.thousands else "")

    def read(self, texts: Texts) -> Numbers:
        """Floats of a column of text; infinities are unreadable."""
        column = pa.array(texts, pa.string(), memory_pool=pa.system_memory_pool())
        values = self._plainly(column)
        if values is None:
            values = np.full(len(texts), np.nan)
            odd = np.arange(len(texts))
            if (plain := self._plain(column)).any():
                values[plain] = _cast(self._pointed(column.filter(pa.array(plain))))
                odd = np.flatnonzero(~plain)
        else:
            odd = np.flatnonzero(~np.isfinite(values))
        values[~np.isfinite(values)] = np.nan
        missing = np.zeros(len(texts), dtype=bool)
        if len(odd):
            left = column.take(pa.array(odd))
            missing[odd] = _mask(pc.is_in(pc.utf8_lower(_tidy(left)), _NOTHING))
            rest = odd[~missing[odd]]
            if len(rest):
                values[rest] = self._oddly(column.take(pa.array(rest)))
        return Numbers(values, missing, np.isnan(values) & ~missing)

    def _plainly(self, column: pa.Array) -> NDArray[np.float64] | None:
        """All of them at once, where each is as plain as most files have them; else None."""
        if self.unit or ((self.decimal == "," or not self.seen) and _any(column, ".")):
            return None
        try:
            cast = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
            return _cast(self._pointed(cast))
        except pa.ArrowInvalid:
            return None

    def _pointed(self, column: pa.Array) -> pa.Array:
        return pc.replace_substring(column, ",", ".") if self.decimal == "," else column

    def _plain(self, column: pa.Array) -> Mask:
        if self.unit or not self.seen:
            return np.zeros(len(column), dtype=bool)
        return _matches(column, rf"^-?\d+(\{self.decimal}\d+)?$")

    def _oddly(self, column: pa.Array) -> NDArray[np.float64]:
        """Of those that take more than one look; NaN for what is no number."""
        column = _tidy(column)
        fits = np.ones(len(column), dtype=bool)
        if self.unit:
            column, fits = self._without_unit(column)
        column = pc.replace_substring_regex(column, r"^\((.*)\)$", r"-\1")
        column = pc.replace_substring_regex(column, r"^([^+-].*\d)\s?-$", r"-\1")
        column = pc.replace_substring_regex(column, r"^([+-])\s+", r"\1")
        if not self.seen:
            fits &= ~_matches(column, r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$")
        bare = rf"^[+-]?(\d*\{self.decimal})?\d*([eE][+-]?\d+)?$"
        bare_ones = _matches(column, bare)
        for sign in filter(lambda sign: _any(column, sign), (" ", "'", self.other)):
            behind = rf"(\{self.decimal}\d*)?$"
            if sign == self.other and self.thousands != sign:
                behind = rf"\{self.decimal}\d*$"
            # In India groups of two stand before the last of three.
            grouped = _matches(column, rf"^[+-]?\d{{1,3}}(\{sign}\d{{2,3}})*\{sign}\d{{3}}{behind}")
            column = pc.if_else(pa.array(grouped), pc.replace_substring(column, sign, ""), column)
            bare_ones |= grouped
        column = self._pointed(column)
        fits &= bare_ones & _matches(column, _PLAIN)
        values = _cast(pc.if_else(pa.array(fits), column, pa.scalar(None, pa.string())))
        return np.where(np.isfinite(values), values, np.nan)

    def _without_unit(self, column: pa.Array) -> tuple[pa.Array, Mask]:
        """The numbers, and which of them have this unit behind them."""
        parts = pc.extract_regex(column, _TAIL)
        words = pc.struct_field(parts, "word")
        right = [word for word in pc.unique(words).to_pylist() if word and _unit(word) == self.unit]
        fits = _mask(pc.is_in(words, pa.array(right, pa.string())))
        return pc.fill_null(pc.struct_field(parts, "number"), ""), fits


def find_number_format(
    sample: Texts,
    *,
    delimiter: str | None,
    decimal: str | None = None,
    typed: bool = False,
) -> NumberFormat:
    """How numbers are written, from a sample of the cells of one column (a block at most).

    `delimiter` of the file (None where it has none), `decimal` the sign where it was said,
    `typed` where the file itself has numbers (a workbook, JSON): there a point is decimal.
    """
    examples = _examples(pa.array(sample, pa.string()))
    unit = _unit_behind(examples)
    bodies: Counter[str] = Counter()
    for text, count in examples.items():
        tail = re.match(_TAIL, text) if unit else None
        body = _bare(tail["number"] if tail else text)
        if _SIGNED.fullmatch(body) and (tail or not unit):
            bodies[body] += count
    signs = _Signs(bodies)
    if decimal is not None:
        return NumberFormat(decimal, "," if decimal == "." else ".", unit)
    if typed and any(re.fullmatch(_PLAIN, body) for body in bodies if "." in body):
        return NumberFormat(".", None, unit)
    return signs.found(unit, delimiter)


class _Signs:
    """What the numbers of a sample say about their signs."""

    def __init__(self, bodies: Mapping[str, int]) -> None:
        self.decimal: Counter[str] = Counter()
        self.thousands: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        """By sign: 1 to 3 digits, the sign, 3 digits."""
        self.whole = 0
        """Whole numbers from 1 to 999 without a sign."""
        self.long = 0
        """Whole numbers from 1000 on without a sign."""
        self.blank: str | None = None
        for body, times in bodies.items():
            self._count(body, times)

    def _count(self, body: str, times: int) -> None:
        number = _EXPONENT.sub("", body)
        for blank in (" ", "'"):
            if re.search(rf"\d{blank}\d{{3}}", number):
                self.blank = blank
        grouped = " " in number or "'" in number
        number = number.replace(" ", "").replace("'", "")
        dots, commas = number.count("."), number.count(",")
        if not dots and not commas:
            size = len(number.lstrip("0"))
            self.whole += 0 < size <= _GROUP
            self.long += size > _GROUP and not grouped
            return
        sign = "." if number.rfind(".") > number.rfind(",") else ","
        other = "," if sign == "." else "."
        if dots and commas:
            if number.count(sign) == 1:
                self.decimal[sign] += times
                self.thousands[other] += times
            return
        if dots + commas > 1:
            self.thousands[sign] += times
            return
        before, after = number.split(sign)
        closed = len(after) != _GROUP or not 0 < len(before) <= _GROUP or before.startswith("0")
        if closed or grouped or number != body.replace(" ", "").replace("'", ""):
            self.decimal[sign] += times
        else:
            self.open[sign] += times

    def found(self, unit: str | None, delimiter: str | None) -> NumberFormat:
        """The one reading that fits, or the likelier of two."""
        if self.decimal:
            return self._with_decimals(unit)
        if len(self.thousands) == 1:
            (sign,) = self.thousands
            return NumberFormat("," if sign == "." else ".", sign, unit, len(self.open) > 1)
        if self.open or self.thousands:
            return self._of_open_ones(unit, delimiter)
        return NumberFormat(".", self.blank, unit, seen=False)

    def _with_decimals(self, unit: str | None) -> NumberFormat:
        (sign, _), *rest = self.decimal.most_common()
        other = "," if sign == "." else "."
        # Two decimal signs: of the rarer one nothing is believed.
        groups = not rest and (self.thousands[other] or self.open[other])
        return NumberFormat(sign, other if groups else self.blank, unit)

    def _of_open_ones(self, unit: str | None, delimiter: str | None) -> NumberFormat:
        (sign, _), *rest = self.open.most_common() or self.thousands.most_common()
        other = "," if sign == "." else "."
        if rest or self.thousands:
            return NumberFormat(sign, self.blank, unit, ambiguous=True)
        if sign == "." and delimiter == ",":
            # Thousands points go with decimal commas, and those with another delimiter. But of
            # decimals a thousandth is whole: whole numbers beside them speak for thousands.
            return NumberFormat(".", self.blank, unit, ambiguous=bool(self.whole))
        if self.whole and not self.long:
            return NumberFormat(other, sign, unit)
        return NumberFormat(sign, self.blank, unit, ambiguous=True)


def _examples(column: pa.Array) -> Counter[str]:
    """Of the cells one of each shape, and how often the shape occurs, words for nothing aside.

    Digits make no difference, but for noughts that lead.
    """
    column = _tidy(column)
    shapes = pc.replace_substring_regex(column, r"^([^0-9]*)0+([^0-9]|$)", r"\1o\2")
    shapes = pc.replace_substring_regex(shapes, "[0-9]", "9").dictionary_encode()
    _, first, counts = np.unique(shapes.indices.to_numpy(), return_index=True, return_counts=True)
    texts = column.take(pa.array(first)).to_pylist()
    pairs = zip(texts, counts.tolist(), strict=True)
    return Counter({text: count for text, count in pairs if text.lower() not in MISSING})


def _unit_behind(examples: Counter[str]) -> str | None:
    """The one unit that stands behind the numbers; None where there are several, or it is rare."""
    units: Counter[str | None] = Counter()
    for text, count in examples.items():
        tail = re.match(_TAIL, text)
        if tail and not _EXPONENT.fullmatch(tail["word"]):
            units[_unit(tail["word"])] += count
    often = units.total() > examples.total() / 2
    return next(iter(units)) if len(units) == 1 and often else None


def _unit(word: str) -> str | None:
    return unit_of_cell(word.strip())


def _bare(text: str) -> str:
    """Digits and signs, without what says that it is negative."""
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return text.strip("+- ")


_TIDIED = (
    ("[\u00a0\u2007\u2009\u200a\u202f]", " "),
    ("[\u2018\u2019\u02bc\u00b4`]", "'"),
    ("[\u2212\u2012\u2013]", "-"),
)
"""Blanks, apostrophes and minus signs of typesetters."""
_TYPESET = "[^\\x00-\\x7f`]"


def _tidy(column: pa.Array) -> pa.Array:
    """Without blanks around, and with the signs of a keyboard."""
    column = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    if pc.any(pc.match_substring_regex(column, _TYPESET)).as_py():
        for pattern, sign in _TIDIED:
            column = pc.replace_substring_regex(column, pattern, sign)
    if _any(column, '"'):
        # What makes a workbook keep a text as it is.
        column = pc.replace_substring_regex(column, '^="(.*)"$', r"\1")
    return column


def _any(column: pa.Array, sign: str) -> bool:
    return bool(pc.any(pc.match_substring(column, sign)).as_py())


def _matches(column: pa.Array, pattern: str) -> Mask:
    return _mask(pc.fill_null(pc.match_substring_regex(column, pattern), False))


def _mask(array: pa.Array) -> Mask:
    return np.array(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=bool)


def _cast(column: pa.Array) -> NDArray[np.float64]:
    return np.array(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype="float64")
