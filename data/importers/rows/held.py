"""What was read of a table, as numbers: times, values, which text stood beside them. 21 bytes a
row."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.importers.rows.growing import Growing

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
    codes: Growing = field(default_factory=lambda: Growing("int32"))
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

    wall: Growing = field(default_factory=lambda: Growing("datetime64[us]"))
    absolute: Growing = field(default_factory=lambda: Growing("bool"))
    lines: Growing = field(default_factory=lambda: Growing("int32"))
    values: defaultdict[int, Growing] = field(default_factory=lambda: defaultdict(_numbers))
    labels: defaultdict[int, Labels] = field(default_factory=lambda: defaultdict(Labels))
    weather: defaultdict[str, Growing] = field(default_factory=lambda: defaultdict(_numbers))
    unread_times: Unread = field(default_factory=Unread)
    unread: dict[int, Unread] = field(default_factory=dict)
    missing: dict[int, Unread] = field(default_factory=dict)
    no_time: Unread = field(default_factory=Unread)
    ends_at_24: bool = False

    def whole(self) -> "Rows":
        """All of it in one piece; it is not held any more then."""
        return Rows(
            wall=self.wall.whole(),
            absolute=self.absolute.whole(),
            lines=self.lines.whole(),
            values={at: column.whole() for at, column in self.values.items()},
            labels={
                at: (one.codes.whole(), tuple(one.names))
                for at, one in self.labels.items()
                if len(one.codes)
            },
            weather={name: column.whole() for name, column in self.weather.items()},
        )


def _numbers() -> Growing:
    return Growing("float64")


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
