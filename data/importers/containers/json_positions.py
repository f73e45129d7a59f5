"""Series of the Common Information Model in JSON: points that have a place in a period, no time."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from config.errors import EnergyError
from data.importers.containers.json_table import Table
from data.importers.sheet import TIME
from data.meters import parse_duration

_STEP = re.compile(r"PT\d+[HM]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+(?:Z|[+-]\d\d:\d\d)")


def with_times(table: Table) -> Table:
    """With the time of each point in place of its `position`, counted from 1 in steps of its
    `resolution` from the `start` of its period on; as it is where there are none such.

    Source: IEC 62325-451, as ENTSO-E and the Danish Energinet send it.
    """
    ends = [name.rsplit(".", 1)[-1] for name in table.names]
    places = [ends.index(word) if word in ends else -1 for word in ("position", "resolution")]
    start = next((at for at, name in enumerate(table.names) if name.endswith(".start")), -1)
    if min(*places, start) < 0 or not table.rows:
        return table
    position, resolution = places
    times = [_time(row, position, resolution, start) for row in table.rows]
    if not all(times):
        return table
    gone = {position, resolution, start, *(at for at, end in enumerate(ends) if end == "end")}
    kept = [at for at in range(len(ends)) if at not in gone]
    rows = [[time, *(row[at] for at in kept)] for time, row in zip(times, table.rows, strict=True)]
    return replace(table, names=(TIME, *(table.names[at] for at in kept)), rows=rows)


def _time(row: Sequence[Any], position: int, resolution: int, start: int) -> str | None:
    """None where one of the three is something else."""
    place, begin = str(row[position]), str(row[start])
    step = _step(str(row[resolution]))
    if step is None or not place.isdecimal() or not _INSTANT.fullmatch(begin):
        return None
    try:
        first = datetime.fromisoformat(begin)
    except ValueError:
        return None
    return (first + (int(place) - 1) * step).isoformat()


def _step(text: str) -> timedelta | None:
    """Of days and months the length depends on the calendar: they are not counted on."""
    if not _STEP.fullmatch(text):
        return None
    try:
        return parse_duration(text)
    except EnergyError:
        return None
