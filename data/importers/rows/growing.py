"""A column of numbers that grows as a table is read."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST = 65_536
"""Rows of a column at first: more than a block has."""


class Growing:
    """An array whose room grows by a quarter.

    Pieces in a list would lie between the texts they were read from, which are freed at once, and
    keep their pages from the system: twice the memory.
    """

    def __init__(self, kind: str) -> None:
        self._count = 0
        self._room = np.empty(0, dtype=kind)

    def __len__(self) -> int:
        return self._count

    def append(self, part: NDArray[Any]) -> None:
        """Add rows at the end."""
        count = self._count + len(part)
        if count > len(self._room):
            self._room.resize(max(count, len(self._room) * 5 // 4, FIRST), refcheck=False)
        self._room[self._count : count] = part
        self._count = count

    def whole(self) -> NDArray[Any]:
        """All rows; the column is empty then."""
        self._room.resize(self._count, refcheck=False)
        whole, self._room, self._count = self._room, self._room[:0].copy(), 0
        return whole
