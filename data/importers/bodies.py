"""Bodies of requests, which are one meter's."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from data.importers.importing import import_readings
from data.importers.options import ImportOptions
from data.importers.reading import Progress
from data.importers.series.grids import BRIDGE
from data.importers.sheet import Source
from data.importers.summary import ImportSummary
from data.meters import Meter
from data.store import Store


def import_body(
    store: Store,
    meter: Meter,
    source: Source,
    *,
    form: str | None,
    options: Mapping[str, Any],
    bridge: timedelta = BRIDGE,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings of a body in format `form` (a name of `data.importers.formats.FORMATS`).

    A meter that is deleted meanwhile stays so (`UnknownMeter`): this never adds one. Raises what
    `import_readings` raises.
    """
    return import_readings(
        store,
        meter,
        source,
        ImportOptions.of(options),
        form=form,
        known_only=True,
        bridge=bridge,
        progress=progress,
    )
