"""The newest part of a history, and instants as everything in `ml` takes them."""

from datetime import datetime

import numpy as np
import pandas as pd

from ml.errors import OutOfRange


def latest(history: pd.Series, *, until: pd.Timestamp, days: int) -> pd.Series:
    """The readings of the `days` before the last one before `until`, in order."""
    if not isinstance(history.index, pd.DatetimeIndex) or history.index.tz is None:
        raise OutOfRange(
            "the history needs an index of instants with a time zone",
            hint="Convert the index to UTC before handing the readings over.",
        )
    if not history.index.is_monotonic_increasing:
        history = history.sort_index()
    known = history.iloc[: history.index.searchsorted(until)]
    values = known.to_numpy(float)
    present = np.flatnonzero(~np.isnan(values))
    if not len(present):
        return known.iloc[:0]
    known = known.iloc[: present[-1] + 1]
    return known.iloc[known.index.searchsorted(known.index[-1] - pd.Timedelta(days=days)) :]


def instant(moment: datetime) -> pd.Timestamp:
    """An aware moment in UTC; raises OutOfRange for one without a time zone."""
    found = pd.Timestamp(moment)
    if found.tzinfo is None:
        raise OutOfRange(
            f"{moment} has no time zone", hint="Give aware instants.", detail={"value": str(moment)}
        )
    return found.tz_convert("UTC")
