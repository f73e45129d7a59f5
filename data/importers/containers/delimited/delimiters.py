"""The sign that parts the cells of a text, found by what is left between."""

import csv
import re
from collections import Counter
from collections.abc import Sequence

COMMENT = "#"

DELIMITERS = {";": "semicolon", "\t": "tab", "|": "bar", ",": "comma"}
"""With their names; of two that fit alike the earlier one, since a comma may be a decimal sign."""

BLANKS = re.compile(r"[ \t]{2,}")
BLANK = re.compile(r"[ \t]+")

SAMPLE = 100
"""Rows that are looked at: titles above the table are a few of them."""
SURE = 0.9
"""Share of rows and cells that blanks must explain, which also stand within cells."""

TOLD = 0.6
"""A score from which on a sign is believed: texts stand beside times and numbers, but fewer. Not
of a
comma, which may be a decimal sign."""

_NUMBER = r"[-+−]?(?:\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+|\d+)?(?:[.,]\d+)?(?:[eE][-+]?\d+)?[-%]?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?:\d{1,4}[-./ ](?:\d{1,2}|[^\W\d]{3,9}\.?)[-./ ]\d{1,4}\.?|\d{6,14})"
_TIME = rf"(?:{_DATE}(?:[T ]+{_CLOCK})?|{_CLOCK})(?: ?(?:Z|[A-Z]{{2,4}}|[+-]\d\d:?\d\d))?"
_CELL = re.compile(rf"\s*(?:{_NUMBER}|{_TIME}(?: ?[-–] ?{_TIME})?)\s*")


def delimiter_of(lines: Sequence[str]) -> str:
    """One of `DELIMITERS`; two blanks where runs of them part the cells, one where single ones do.

    By how many rows have equally many cells, and how many of these are a number or a time: a
    wrong sign cuts both in pieces. "," where nothing parts anything.
    """
    sample = [line for line in lines if line.strip() and not line.startswith(COMMENT)][:SAMPLE]
    found = {sign: _score(split(sample, sign)) for sign in DELIMITERS}
    best = max(found, key=found.__getitem__)
    if found[best] < (SURE if best == "," else TOLD):
        for sign in ("  ", " "):
            if _score(split(sample, sign)) > SURE:
                return sign
    return best if found[best] else ","


def split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Rows of cells."""
    if not delimiter.isspace() or delimiter == "\t":
        return list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    blanks = BLANKS if len(delimiter) > 1 else BLANK
    apart = (blanks.sub("\t", line.strip()) for line in lines)
    return list(csv.reader(apart, delimiter="\t"))


def _score(rows: Sequence[Sequence[str]]) -> float:
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda found: (found[1], found[0]))
    # The first is the heading, where there are others.
    table = [row for row in rows if len(row) == width]
    cells = [cell for row in table[1:] or table for cell in row]
    plain = sum(_CELL.fullmatch(cell) is not None for cell in cells) / len(cells)
    return count / len(rows) * (0.1 + plain)
