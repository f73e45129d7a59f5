"""Bodies of requests: which importer reads a format, and the options it takes."""

from collections.abc import Mapping
from typing import Any

from data.importers.importing import Progress, import_json, import_lines, import_table
from data.importers.rows import Source
from data.importers.summary import ImportSummary
from data.meters import Meter
from data.store import Store

IMPORTERS = {"csv": import_table, "json": import_json, "lines": import_lines}

OPTIONS: Mapping[str, frozenset[str]] = {
    "csv": frozenset(
        {"time_column", "value_column", "timezone", "day_first", "unit", "counter", "interval_end"}
    ),
    "json": frozenset({"timezone", "unit", "counter", "interval_end"}),
    "lines": frozenset({"value_column", "precision", "unit", "counter"}),
}


def import_body(
    store: Store,
    meter: Meter,
    source: Source,
    *,
    form: str,
    options: Mapping[str, Any],
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings of a body in format `form` (a value of `data.formats.FORMATS`).

    Options that the format does not know are left out. A meter that is deleted meanwhile stays so
    (`UnknownMeter`): this never adds one. Raises what its importer raises.
    """
    known = {name: value for name, value in options.items() if name in OPTIONS[form]}
    read = IMPORTERS[form]
    return read(store, meter, source, known_only=True, progress=progress, **known)  # type: ignore[operator]
