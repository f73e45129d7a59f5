"""Public holidays on a grid."""

from dataclasses import dataclass
from functools import lru_cache

import holidays
import numpy as np

from ml.grid import BoolArray, Grid, IntArray


@dataclass(frozen=True)
class Holidays:
    """Per place: is its local day a holiday, the day before one, the day after one."""

    today: BoolArray
    tomorrow: BoolArray
    yesterday: BoolArray


@lru_cache(maxsize=256)
def holiday_numbers(country: str, subdivision: str | None, year: int) -> tuple[int, ...]:
    """Days since 1970 of a year's public holidays; none where the country is not known."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError:
        if subdivision is not None:  # an unknown region still has its country's holidays
            return holiday_numbers(country, None, year)
        return ()
    return tuple(int(np.datetime64(day, "D").astype(int)) for day in sorted(found))


def holidays_on(grid: Grid, *, country: str | None, subdivision: str | None) -> Holidays:
    """Holidays of `country` (ISO 3166) on every place of the grid; all False without one."""
    numbers: IntArray = np.array([], np.int64)
    if country:
        years = (grid.index[[0, -1]].year + np.array([-1, 1])).tolist()
        numbers = np.array(
            [
                number
                for year in range(years[0], years[1] + 1)
                for number in holiday_numbers(country, subdivision, year)
            ],
            np.int64,
        )
    day = grid.day_number
    return Holidays(
        today=np.isin(day, numbers),
        tomorrow=np.isin(day + 1, numbers),
        yesterday=np.isin(day - 1, numbers),
    )
