"""Rows of cells as columns of one length, and what is no row of the table among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from data.importers.cells.shapes import folded
from data.importers.rows.held import Flags, Texts, Unread
from data.importers.sheet import Block

_TOTALS = re.compile(r"^[^\d]*(?:summe|sum|total|totals|totaal|totale|gesamt|somme|suma)\b[^\d]*$")
"""What stands in place of the time in a row that sums up others: "Tagessumme:"."""
MOST_BELOW = 50
"""Lines of totals and remarks; more are rows of the table that can't be read."""


@dataclass
class Shape:
    """Brings rows to the width of the heading; tells of those that are broken."""

    names: tuple[str, ...]
    broken: Unread = field(default_factory=Unread)

    def columns(self, block: Block) -> tuple[Texts, Sequence[int]]:
        """Cells by column and row, and the line of each row."""
        width = len(self.names)
        rows, lines = block.rows, block.lines
        if set(map(len, rows)) <= {width}:
            return _matrix(rows, width), lines
        kept, at = [], []
        for row, line in zip(rows, lines, strict=True):
            if not any(cell.strip() for cell in row):
                continue
            if len(row) <= width:
                kept.append([*row, *[""] * (width - len(row))])
            elif any(cell.strip() for cell in row[width:]):
                words = f"{len(row)} cells where the heading has {width}"
                self.broken.add(line, words)
                continue
            else:  # a delimiter at the end of each line makes cells that the heading has not
                kept.append(row[:width])
            at.append(line)
        return _matrix(kept, width), at


def _matrix(rows: Sequence[Sequence[str]], width: int) -> Texts:
    return np.array(rows, dtype=object).reshape(len(rows), width).T


@dataclass
class Below:
    """Lines without a time: what stands below a table is no loss, what stands within it is one."""

    unread: Unread
    pending: list[tuple[int, str, str]] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def take(self, times: Texts, whole: Texts, lines: Sequence[int], readable: Flags) -> None:
        """The rows of a block: `times` as text, all cells as `whole`, those with a time."""
        last = int(np.flatnonzero(readable).max(initial=-1))
        if last >= 0:
            self.goes_on()
        for at in np.flatnonzero(~readable).tolist():
            text = str(times[at]).strip()
            row = " ".join(str(cell).strip() for cell in whole[:, at] if str(cell).strip())
            self.pending.append((lines[at], text, row))
            if at < last or len(self.pending) > MOST_BELOW:
                self.goes_on()

    def end(self) -> None:
        """Nothing comes any more: what is left stands below, unless it looks like a row."""
        for line, text, row in self.pending:
            if text[:1].isdigit():
                self.unread.add(line, text)
            else:
                self.noted.append(f"line {line}: {row[:40]!r}")
        self.pending = []

    def goes_on(self) -> None:
        """The table does: what came without a time stood within it."""
        for line, text, row in self.pending:
            if _TOTALS.search(folded(text)):
                self.noted.append(f"line {line}: {row[:40]!r}")
            else:
                self.unread.add(line, text)
        self.pending = []
