"""What a workbook would take of memory, counted before it is read."""

import re
import zipfile
from collections.abc import Iterator
from pyexpat import ExpatError, ParserCreate
from typing import Any

from config.errors import InvalidReadings, TooLarge
from data.importers.containers.opening import DAMAGES, check_growth, whole

MOST_CELLS = 12_000_000
"""From the first cell of a sheet to the last, filled or not: 400 MB. A year of minutes in twenty
columns has ten million."""
MOST_COLUMNS = 16_384
"""Excel's own limit."""
MOST_UNPACKED = 1 << 30
"""Bytes of all parts that are looked at."""
MOST_TEXT = 256 << 20
"""Characters of all texts, each as often as cells refer to it."""

_PARTS = re.compile(r".*\.(?:xml|rels|bin)$", re.IGNORECASE)
_SHEETS = re.compile(r"xl/worksheets/[^/]*\.xml$", re.IGNORECASE)
_STRINGS = re.compile(r"xl/sharedStrings\.xml$", re.IGNORECASE)
_DIGITS = "0123456789"


def check_xlsx(archive: zipfile.ZipFile) -> None:
    """Raises `InvalidReadings` or `TooLarge` for a workbook that is none to read, or an attack."""
    _no_growth(archive)
    texts = _Texts()
    for member in archive.infolist():
        if _STRINGS.fullmatch(member.filename):
            _parse(archive, member, texts)
    for member in archive.infolist():
        if _SHEETS.fullmatch(member.filename):
            _parse(archive, member, _Cells(texts))


def check_ods(archive: zipfile.ZipFile) -> None:
    """As `check_xlsx`, for an OpenDocument spreadsheet."""
    _no_growth(archive)
    _parse(archive, archive.getinfo("content.xml"), _Repeats())


def _no_growth(archive: zipfile.ZipFile) -> None:
    """Unpack all parts once; what the directory says of their sizes may be a lie."""
    total = 0
    for member in archive.infolist():
        if not _PARTS.fullmatch(member.filename):
            continue
        grown = 0
        for piece in _pieces(archive, member):
            grown += len(piece)
            check_growth(grown, member.compress_size, "workbook")
            if total + grown > MOST_UNPACKED:
                raise TooLarge(
                    f"The workbook holds more than {MOST_UNPACKED >> 20} MB.",
                    hint="Save the sheet as CSV, which may be of any length.",
                )
        total += grown


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(whole(member)) as stream:
            while piece := stream.read(1 << 18):
                yield piece
    except (*DAMAGES, RuntimeError, OSError) as damaged:
        raise InvalidReadings(
            f"The workbook is damaged or protected: {str(damaged)[:200].rstrip('.')}.",
            hint="Save it anew, without a password.",
        ) from damaged


def _parse(archive: zipfile.ZipFile, member: zipfile.ZipInfo, counting: Any) -> None:
    parser = ParserCreate()
    parser.StartElementHandler = counting.start
    parser.EndElementHandler = getattr(counting, "end", None)
    parser.CharacterDataHandler = getattr(counting, "text", None)
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.buffer_text = True
    try:
        for piece in _pieces(archive, member):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except ExpatError as broken:
        raise InvalidReadings(
            f"{member.filename} of the workbook is broken: {broken}.", hint="Save it anew."
        ) from broken


def _no_doctype(*_: Any) -> None:
    raise InvalidReadings(
        "The workbook declares entities, which no table needs.", hint="Save it anew, or as CSV."
    )


def check_size(rows: int, columns: int) -> None:
    """Raises for a sheet that reaches so far: `InvalidReadings`, `TooLarge`."""
    if columns > MOST_COLUMNS:
        raise InvalidReadings(
            f"A sheet has {columns:,} columns, more than a workbook may have ({MOST_COLUMNS:,}).",
            hint="Save the columns with the readings as CSV.",
        )
    if rows * columns > MOST_CELLS:
        raise TooLarge(
            f"A sheet reaches over {rows:,} rows and {columns:,} columns.",
            hint="Delete what stands far from the table, or save the table as CSV.",
        )


class _Texts:
    """The longest of the shared texts, which cells refer to by number."""

    def __init__(self) -> None:
        self.longest = self._length = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        if name.endswith("si"):
            self._length = 0

    def text(self, text: str) -> None:
        self._length += len(text)
        self.longest = max(self.longest, self._length)


class _Cells:
    """The corner of a sheet that is farthest out, and what its cells refer to."""

    def __init__(self, texts: _Texts) -> None:
        self._texts = texts
        self._rows = self._columns = self._row = self._column = self._shared = 0
        self._numbers: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name[name.find(":") + 1 :]
        if name == "c":
            self._cell(attributes)
        elif name in ("v", "t", "f", "is"):
            # Cells without anything in them are only painted, and are not kept.
            if self._row > self._rows or self._column > self._columns:
                self._rows = max(self._rows, self._row)
                self._columns = max(self._columns, self._column)
                check_size(self._rows, self._columns)
        elif name == "row":
            place = attributes.get("r", "")
            self._row = int(place) if place.isdecimal() else self._row + 1
            self._column = 0

    def _cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            letters = place.rstrip(_DIGITS)
            column = self._numbers.get(letters)
            if column is None:
                column = self._numbers[letters] = _number_of(letters)
            self._column = column
            self._row = int(place[len(letters) :] or 0)
        if attributes.get("t") == "s":
            self._shared += 1
            if self._shared * self._texts.longest > MOST_TEXT:
                raise TooLarge(
                    "The workbook repeats long texts too often.",
                    hint="Save the columns with the readings as CSV.",
                )


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + ord(letter) - 64
    return number


class _Repeats:
    """The same of an OpenDocument sheet, where a cell and a row may stand for many."""

    def __init__(self) -> None:
        self._rows = self._columns = self._column = self._repeat = self._waiting = 0
        self._cell = self._texts = 0
        self._filled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.endswith("table-cell"):
            self._cell = _count(attributes, "table:number-columns-repeated")
            self._column += self._cell
            if "office:value-type" in attributes or "table:formula" in attributes:
                self._fill()
        elif name == "table:table-row":
            self._column, self._filled = 0, False
            self._repeat = _count(attributes, "table:number-rows-repeated")
        elif name == "table:table":
            self._rows = self._columns = self._waiting = 0

    def text(self, text: str) -> None:
        if not self._cell or not text.strip():
            return
        self._fill()
        self._texts += len(text) * self._cell * self._repeat
        if self._texts > MOST_TEXT:
            raise TooLarge(
                "The spreadsheet repeats texts too often.", hint="Save the table as CSV."
            )

    def end(self, name: str) -> None:
        if name.endswith("table-cell"):
            self._cell = 0
        elif name == "table:table-row":
            self._waiting += self._repeat
            if self._filled:
                self._rows, self._waiting = self._rows + self._waiting, 0

    def _fill(self) -> None:
        self._filled = True
        self._columns = max(self._columns, self._column)
        check_size(self._rows + self._waiting + self._repeat, self._columns)


def _count(attributes: dict[str, str], name: str) -> int:
    said = attributes.get(name, "1")
    return int(said) if said.isdecimal() and len(said) < 12 else 1 << 40
