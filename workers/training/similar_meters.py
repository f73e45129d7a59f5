"""The similar meters whose readings a training of a short history learns from too
(`ml.ensemble.similar`)."""

import logging
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd
from redis import Redis

from config.errors import UnknownMeter
from data.meters import Meter
from data.store import Store
from workers.serving.shapes import shapes_beside

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml.ensemble import SimilarMeter

log = logging.getLogger(__name__)

LEAST_HISTORY = timedelta(days=180)
"""A meter that is short itself teaches little."""
LOOK_BACK = timedelta(days=450)
"""All that `ml.ensemble.similar` reads of a similar meter: a year, and the twelve weeks before
it."""
LOOKED_AT = 3
"""Times as many meters as are wanted, nearest first; the rest is not like this one."""


def similar_meters(
    store: Store, redis: "Redis", meter: Meter, readings: pd.Series, *, most: int
) -> "list[SimilarMeter]":
    """At most `most` meters of the type, nearest by their weekly shape; none where it has enough.

    A meter that is gone or has too little is left out.

    :raises StoreUnavailable: the store does not answer; the job is tried again.
    """
    from ml import BadQuality, OutOfRange
    from ml.ensemble.similar import SHORT
    from ml.forecasting.profiles import nearest_first
    from ml.readings.grid import find_resolution

    last = readings.index[-1].to_pydatetime()
    if not most or last - readings.index[0] > SHORT:
        return []
    try:
        step = meter.resolution or find_resolution(pd.DatetimeIndex(readings.index))
        order = nearest_first(readings, shapes_beside(store, redis, meter), meter=meter)
    except (BadQuality, OutOfRange):
        return []  # the training will say what is wrong with them
    looked_at = (
        _read(store, meter.meter_type, meter_id, until=last, step=step)
        for meter_id in order[: LOOKED_AT * most]
    )
    return list(islice((one for one in looked_at if one is not None), most))


def _read(
    store: Store, meter_type: str, meter_id: str, *, until: datetime, step: timedelta
) -> "SimilarMeter | None":
    """The meter as of `until`; None where it is gone, has too little or another resolution."""
    from ml import OutOfRange
    from ml.ensemble import SimilarMeter
    from ml.readings.grid import find_resolution

    try:
        meter = store.meter(meter_type, meter_id)
        readings = store.readings(meter, until - LOOK_BACK, until)
        index = pd.DatetimeIndex(readings.index)
        if len(index) < 2 or index[-1] - index[0] < LEAST_HISTORY:
            return None
        same = (meter.resolution or find_resolution(index)) == step
    except (UnknownMeter, OutOfRange) as error:
        log.info("nothing is learnt from %s/%s: %s", meter_type, meter_id, error)
        return None
    return SimilarMeter(meter, readings) if same else None
