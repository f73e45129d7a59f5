"""The weather that the store holds for a meter, by valid time."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.meters import Meter
from data.store import Store
from weather.grades import Grade, grade_of


def known_weather(
    store: Store, meter: Meter, start: datetime, end: datetime
) -> pd.DataFrame | None:
    """The newest word on the weather at the meter for each hour of a range.

    :returns: variables by valid time (UTC) and a column `source`; None where nothing is stored.
    :raises StoreUnavailable: the store does not answer.
    """
    rows = store.weather(meter.location, start, end)
    if rows.empty:
        return None
    newest = rows.groupby(level="valid_at").tail(1).droplevel("available_at")
    return newest.sort_index()


def grade_stretches(
    weather: pd.DataFrame | None, index: pd.DatetimeIndex, used: np.ndarray
) -> list[dict[str, Any]]:
    """What grade of weather each part of a forecast rests on.

    :param weather: as `known_weather` gives it.
    :param index: target times of the forecast, regular, UTC.
    :param used: bool per target, whether the model used weather there.
    :returns: `{start, end, grade}` per unbroken stretch, `end` exclusive.
    """
    if weather is None:
        grades = pd.Series(Grade.NONE.value, index=index)
    else:
        source = weather["source"].reindex(index, method="ffill", tolerance=pd.Timedelta("1h"))
        grades = source.map(lambda name: grade_of(name).value, na_action="ignore")
        grades = grades.where(used).fillna(Grade.NONE.value)
    step = index[1] - index[0] if len(index) > 1 else pd.Timedelta("1h")
    run = grades.ne(grades.shift()).cumsum()
    return [
        {"start": part.index[0], "end": part.index[-1] + step, "grade": part.iloc[0]}
        for _, part in grades.groupby(run)
    ]
