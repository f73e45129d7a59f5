"""Wall clock, days off and daily shapes for the simulator."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.frames import Floats

Flags = NDArray[np.bool_]

_DAY = 24.0

# Nationwide holidays in Italy that have a fixed date (month, day); Easter Monday moves.
_FIXED = ((1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26))


@dataclass(frozen=True)
class LocalHours:
    """Each hour as people live it: `hour` of the wall clock, `day_off` for weekend or holiday,
    `holiday_weeks` for the weeks around 15 August and Christmas, `years` since the start.
    """

    hour: Floats
    day_off: Flags
    holiday_weeks: Flags
    years: Floats

    def peak(self, centre: float, width: float) -> Floats:
        """A bell around `centre` o'clock, 1 at its top, going round midnight."""
        distance = np.abs((self.hour + 0.5 - centre + _DAY / 2) % _DAY - _DAY / 2)
        return np.asarray(np.exp(-0.5 * (distance / width) ** 2))

    def plateau(self, start: float, end: float) -> Floats:
        """0 to 1 around `start`, back around `end`, each within about an hour."""
        middle = self.hour + 0.5
        rise = 1 / (1 + np.exp(-2.5 * (middle - start)))
        return np.asarray(rise / (1 + np.exp(2.5 * (middle - end))))

    def between(self, start: float, end: float) -> Flags:
        return np.asarray((self.hour >= start) & (self.hour < end))


def local_hours(index: pd.DatetimeIndex, timezone: str) -> LocalHours:
    """The wall clock of `timezone` at each instant of a UTC index."""
    local = index.tz_convert(timezone)
    days: NDArray[Any] = local.tz_localize(None).normalize().to_numpy().astype("datetime64[D]")
    holidays = np.array(sorted(_holidays(local[0].year, local[-1].year)), dtype="datetime64[D]")
    month, day = local.month.to_numpy(), local.day.to_numpy()
    august = (month == 8) & (day >= 8) & (day <= 23)
    christmas = ((month == 12) & (day >= 24)) | ((month == 1) & (day <= 5))
    return LocalHours(
        hour=local.hour.to_numpy(dtype="float64"),
        day_off=(local.day_of_week.to_numpy() >= 5) | np.isin(days, holidays),
        holiday_weeks=august | christmas,
        years=(index - index[0]).total_seconds().to_numpy() / (365.2425 * 86_400),
    )


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    shift = century - (century + 8) // 25 + 1
    moon = (19 * golden + century - century // 4 - shift // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _holidays(first: int, last: int) -> set[date]:
    fixed = {date(year, *day) for year in range(first, last + 1) for day in _FIXED}
    return fixed | {easter(year) + timedelta(days=1) for year in range(first, last + 1)}
