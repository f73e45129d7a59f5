"""Midnights that are written as 00:00 of the day that they end: 23:45, 00:00, and then the next
day."""

import numpy as np

from data.importers.rows.held import Flags, Walls

DAY = np.timedelta64(1, "D")
HALF = np.timedelta64(12, "h")
MOST = 0.8
"""Of the midnights; one or two may stand anywhere."""


def closing_midnights(wall: Walls, absolute: Flags) -> Flags:
    """Rows at 00:00 that stand behind the evening of their own date, and so are its 24:00.

    In a table that runs backwards they stand before it. None, unless most midnights do.
    """
    none = np.zeros(len(wall), dtype=bool)
    if absolute.any() or len(wall) < 4 or bool(np.isnat(wall).any()):
        return none
    # Registers that stand below each other give a time several times.
    begins = np.flatnonzero(np.append(True, wall[1:] != wall[:-1]))
    times = wall[begins]
    dates = times.astype("datetime64[D]")
    midnight = times == dates
    if not midnight.any():
        return none
    evening_before = _evening(times, dates, -1) & ~_morning(times, dates, 1)
    evening_after = _evening(times, dates, 1) & ~_morning(times, dates, -1)
    closing = midnight & (evening_before | evening_after)
    if closing.sum() < MOST * midnight.sum():
        return none
    lengths = np.diff(np.append(begins, len(wall)))
    return np.repeat(closing, lengths)


def _evening(times: Walls, dates: Walls, by: int) -> Flags:
    """Whether the time beside each is of the same date and more than half a day later."""
    other, date = np.roll(times, -by), np.roll(dates, -by)
    return _there(len(times), by) & (date == dates) & (other - times > HALF)


def _morning(times: Walls, dates: Walls, by: int) -> Flags:
    other, date = np.roll(times, -by), np.roll(dates, -by)
    return _there(len(times), by) & (date == dates) & (other - times <= HALF)


def _there(count: int, by: int) -> Flags:
    there = np.ones(count, dtype=bool)
    there[-1 if by > 0 else 0] = False
    return there
