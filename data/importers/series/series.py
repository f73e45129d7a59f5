"""Rows of one register to a series: instants of its clock, each once."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from data.frames import commonest_step, micros_of
from data.importers.moments.clocks import Reach, WallClock
from data.importers.rows.held import Flags, Floats, Rows, Unread, Walls
from data.importers.series.judging import refuse_standard_time
from data.importers.storing.chunks import AHEAD, EARLIEST
from data.importers.summary import ImportSummary

DAY = np.timedelta64(1, "D")


@dataclass
class Losses:
    """Rows that a person would miss: what is the matter with them, where the first are."""

    nonexistent: Unread = field(default_factory=Unread)
    conflicting: list[np.ndarray] = field(default_factory=list)
    repeated: int = 0

    @property
    def conflicts(self) -> int:
        return sum(map(len, self.conflicting))


@dataclass(frozen=True)
class Clock:
    """How the times of a table are to be read. `zone` is an IANA name or a fixed offset."""

    zone: str
    ends: bool
    reach: Reach
    now: datetime | None


def instants(
    rows: Rows,
    clock: Clock,
    key: str,
    summary: ImportSummary,
    losses: Losses,
    values: Floats | None = None,
) -> tuple[Walls, Flags]:
    """UTC of each row (NaT where there is none), and which of them are believable.

    With `values` an hour that clocks leave out is no loss where it has none, or 0.

    :raises InvalidReadings: that hour and the one after it have values of their own.
    """
    stamps = rows.wall.astype("datetime64[us]", copy=False)
    local = ~rows.absolute & ~np.isnat(stamps)
    if local.any():
        stamps = stamps.copy()
        wall = WallClock(clock.zone, clock.ends, clock.reach, clock.now)
        naive = pd.DatetimeIndex(stamps[local])
        wall.descending = len(naive) > 1 and bool(naive[0] > naive[-1])
        read, nonexistent = wall.read(naive, key)
        stamps[local] = read.tz_localize(None).to_numpy().astype("datetime64[us]")
        summary.ambiguous += wall.ambiguous
        if values is not None and nonexistent.any():
            given = values[local]
            nonexistent = nonexistent & np.isfinite(given) & (given != 0)
            refuse_standard_time(np.asarray(naive), given, nonexistent, clock.zone)
        for at in np.flatnonzero(nonexistent).tolist():
            row = int(np.flatnonzero(local)[at])
            losses.nonexistent.add(int(rows.lines[row]), f"{naive[at]:%Y-%m-%d %H:%M}")
    return stamps, _believable(stamps, rows, clock.now, summary)


def _believable(stamps: Walls, rows: Rows, now: datetime | None, summary: ImportSummary) -> Flags:
    """Times that a meter's clock may show; one reading years away would stretch the series."""
    known = ~np.isnat(stamps)
    micros = stamps.view("int64")
    limits = [
        ("time_too_early", known & (micros < micros_of(EARLIEST)), "of a clock that was not set")
    ]
    if now is not None:
        latest = micros_of(now + AHEAD)
        limits.append(("time_in_future", known & (micros > latest), "in the future"))
    for reason, beyond, words in limits:
        for at in np.flatnonzero(beyond).tolist():
            when = f"{pd.Timestamp(stamps[at]):%Y-%m-%d %H:%M}"
            summary.drop(reason, int(rows.lines[at]), f"{when} UTC is {words}")
        known &= ~beyond
    return known


def readings_of(
    rows: Rows, values: Floats, stamps: Walls, usable: Flags, summary: ImportSummary, losses: Losses
) -> pd.Series:
    """Ascending readings, each time once: of several values for one time the last row counts."""
    known = usable & np.isfinite(values)
    at, found = (stamps, values) if known.all() else (stamps[known], values[known])
    if not bool((at[1:] > at[:-1]).all()):
        kept = np.flatnonzero(known)
        order = np.argsort(at, kind="stable")
        at, found, kept = at[order], found[order], kept[order]
        again = np.append(at[1:] == at[:-1], False)
        if again.any():
            same = np.append(found[1:] == found[:-1], False) & again
            losses.repeated += int(same.sum())
            losses.conflicting.append(rows.lines[kept[again & ~same]])
            summary.dropped["duplicate"] += int(again.sum())
            at, found = at[~again], found[~again]
    index = pd.DatetimeIndex(at, name="time").tz_localize("UTC")
    return pd.Series(found, index=index, name="value")


def added(parts: list[pd.Series]) -> pd.Series:
    """Registers that are one consumption: their sum at each time.

    Where tariffs take turns, each time has one; where all are always there, a time at which one is
    missing has no sum.
    """
    if len(parts) == 1:
        return parts[0]
    frame = pd.concat(parts, axis=1, sort=True)
    there = frame.notna().sum(axis=1)
    usual = int(there.mode().max()) if len(there) else 0
    total = frame.sum(axis=1, min_count=1)
    return total[there >= min(usual, len(parts))].rename("value")


def run_as_ends(rows: Rows, zone: str) -> bool:
    """Whether the times themselves tell that they are ends: days run 00:15 … 24:00.

    A table that begins one step after midnight and stops at a midnight, whole days later.
    """
    wall = rows.wall[~np.isnat(rows.wall)]
    if len(wall) < 4:
        return False
    if rows.absolute.all() and zone != "UTC":
        if _of_day(wall.min()) == np.timedelta64(0, "us"):
            return False  # days of UTC that begin with their first interval
        local = pd.DatetimeIndex(wall).tz_localize("UTC").tz_convert(zone).tz_localize(None)
        wall = local.to_numpy().astype("datetime64[us]")
    first, last = wall.min(), wall.max()
    nought = np.timedelta64(0, "us")
    if _of_day(last) != nought or _of_day(first) == nought:
        return False
    step = commonest_step(pd.DatetimeIndex(wall).tz_localize("UTC").unique())
    if step is None:
        return False
    apart = np.timedelta64(step)
    return bool(apart < DAY and _of_day(first) == apart)


def _of_day(time: np.datetime64) -> np.timedelta64:
    return time - time.astype("datetime64[D]")
