"""What an .xlsx would take of memory: how far its cells reach, and what they refer to."""

import re
import zipfile
from itertools import chain

from config.errors import TooLarge
from data.importers.containers.workbooks.bounds import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_TEXT,
    check_parts,
    check_size,
    parse,
    pieces,
)

_STRINGS = re.compile(r"xl/sharedStrings\.xml$", re.IGNORECASE)
_LINKS = re.compile(r"xl/_rels/workbook\.xml\.rels", re.IGNORECASE)
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_PLACE = re.compile(rb'<c r="([A-Z]{1,7})([0-9]{1,7})"(?: [a-z:]+="[^"<>&]*")* ?/?>')
LONGEST_TAG = 1 << 16
_DIGITS = "0123456789"
_LONG = 12  # digits that say all there is to say of a number that is too large
_FILLED = frozenset({"v", "t", "f", "is"})


def check_xlsx(archive: zipfile.ZipFile) -> None:
    """Raises `InvalidReadings` or `TooLarge` for a workbook that is none to read, or an attack."""
    parts, texts = check_parts(archive), _Texts()
    for member in parts:
        if _STRINGS.fullmatch(member.filename):
            parse(archive, member, texts)
    links = b"".join(
        piece.lower()
        for member in parts
        if _LINKS.fullmatch(member.filename)
        for piece in pieces(archive, member)
    )
    for member in parts:
        # Any part may be a sheet, whatever its name, if the workbook links it.
        name = member.filename.rsplit("/", 1)[-1].lower().encode()
        linked = name in links or b"&" in links
        if not linked or _STRINGS.fullmatch(member.filename):
            continue
        if not _plain(archive, member, texts.longest):
            parse(archive, member, _Cells(texts))


def _plain(archive: zipfile.ZipFile, member: zipfile.ZipInfo, longest: int) -> bool:
    """Whether a sheet that is written as programs write it is certainly small enough.

    Four times as fast as a parser, which looks at whatever this is not sure of.
    """
    cells = told = shared = rows = 0
    letters, rest = set[bytes](), b""
    for piece in chain(pieces(archive, member), [b"<"]):
        data = rest + piece
        cut = data.rfind(b"<")
        data, rest = data[:cut], data[cut:]
        if b"\0" in data or len(rest) > LONGEST_TAG:
            return False
        places = _PLACE.findall(data)
        cells += len(_CELL.findall(data))
        told += len(places)
        shared += data.count(b't="s"')
        letters.update(place for place, _ in places)
        rows = max(rows, max((int(number) for _, number in places), default=0))
    columns = max((_number_of(place.decode()) for place in letters), default=0)
    small = columns <= MOST_COLUMNS and rows * columns <= MOST_CELLS
    return 0 < cells == told and small and shared * longest <= MOST_TEXT


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
        if name != "c" and name != "v" and ":" in name:
            name = name[name.find(":") + 1 :]
        if name == "c":
            place = attributes.get("r")
            if place is None:
                self._column += 1
            else:
                letters = place.rstrip(_DIGITS)
                self._column = self._numbers.get(letters) or self._number(letters)
                self._row = int(place[len(letters) :][:_LONG] or 0)
            if attributes.get("t") == "s":
                self._share()
        elif name in _FILLED:
            # Cells without anything in them are only painted, and are not kept.
            if self._row > self._rows or self._column > self._columns:
                self._rows = max(self._rows, self._row)
                self._columns = max(self._columns, self._column)
                check_size(self._rows, self._columns)
        elif name == "row":
            place = attributes.get("r", "")
            self._row = int(place[:_LONG]) if place.isdecimal() else self._row + 1
            self._column = 0

    def _number(self, letters: str) -> int:
        number = self._numbers[letters] = _number_of(letters)
        return number

    def _share(self) -> None:
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
