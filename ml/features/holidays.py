"""Public holidays on a grid."""

from dataclasses import dataclass
from functools import lru_cache

import holidays
import numpy as np

from ml.readings import BoolArray, Grid, IntArray


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
        years = range(grid.index[0].year - 1, grid.index[-1].year + 2)
        numbers = np.array(
            [number for year in years for number in holiday_numbers(country, subdivision, year)],
            np.int64,
        )
    # Few days and many places: a table of the days costs a tenth of a search for each place.
    first = int(grid.day_number.min()) - 1
    table = np.zeros(int(grid.day_number.max()) + 2 - first, bool)
    table[numbers[(numbers >= first) & (numbers < first + len(table))] - first] = True
    day = grid.day_number - first
    return Holidays(today=table[day], tomorrow=table[day + 1], yesterday=table[day - 1])
