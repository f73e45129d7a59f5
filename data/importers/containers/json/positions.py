"""Series of the Common Information Model in JSON: points that have a place in a period, no time."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from data.importers.containers.json.table import Table
from data.importers.sheet import TIME

_STEP = re.compile(r"PT(?:(?P<hours>[0-9]{1,2})H|(?P<minutes>[0-9]{1,4})M)")
_PLACE = re.compile(r"[0-9]{1,6}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+(?:Z|[+-]\d\d:\d\d)")


def with_times(table: Table) -> Table:
    """With the time of each point in place of its `position`, counted from 1 in steps of its
    `resolution` from the `start` of its period on; as it is where there are none such.

    Source: IEC 62325-451, as ENTSO-E and the Danish Energinet send it.
    """
    ends = [name.rsplit(".", 1)[-1] for name in table.names]
    if not {"position", "resolution"} <= set(ends) or not table.rows:
        return table
    starts = [at for at, name in enumerate(table.names) if name.endswith(".start")]
    if not starts:
        return table
    # The last start is the innermost: that of the period, not of all that was asked for.
    position, resolution, start = ends.index("position"), ends.index("resolution"), starts[-1]
    times = [_time(str(row[position]), str(row[resolution]), str(row[start])) for row in table.rows]
    if not all(times):
        return table
    gone = {position, resolution, *starts, *(at for at, end in enumerate(ends) if end == "end")}
    kept = [at for at in range(len(ends)) if at not in gone]
    rows = [[time, *(row[at] for at in kept)] for time, row in zip(times, table.rows, strict=True)]
    return replace(table, names=(TIME, *(table.names[at] for at in kept)), rows=rows)


def _time(position: str, resolution: str, start: str) -> str | None:
    """None where one of the three is something else.

    Of days and months the length depends on the calendar: they are not counted on.
    """
    step = _STEP.fullmatch(resolution)
    if step is None or not _PLACE.fullmatch(position) or not _INSTANT.fullmatch(start):
        return None
    length = timedelta(hours=int(step["hours"] or 0), minutes=int(step["minutes"] or 0))
    try:
        return (datetime.fromisoformat(start) + (int(position) - 1) * length).isoformat()
    except (ValueError, OverflowError):  # no day of a calendar
        return None
