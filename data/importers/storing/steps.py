"""How far apart readings are: in what is sent, and by the catalogue's word."""

from datetime import timedelta

import numpy as np
import pandas as pd

from config.errors import InvalidRequest
from data.frames import commonest_step
from data.meters import Meter, can_be_resolution, format_duration
from data.store import Store

DAY = timedelta(days=1)

FEW = 48
"""Readings: a step that fewer show may be that of an outage, or of two readings out of turn."""


def source_step(
    own: timedelta | None, count: int, resolution: timedelta | None
) -> timedelta | None:
    """How long each of `count` readings lasts: their own step where they show it, else the meter's.

    A finer step needs no more than two readings to be seen; a coarser one may be that of a gap.
    """
    if own is None or resolution is None:
        return own or resolution
    finer = own < resolution and can_be_resolution(own)
    return own if finer or count >= FEW else resolution


def found_resolution(
    store: Store, meter: Meter, index: pd.DatetimeIndex, own: timedelta | None
) -> timedelta | None:
    """The resolution that the meter has from now on.

    One that was found from few readings is found anew with those of `index`; one that readings
    did not show was said by someone and stays.
    """
    usable = own is not None and can_be_resolution(own)
    if meter.resolution is None:
        return own if usable else None
    if not usable or own == meter.resolution or not 0 < store.tally(meter).count < FEW:
        return meter.resolution
    stored = pd.DatetimeIndex(store.readings(meter).index)
    if commonest_step(stored) != meter.resolution:
        return meter.resolution
    together = commonest_step(stored.union(index))
    usable = together is not None and can_be_resolution(together)
    return together if usable else meter.resolution


def starts_of(ends: pd.DatetimeIndex, step: timedelta | None, meter: Meter) -> pd.DatetimeIndex:
    """Where the intervals start that end there; a day's is a day earlier by the meter's calendar.

    :raises InvalidRequest: the step is not known.
    """
    if step is None:
        raise InvalidRequest(
            f"Where an interval of {meter.key} starts cannot be told from one end.",
            hint="Send two readings at once, or give the meter a resolution (PUT /meters/…).",
            field="interval_end",
        )
    if step != DAY:
        return ends - step
    wall = ends.tz_convert(meter.timezone).tz_localize(None)
    begins = ends == _first_instants(wall.normalize(), meter.timezone)
    days = _first_instants(wall.where(~begins, wall.normalize()) - step, meter.timezone)
    # Days that are those of UTC and not of the meter last 24 hours.
    elsewhere = (ends == ends.normalize()) & ~begins
    return days.where(~elsewhere, ends - step)


def _first_instants(wall: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """When clocks first showed that, or what they showed instead."""
    twice = np.ones(len(wall), dtype=bool)
    local = wall.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward")
    return pd.DatetimeIndex(local.tz_convert("UTC"))


def in_words(meter: Meter, step: timedelta) -> str:
    """What becomes of readings that are not as far apart as the meter's."""
    own, said = format_duration(step), format_duration(meter.resolution or step)
    if meter.resolution is not None and step < meter.resolution:
        means = f"training takes them together by {said}. For forecasts by {own}"
    else:
        means = "there is nothing between them. If all are so from now on"
    return (
        f"{meter.key}: these readings are {own} apart, those of the meter {said}; {means}, set its"
        f" resolution to {own}."
    )
