"""What a clock on the wall showed, to UTC: hours that come twice and hours that there are not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Reach = Callable[[str, bool], datetime | None]
"""By series, and whether times mark ends: how far what is stored reaches, by that mark."""

Walls = NDArray[np.datetime64]

_REPEATED = np.timedelta64(1, "h")
"""How far clocks are set back."""


def unknown_reach(key: str, ends: bool) -> datetime | None:
    """Of a series that nothing is known of."""
    return None


@dataclass
class WallClock:
    """Naive times of several series to instants.

    Times that occur twice when clocks go back are told apart by their order, the first time round
    is summer time, and counted in `ambiguous`; a series that begins with one of them begins with
    the one beside what follows, else with the one after what is stored, where that has come to be
    by `now`. The hour at which clocks are set forward exists as the end of the hour before
    (`ends`), and as the beginning of a day: that begins with its first instant.
    """

    timezone: str
    ends: bool = False
    reach: Reach = unknown_reach
    now: datetime | None = None
    ambiguous: int = 0
    descending: bool = False
    _seen: Counter[Any] = field(default_factory=Counter)
    _begun: set[str] = field(default_factory=set)

    def read(self, naive: pd.DatetimeIndex, key: str) -> tuple[pd.DatetimeIndex, NDArray[np.bool_]]:
        """Instants (NaT where unreadable or nonexistent), and which of the NaT do not exist."""
        wall = naive.to_numpy()
        instants = _utc(naive.tz_localize(self.timezone, ambiguous="NaT", nonexistent="NaT"))
        nonexistent = np.zeros(len(naive), dtype=bool)
        odd = np.flatnonzero(np.isnat(instants) & ~np.isnat(wall))
        days = bool((naive == naive.normalize())[~np.isnat(wall)].all())
        if key not in self._begun:
            self._begun.add(key)
            if len(odd):
                readable = ~np.isnat(wall)
                self._begin(key, wall[readable], np.isnat(instants[readable]), days=days)
        if len(odd):
            summer = np.array([self._first_time_round(key, wall[at]) for at in odd], dtype=bool)
            settled = self._settled(naive[odd], summer)
            if self.ends or days:
                settled = self._begun_late(naive[odd], settled)
            instants[odd] = settled
            nonexistent[odd] = np.isnat(settled)
            self.ambiguous += int((~np.isnat(settled)).sum())
        return pd.DatetimeIndex(instants).tz_localize("UTC"), nonexistent

    def _settled(self, naive: pd.DatetimeIndex, summer: NDArray[np.bool_]) -> Walls:
        return _utc(naive.tz_localize(self.timezone, ambiguous=summer, nonexistent="NaT"))

    def _begun_late(self, naive: pd.DatetimeIndex, settled: Walls) -> Walls:
        """Those settled, and the very moments at which clocks were set forward."""
        second = pd.Timedelta("1s")
        before = (naive - second).tz_localize(self.timezone, ambiguous="NaT", nonexistent="NaT")
        return np.where(np.isnat(settled), _utc(before + second), settled)

    def _begin(self, key: str, wall: Walls, odd: NDArray[np.bool_], *, days: bool) -> None:
        """Count what came before this series, where that was cut within a repeated hour."""
        count = int(odd.argmin()) if not odd.all() else len(odd)
        first = wall[:count]
        if not count or days or len(set(first.tolist())) < count:
            return
        if count == len(wall):
            gone_on = self._goes_on(key, pd.DatetimeIndex(first))
        else:
            step = wall[count] - wall[count - 1]
            # The other time round would leave a gap of an hour. Coarser steps have no time twice.
            gone_on = abs(step) <= _REPEATED and (step < np.timedelta64(0)) == self.descending
        if gone_on:
            self._seen.update((key, time) for time in first)

    def _goes_on(self, key: str, wall: pd.DatetimeIndex) -> bool:
        """Whether these times, all within a repeated hour, are the second time round."""
        known = self.reach(key, self.ends)
        if known is None:
            return False
        once = pd.DatetimeIndex(self._settled(wall, np.ones(len(wall), dtype=bool))).max()
        twice = pd.DatetimeIndex(self._settled(wall, np.zeros(len(wall), dtype=bool))).max()
        stored = pd.Timestamp(known).tz_convert("UTC").tz_localize(None)
        if not once <= stored <= twice:
            return False
        return self.now is None or twice.tz_localize("UTC") <= self.now

    def _first_time_round(self, key: str, wall: np.datetime64) -> bool:
        # The hour that clocks repeat is summer time first; a file may run backwards.
        times = self._seen[key, wall]
        self._seen[key, wall] += 1
        return (times == 0) != self.descending


def _utc(index: pd.DatetimeIndex) -> Walls:
    return np.array(index.tz_convert("UTC").tz_localize(None).to_numpy())
