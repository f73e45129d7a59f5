"""Readings that are deleted, and the counts of a cumulative meter that go with them."""

from dataclasses import replace
from datetime import datetime, timedelta

from data.importers.storing.counters import ADJACENT, LONGEST
from data.meters import Count, Meter
from data.store import Store

SECOND = timedelta(seconds=1)


def delete_readings(store: Store, meter: Meter, start: datetime, end: datetime) -> int:
    """Remove the readings of [start, end) and forget the counts that they came from.

    The next count goes on from the newest one that is remembered. One whose consumption was
    deleted was wrong, or stood at a wrong time: what is counted from there is no consumption
    either. A count that a reading before the range or after it came from too stays.

    :returns: how many readings there were.
    :raises UnknownMeter: there is no such meter (any more).
    """
    deleted = store.delete_readings(meter, start, end)
    known = store.meter(meter.meter_type, meter.meter_id)
    if known.last_count is not None:
        left = _counts_left(store, known, known.last_count, start, end)
        if left != known.last_count:
            store.put_meter(replace(known, last_count=left))
    return deleted


def _counts_left(
    store: Store, meter: Meter, last: Count, start: datetime, end: datetime
) -> Count | None:
    """Of the counts that are remembered, those that the readings of [start, end) say nothing of."""
    step = ADJACENT * (meter.resolution or LONGEST)

    def stays(time: datetime) -> bool:
        if not start <= time < end + step:
            return True
        # A reading stands where its interval starts: at this count, or at the one before.
        return store.tally(meter, time - step, time + SECOND).count > 0

    counts = [*last.before, (last.time, last.value)]
    left = [(time, value) for time, value in counts if stays(time)]
    if not left:
        return None
    *before, (time, value) = left
    # What was counted before a fall is of no use once the fall is forgotten.
    peak = last.peak if time == last.time else None
    return Count(time, value, tuple(before), peak)
