"""What the weather of a result was, in stretches of one grade."""

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
    if len(grades):
        step = commonest_step(pd.DatetimeIndex(grades.index)) or HOUR
        found = grades.reindex(index, method="ffill", tolerance=max(HOUR, pd.Timedelta(step)))
        if used is not None:
            found = found.where(used)
        found = found.map(lambda grade: Grade(grade).value, na_action="ignore")
        found = found.fillna(Grade.NONE.value)
    else:
        found = pd.Series(Grade.NONE.value, index=index)
    step = index[1] - index[0] if len(index) > 1 else HOUR
    run = found.ne(found.shift()).cumsum()
    return [
        {"start": part.index[0], "end": part.index[-1] + step, "grade": part.iloc[0]}
        for _, part in found.groupby(run)
    ]


def commonest_grade(grades: pd.Series) -> Grade:
    """The grade of most hours; `none` where there are none."""
    return Grade(grades.mode().iloc[0]) if len(grades) else Grade.NONE
