"""Where readings are in a JSON text, whoever wrote it: lists of objects or rows, or columns."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from config.errors import InvalidRequest
from data.importers.sheet import TIME, UNIT, VALUE

MOST_NAMES = 2_000
"""Fields of a row; where there are more, names hold what should be values."""
DEEPEST = 12
"""Objects in each other; readings lie two or three deep."""
LOOKED_AT = 50
"""Rows by which a list is judged."""
AS_GOOD = 0.1
"""Share of the longest list's rows from which on another is one that may be meant."""

SERIES = "series"
"""The column that says which of several lists of one kind a row is from."""

UNITS = re.compile(
    r"(?:(?:consumption|production|energy|value|quantity|measure|reading|power|flow|volume)_?)?"
    r"(?:units?|uom|unit_?of_?meas(?:ure(?:ment)?)?)",
    re.IGNORECASE,
)
"""Names that a unit goes by."""
_ZONES = re.compile(r"time_?zone(?:_?(?:name|id))?|tz", re.IGNORECASE)
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
        plain = {at for row in some for at, cell in enumerate(row) if _is_number(cell)}
        return len(self.rows) if (timed and plain - timed) or len(timed & plain) > 1 else 0


def choose(body: Any) -> Table | None:
    """The longest table with times and numbers; None where there is no table at all.

    Raises `InvalidRequest` where several are as good.
    """
    found = list(_tables(body, ()))
    if not found:
        return None
    best = max(found, key=lambda table: (table.weight, len(table.rows)))
    good = [table for table in found if table.weight and table.weight >= AS_GOOD * best.weight]
    if len(good) > 1:
        listed = [".".join(table.path) for table in good[:20]]
        counts = ", ".join(
            f"{path} ({len(table.rows):,} rows)" for path, table in zip(listed, good, strict=False)
        )
        raise InvalidRequest(
            f"The JSON holds {len(good)} lists of readings: {counts}.",
            hint="Say which one with `path`.",
            field="path",
            choices=listed,
        )
    return best


def at_path(body: Any, path: str) -> Table:
    """The table at a path such as data.readings or results.0.series.

    Raises `InvalidRequest` with those that there are.
    """
    node, steps = body, tuple(path.strip(".").split("."))
    at = 0
    while at < len(steps) and node is not None:
        # A name may hold dots itself (sensor.meter).
        for end in range(len(steps), at, -1):
            inner = _step(node, ".".join(steps[at:end]))
            if inner is not None:
                node, at = inner, end
                break
        else:
            node = None
    table = next(_tables(node, steps), None) if node is not None else None
    if table is None or table.path[: len(steps)] != steps:
        paths = [".".join(one.path) or "(the whole)" for one in _tables(body, ())]
        raise InvalidRequest(
            f"There is no list of readings at {path!r}.",
            hint=f"There are some at {', '.join(paths[:20])}."
            if paths
            else "There is none at all.",
            field="path",
            choices=paths[:20],
        )
    return table


def facts_beside(body: Any, path: tuple[str, ...]) -> dict[str, str]:
    """Unit and zone that stand beside a list or above it, the nearest first."""
    above, node = list[Mapping[str, Any]](), body
    for step in path:
        if isinstance(node, Mapping):
            above.append(node)
        node = _step(node, step)
    if isinstance(node, Mapping):
        above.append(node)
    facts = dict[str, str]()
    for holder in reversed(above):
        for name, value in flat(holder).items():
            last = name.rsplit(".", 1)[-1]
            if not isinstance(value, str) or not value.strip():
                continue
            if UNITS.fullmatch(last):
                facts.setdefault("unit", value.strip())
            elif _ZONES.fullmatch(last):
                facts.setdefault("zone", value.strip())
            elif last == "next":
                facts.setdefault("pages", "there are more: see `next` in the text")
    return facts


def _step(node: Any, step: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    return None


def _tables(node: Any, path: tuple[str, ...]) -> Iterator[Table]:
    """This as a table, or else those within it."""
    if len(path) > DEEPEST:
        return
    if not isinstance(node, (list, Mapping)):
        return
    table = _of_list(node, path) if isinstance(node, list) else _of_object(node, path)
    if table is not None and (table.weight or isinstance(node, Mapping)):
        yield table
    elif isinstance(node, Mapping):
        inner = [found for name, child in node.items() for found in _tables(child, (*path, name))]
        yield from _together(inner, path)
    else:
        inner = [
            found
            for at, child in enumerate(node[:LOOKED_AT])
            if isinstance(child, (list, Mapping))
            for found in _tables(child, (*path, str(at)))
        ]
        # Rows that are no readings may still hold some.
        own = [table] if table is not None else []
        yield from [found for found in inner if found.weight] or own or inner


def _together(found: list[Table], path: tuple[str, ...]) -> list[Table]:
    """Lists side by side with the same fields become one, with their names in a column."""
    timed = [table for table in found if table.weight]
    beside = all(len(table.path) == len(path) + 1 for table in timed)
    if len(timed) < 2 or not beside or len({table.names for table in timed}) > 1:
        return found
    rows = [[table.path[-1], *row] for table in timed for row in table.rows]
    return [Table(path, (SERIES, *timed[0].names), rows)]


def _of_list(node: list[Any], path: tuple[str, ...]) -> Table | None:
    if not node:
        return None
    if all(isinstance(row, Mapping) for row in node):
        return _of_series(node, path) or _of_records(node, path)
    if not all(isinstance(row, list) for row in node):
        return None
    if all(_is_row(row) for row in node):
        return _of_rows(node, path)
    if all(isinstance(record, Mapping) for row in node for record in row):
        # Home Assistant: one list an entity, and only its first record says whose it is.
        return _of_records(list(chain.from_iterable(map(_told_once, node))), path)
    return None


def _of_rows(node: list[list[Any]], path: tuple[str, ...]) -> Table | None:
    width = max(map(len, node))
    first = node[0]
    if width < 2:
        return None
    if all(isinstance(cell, str) and not is_time(cell) and not _is_number(cell) for cell in first):
        table = Table(path, tuple(first), node[1:])
    else:
        names = [f"column {at}" for at in range(1, width + 1)]
        if width == 2:
            names = [TIME, VALUE]
        table = Table(path, tuple(names), node)
    return table if table.weight else None


def _of_records(node: Iterable[Mapping[str, Any]], path: tuple[str, ...]) -> Table:
    records = [record if _is_flat(record) else flat(record) for record in node]
    names = dict.fromkeys(name for record in records for name in record)
    if len(names) > MOST_NAMES:
        raise InvalidRequest(
            f"The rows of the JSON have {len(names):,} different fields.",
            hint="Names of fields should not hold times or values.",
        )
    rows = [[record.get(name) for name in names] for record in records]
    return Table(path, _named(names), rows)


def _of_series(node: list[Mapping[str, Any]], path: tuple[str, ...]) -> Table | None:
    """Objects that each hold a list of readings, with what names the series beside it."""
    records = list[dict[str, Any]]()
    for holder in node:
        own = flat(holder)
        if any(is_time(value) and isinstance(value, str) for value in own.values()) and not any(
            isinstance(value, list) and len(value) > 1 for value in holder.values()
        ):
            return None
        inner = [table for table in _tables(holder, path) if table.weight]
        if len(inner) != 1:
            return None
        table = inner[0]
        records += (own | dict(zip(table.names, row, strict=False)) for row in table.rows)
    return _of_records(records, path)


def _of_object(node: Any, path: tuple[str, ...]) -> Table | None:
    if not isinstance(node, Mapping):
        return None
    names = node.get("columns")
    rows = node.get("values", node.get("data", node.get("rows")))
    if (
        isinstance(names, list)
        and _is_row(names)
        and isinstance(rows, list)
        and all(map(_is_row, rows))
    ):
        return Table(path, _named(map(str, names)), rows)
    if node and all(is_time(name) for name in node):
        return _of_times(node, path)
    columns = {
        name: cells for name, cells in node.items() if _is_row(cells) and isinstance(cells, list)
    }
    timed = [name for name, cells in columns.items() if cells and all(map(is_time, cells[:5]))]
    if not timed:
        return None
    long = len(columns[timed[0]])
    columns = {name: cells for name, cells in columns.items() if len(cells) == long}
    if len(columns) < 2:
        return None
    plain = {"times": TIME, "values": VALUE}
    named = _named(plain.get(name, name) for name in columns)
    return Table(path, named, list(zip(*columns.values(), strict=True)))


def _of_times(node: Mapping[str, Any], path: tuple[str, ...]) -> Table | None:
    """Times as names: each with a value, or with an object of some."""
    if any(isinstance(value, list) for value in node.values()):
        return None
    records = [
        {TIME: name} | (flat(value) if isinstance(value, Mapping) else {VALUE: value})
        for name, value in node.items()
    ]
    table = _of_records(records, path)
    return table if table.weight else None


def flat(record: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Fields of objects within objects as `a.b`; lists are left out."""
    found = dict[str, Any]()
    for name, value in record.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            found |= {f"{name}.{inner}": cell for inner, cell in flat(value, depth + 1).items()}
        elif not isinstance(value, (list, Mapping)):
            found[name] = value
    return found


def _is_flat(record: Mapping[str, Any]) -> bool:
    return not any(isinstance(cell, (list, Mapping)) for cell in record.values())


def _told_once(records: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    told = dict[str, Any]()
    for record in records:
        told |= {name: record[name] for name in ("entity_id", "attributes") if name in record}
        yield {**told, **record}


def _named(names: Iterable[str]) -> tuple[str, ...]:
    """With the name that a column of units has everywhere."""
    named = list(names)
    if UNIT not in named:
        for at, name in enumerate(named):
            if UNITS.fullmatch(name.rsplit(".", 1)[-1]):
                named[at] = UNIT
                break
    return tuple(named)


def _is_row(node: Any) -> bool:
    return isinstance(node, list) and not any(isinstance(cell, (list, Mapping)) for cell in node)


def is_time(cell: Any) -> bool:
    """Whether this may be a time: a date as text, or seconds since 1970."""
    if isinstance(cell, str):
        return _DATE.match(cell.strip()) is not None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return any(low < cell < high for low, high in _EPOCHS)
    return False


def _is_number(cell: Any) -> bool:
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell) is not None
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)
