"""What was read of a table, as numbers: times, values, which text stood beside them. 20 bytes a
row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Texts = NDArray[Any]
Flags = NDArray[np.bool_]
Walls = NDArray[np.datetime64]
Floats = NDArray[np.float64]

EXAMPLES = 10
SHAPES = 200
"""Different shapes of what can't be read that are counted; the rest is not worth knowing."""


@dataclass
class Unread:
    """Cells of one column that can't be read: how many, where the first are, how they look."""

    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    shapes: Counter[str] = field(default_factory=Counter)

    def add(self, line: int, text: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((line, text))
        shape = "".join("9" if sign.isdigit() else sign for sign in text.strip()[:40])
        if shape in self.shapes or len(self.shapes) < SHAPES:
            self.shapes[shape] += 1

    def add_all(self, flags: Flags, lines: Any, texts: Texts) -> None:
        """Those of a column that are flagged."""
        for row in np.flatnonzero(flags).tolist():
            self.add(int(lines[row]), str(texts[row]))


@dataclass
class Labels:
    """The texts of a column as numbers, row by row, and what they stand for."""

    names: list[str] = field(default_factory=list)
    codes: list[NDArray[np.int32]] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)

    def add(self, texts: Texts) -> None:
        codes, uniques = pd.factorize(pd.Series(texts, dtype=object), use_na_sentinel=False)
        numbers = np.array([self._number(str(text).strip()) for text in uniques], dtype=np.int32)
        self.codes.append(numbers[codes] if len(numbers) else codes.astype(np.int32))

    def _number(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = len(self.names)
            self.names.append(text)
        return self._known[text]


@dataclass
class Held:
    """Columns of a table that grow block by block, by their positions in a row.

    `wall` is what the clock showed, or UTC where `absolute`; NaT where it can't be read.
    """

    wall: list[Walls] = field(default_factory=list)
    absolute: list[Flags] = field(default_factory=list)
    lines: list[NDArray[np.int32]] = field(default_factory=list)
    values: dict[int, list[Floats]] = field(default_factory=dict)
    labels: dict[int, Labels] = field(default_factory=dict)
    weather: dict[str, list[Floats]] = field(default_factory=dict)
    unread_times: Unread = field(default_factory=Unread)
    unread: dict[int, Unread] = field(default_factory=dict)
    missing: dict[int, Unread] = field(default_factory=dict)
    no_time: Unread = field(default_factory=Unread)
    ends_at_24: bool = False

    def whole(self) -> "Rows":
        """All of it in one piece; it is not held any more then."""
        return Rows(
            wall=_joined(self.wall, "datetime64[us]"),
            absolute=_joined(self.absolute, "bool"),
            lines=_joined(self.lines, "int32"),
            values={at: _joined(parts, "float64") for at, parts in self.values.items()},
            labels={
                at: (_joined(one.codes, "int32"), tuple(one.names))
                for at, one in self.labels.items()
                if one.codes
            },
            weather={name: _joined(parts, "float64") for name, parts in self.weather.items()},
        )


def _joined(parts: list[Any], kind: str) -> Any:
    whole = np.concatenate(parts) if parts else np.empty(0, dtype=kind)
    parts.clear()
    return whole


@dataclass(frozen=True)
class Rows:
    """All rows of a table as arrays of one length."""

    wall: Walls
    absolute: Flags
    lines: NDArray[np.int32]
    values: Mapping[int, Floats]
    labels: Mapping[int, tuple[NDArray[np.int32], tuple[str, ...]]]
    weather: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.wall)

    def only(self, rows: Flags) -> "Rows":
        """Those of a mask."""
        return Rows(
            wall=self.wall[rows],
            absolute=self.absolute[rows],
            lines=self.lines[rows],
            values={at: column[rows] for at, column in self.values.items()},
            labels={at: (codes[rows], names) for at, (codes, names) in self.labels.items()},
            weather={name: column[rows] for name, column in self.weather.items()},
        )
