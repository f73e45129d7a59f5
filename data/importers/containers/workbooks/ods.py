"""What an .ods would take of memory, where a cell and a row may stand for many."""

import zipfile

from config.errors import TooLarge
from data.importers.containers.workbooks.bounds import MOST_TEXT, check_parts, check_size, parse


def check_ods(archive: zipfile.ZipFile) -> None:
    """Raises `InvalidReadings` or `TooLarge` for one that is none to read, or an attack."""
    check_parts(archive)
    parse(archive, archive.getinfo("content.xml"), _Repeats())


class _Repeats:
    """The corner of a sheet that is farthest out, with all that its elements stand for."""

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
