"""InfluxDB's annotated CSV: tables one below the other, each under rows that say what it is."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain

from config.errors import InvalidReadings
from data.importers.containers.opening import Content
from data.importers.containers.text import batches
from data.importers.options import ImportOptions
from data.importers.sheet import TIME, VALUE, Block, Sheet

NAMES = {"_time": TIME, "_value": VALUE}
"""Flux's names of the two columns that matter; others keep theirs (_field, _measurement, tags)."""
UNWANTED = frozenset({"", "result", "table", "_start", "_stop"})
"""What says of the query, not of the readings."""


def read(content: Content, options: ImportOptions) -> Sheet:
    """All tables as one, under the names of all their columns, which are the first row.

    Raises `InvalidReadings` where no table has a heading, or says that its query failed.
    """
    tables = _Tables()
    pieces = batches(content)
    first = next(pieces, (1, []))
    tables.look(first[1])
    if not tables.names:
        raise InvalidReadings("The annotated CSV has no table.", hint="Did the query find nothing?")
    blocks = _blocks(tables, chain([first], pieces), content)
    return Sheet(blocks, "annotated", content.facts, delimiter=",", typed=True)


class _Tables:
    """The heading that holds now, its defaults, and the columns of all tables."""

    def __init__(self) -> None:
        self.names = dict[str, int]()
        self._places = list[tuple[int, str]]()
        self._defaults = list[str]()
        self._annotated = True

    def look(self, lines: list[str]) -> None:
        """Find the columns of the tables in these lines, before any is read."""
        for row in csv.reader(lines):
            self.take(row, grow=True)
        self._places, self._defaults, self._annotated = [], [], True

    def take(self, row: list[str], *, grow: bool = False) -> list[str] | None:
        """A row under the names of all; None where it is a heading, an annotation or blank."""
        if not row or not any(row):
            self._annotated = True
            return None
        if row[0].startswith("#"):
            if row[0].startswith("#default"):
                self._defaults = row
            elif not self._annotated:
                self._defaults = []
            self._annotated = True
            return None
        if self._annotated:
            self._annotated = False
            if "error" in row[:2]:
                raise InvalidReadings("The query failed: this is its error.", hint="Export again.")
            self._heading(row, grow)
            return None
        found = [""] * len(self.names)
        for at, name in self._places:
            cell = row[at] if at < len(row) else ""
            found[self.names[name]] = cell or (
                self._defaults[at] if at < len(self._defaults) else ""
            )
        return found

    def _heading(self, row: list[str], grow: bool) -> None:
        named = [NAMES.get(name, name) for name in row]
        self._places = [(at, name) for at, name in enumerate(named) if name not in UNWANTED]
        for _, name in self._places:
            if grow:
                self.names.setdefault(name, len(self.names))
            elif name not in self.names:
                raise InvalidReadings(
                    f"A later table has a column {name!r}, which the first ones have not.",
                    hint="Export tables with the same columns, or each on its own.",
                )


def _blocks(
    tables: _Tables, pieces: Iterable[tuple[int, list[str]]], content: Content
) -> Iterator[Block]:
    rows, numbers = [list(tables.names)], [0]
    for first, lines in pieces:
        for number, row in enumerate(csv.reader(lines), start=first):
            taken = tables.take(row)
            if taken is not None:
                rows.append(taken)
                numbers.append(number)
        yield Block(rows, numbers, content.progress.fraction)
        rows, numbers = [], []
