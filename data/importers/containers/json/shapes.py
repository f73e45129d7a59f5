"""Where readings are in a JSON text, whoever wrote it: lists of objects or rows, or columns."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from config.errors import InvalidRequest
from data.importers.containers.json.table import (
    DEEPEST,
    LOOKED_AT,
    Table,
    flat,
    is_flat,
    is_number,
    is_row,
    is_time,
    named,
)
from data.importers.sheet import TIME, VALUE

MOST_NAMES = 2_000
"""Fields of a row; where there are more, names hold what should be values."""
SERIES = "series"
"""The column that says which of several lists of one kind a row is from."""


def tables(node: Any, path: tuple[str, ...]) -> Iterator[Table]:
    """This as a table, or else those within it, each with its path."""
    if len(path) > DEEPEST:
        return
    if not isinstance(node, (list, Mapping)):
        return
    table = _of_list(node, path) if isinstance(node, list) else _of_object(node, path)
    if table is not None and (table.weight or isinstance(node, Mapping)):
        yield table
    elif isinstance(node, Mapping):
        inner = [found for name, child in node.items() for found in tables(child, (*path, name))]
        yield from _together(inner, path)
    else:
        inner = [
            found
            for at, child in enumerate(node[:LOOKED_AT])
            if isinstance(child, (list, Mapping))
            for found in tables(child, (*path, str(at)))
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
    if all(is_row(row) for row in node):
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
    if all(isinstance(cell, str) and not is_time(cell) and not is_number(cell) for cell in first):
        table = Table(path, tuple(first), node[1:])
    else:
        names = [f"column {at}" for at in range(1, width + 1)]
        if width == 2:
            names = [TIME, VALUE]
        table = Table(path, tuple(names), node)
    return table if table.weight else None


def _of_records(node: Iterable[Mapping[str, Any]], path: tuple[str, ...]) -> Table:
    records = [record if is_flat(record) else flat(record) for record in node]
    names = dict.fromkeys(name for record in records for name in record)
    if len(names) > MOST_NAMES:
        raise InvalidRequest(
            f"The rows of the JSON have {len(names):,} different fields.",
            hint="Names of fields should not hold times or values.",
        )
    rows = [[record.get(name) for name in names] for record in records]
    return Table(path, named(names), rows)


def _of_series(node: list[Mapping[str, Any]], path: tuple[str, ...]) -> Table | None:
    """Objects that each hold a list of readings, with what names the series beside it."""
    records = list[dict[str, Any]]()
    for holder in node:
        own = flat(holder)
        if any(is_time(value) and isinstance(value, str) for value in own.values()) and not any(
            isinstance(value, list) and len(value) > 1 for value in holder.values()
        ):
            return None
        dated = any(is_time(value) for value in own.values())
        # Of a day only the hours may be told within: {"date": …, "hours": [{"hour": 0, …}, …]}.
        inner = [table for table in tables(holder, path) if table.weight or (dated and table.path)]
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
        and is_row(names)
        and isinstance(rows, list)
        and all(map(is_row, rows))
    ):
        return Table(path, named(map(str, names)), rows)
    if node and all(is_time(name) for name in node):
        return _of_times(node, path)
    columns = {
        name: cells for name, cells in node.items() if is_row(cells) and isinstance(cells, list)
    }
    timed = [name for name, cells in columns.items() if cells and all(map(is_time, cells[:5]))]
    if not timed:
        return None
    long = len(columns[timed[0]])
    columns = {name: cells for name, cells in columns.items() if len(cells) == long}
    if len(columns) < 2:
        return None
    plain = {"times": TIME, "values": VALUE}
    titles = named(plain.get(name, name) for name in columns)
    return Table(path, titles, list(zip(*columns.values(), strict=True)))


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


def _told_once(records: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    told = dict[str, Any]()
    for record in records:
        told |= {name: record[name] for name in ("entity_id", "attributes") if name in record}
        yield {**told, **record}
