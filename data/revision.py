"""What an answer about a meter rests on: kept answers with another mark are out of date."""

from typing import Any

from data.meters import Meter
from data.store import Span, Store, Tally

TOLD = ("unit", "timezone", "country", "subdivision", "resolution")
"""Facts of a meter by which the same readings mean something else."""

DIGITS = 12
"""Of a sum, whose last digits depend on the order in which a store adds up."""


def mark_of(store: Store, meter: Meter, span: Span) -> list[Any]:
    """The mark of the readings as they are now, as JSON types.

    The sum is part of it, because readings that are corrected leave their span as it was,
    whoever wrote them: the API, the command line, or another program into InfluxDB.
    """
    return mark_from(meter, span, store.tally(meter))


def mark_from(meter: Meter, span: Span, tally: Tally) -> list[Any]:
    """`mark_of` for readings that are at hand."""
    facts = meter.to_dict()
    return [
        span.first.isoformat(),
        span.last.isoformat(),
        tally.count,
        f"{tally.total:.{DIGITS}g}",
        *(facts[name] for name in TOLD),
    ]
