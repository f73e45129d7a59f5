"""Which of the tables in a JSON text is meant, and what stands beside it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from config.errors import InvalidRequest
from data.importers.containers.json.shapes import tables
from data.importers.containers.json.table import UNITS, Table, flat

AS_GOOD = 0.1
"""Share of the longest list's rows from which on another is one that may be meant."""


_ZONES = re.compile(r"time_?zone(?:_?(?:name|id))?|tz", re.IGNORECASE)


def choose(body: Any) -> Table | None:
    """The longest table with times and numbers; None where there is no table at all.

    Raises `InvalidRequest` where several are as good.
    """
    found = list(tables(body, ()))
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
    table = next(tables(node, steps), None) if node is not None else None
    if table is None or table.path[: len(steps)] != steps:
        paths = [".".join(one.path) or "(the whole)" for one in tables(body, ())]
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
        for name, value in (*flat(holder).items(), *_of_one_label(holder)):
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


def _of_one_label(holder: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the only object of a list beside says: {"labels": [{"unit": "Watts"}], "data": …}."""
    for beside in holder.values():
        if isinstance(beside, list) and len(beside) == 1 and isinstance(beside[0], Mapping):
            yield from ((name, one) for name, one in beside[0].items() if UNITS.fullmatch(name))


def with_units(table: Table, body: Any) -> Table:
    """With units behind the names that an object beside it gives: {"units": {"use": "Wh"}}."""
    node, units = body, dict[str, str]()
    for step in (*table.path, ""):
        if isinstance(node, Mapping):
            for name, value in flat(node).items():
                holder, _, last = name.rpartition(".")
                if UNITS.fullmatch(holder.rsplit(".", 1)[-1]) and isinstance(value, str):
                    units[last] = value.strip()
        node = _step(node, step)
    names = (f"{name} ({units[name]})" if units.get(name) else name for name in table.names)
    return replace(table, names=tuple(names))


def _step(node: Any, step: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    return None
