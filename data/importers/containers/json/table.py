"""Tables that a JSON text holds, and what their cells look like."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.importers.sheet import UNIT

LOOKED_AT = 50
"""Rows by which a list is judged."""
DEEPEST = 12
"""Objects in each other; readings lie two or three deep."""

UNITS = re.compile(
    r"(?:(?:consumption|production|energy|value|quantity|measure|reading|power|flow|volume)_?)?"
    r"(?:units?|uom|unit_?of_?meas(?:ure(?:ment)?)?)",
    re.IGNORECASE,
)
"""Names that a unit goes by."""
_UNIT_WITHIN = re.compile(r"(?:.*[._])?unit\.(?:name|symbol|code)", re.IGNORECASE)
"""Names of a field of an object that is a unit: "measurement_Unit.name"."""
_DATE = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{4}-\d\d(?:T|$)|\d{8}(?:T?\d{4,6}Z?)?$|\d{10}$|\d{13}$"
)
_NUMBER = re.compile(r"\s*[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?\s*")
_EPOCHS = ((3e8, 5e9), (3e11, 5e12), (3e14, 5e15), (3e17, 5e18))
"""Seconds, milli-, micro- and nanoseconds from 1979 to 2128."""


@dataclass(frozen=True)
class Table:
    """Rows under names, and the path to where they were."""

    path: tuple[str, ...]
    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def weight(self) -> int:
        """How many rows, where they have a time and a number; else none."""
        some = self.rows[:LOOKED_AT]
        timed = {at for row in some for at, cell in enumerate(row) if is_time(cell)}
        plain = {at for row in some for at, cell in enumerate(row) if is_number(cell)}
        return len(self.rows) if (timed and plain - timed) or len(timed & plain) > 1 else 0


def flat(record: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Fields of objects within objects as `a.b`; lists are left out."""
    found = dict[str, Any]()
    for name, value in record.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            found |= {f"{name}.{inner}": cell for inner, cell in flat(value, depth + 1).items()}
        elif not isinstance(value, (list, Mapping)):
            found[name] = value
    return found


def is_flat(record: Mapping[str, Any]) -> bool:
    return not any(isinstance(cell, (list, Mapping)) for cell in record.values())


def named(names: Iterable[str]) -> tuple[str, ...]:
    """With the name that a column of units has everywhere."""
    named = list(names)
    if UNIT not in named:
        for at, name in enumerate(named):
            if UNITS.fullmatch(name.rsplit(".", 1)[-1]) or _UNIT_WITHIN.fullmatch(name):
                named[at] = UNIT
                break
    return tuple(named)


def is_row(node: Any) -> bool:
    return isinstance(node, list) and not any(isinstance(cell, (list, Mapping)) for cell in node)


def is_time(cell: Any) -> bool:
    """Whether this may be a time: a date as text, or seconds since 1970."""
    if isinstance(cell, str):
        return _DATE.match(cell.strip()) is not None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return any(low < cell < high for low, high in _EPOCHS)
    return False


def is_number(cell: Any) -> bool:
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell) is not None
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)
