"""What the weather of a result was, in stretches of one grade."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from data.frames import commonest_step
from weather.grades import Grade

HOUR = pd.Timedelta(hours=1)


def grade_stretches(
    grades: pd.Series, index: pd.DatetimeIndex, used: np.ndarray | None = None
) -> list[dict[str, Any]]:
    """What grade of weather each part of a range rests on.

    :param grades: `Grade` values by valid time (UTC, hourly).
    :param index: instants of the range, regular, UTC, ascending.
    :param used: bool per instant, whether the model used weather there; everywhere where None.
    :returns: `{start, end, grade}` per unbroken stretch, `end` exclusive.
    """
    names = np.full(len(index), Grade.NONE.value, dtype=object)
    if len(grades):
        lasts = max(HOUR, pd.Timedelta(commonest_step(pd.DatetimeIndex(grades.index)) or HOUR))
        place = grades.index.get_indexer(index, method="ffill", tolerance=lasts)
        known = place >= 0 if used is None else (place >= 0) & used
        values = {grade: Grade(grade).value for grade in grades.unique()}
        names[known] = grades.map(values).to_numpy(dtype=object)[place[known]]
    step = index[1] - index[0] if len(index) > 1 else HOUR
    edges = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(index)]
    return [
        {"start": index[begin], "end": index[end - 1] + step, "grade": names[begin]}
        for begin, end in pairwise(edges)
        if begin < end
    ]


def commonest_grade(grades: pd.Series) -> Grade:
    """The grade of most hours; `none` where there are none."""
    return Grade(grades.mode().iloc[0]) if len(grades) else Grade.NONE
