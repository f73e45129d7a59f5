"""What an import did: counts, and the first lines it could not use."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

PROBLEMS_SHOWN = 10
"""Enough to see what kind of fault it is; the counts by reason tell how much of it."""


@dataclass
class ImportSummary:
    """Counts of one import, filled in while it runs.

    `rows` were read; of the readings in them `accepted` are stored, of which `replaced` had a
    value before, and `dropped` tells how many were left out by reason:

    - columns, time_missing, time_unreadable, time_nonexistent (clocks set forward),
      time_in_future, time_too_early (before 1990, as clocks that lost their power show),
      value_missing, value_unreadable, duplicate (the last of a time is kept);
    - of a counter counter_gap, counter_reset, counter_glitch, counter_jump, counter_late;
    - of line protocol line_unreadable, other_meter; of a file with many meters meter_missing.

    `ambiguous` counts local times that occur twice when clocks go back. `names` are those of all
    columns, `columns` maps what was recognised to its name in the file, `assumptions` what was
    taken for granted to read it (delimiter, zone, unit, where intervals end …), and `conversions`
    tells by meter what turned the unit of the file into the meter's; `warnings` are what was
    stored, but perhaps not as it was meant.
    `place` is what `problems` counts: line or row.
    """

    meters: list[str] = field(default_factory=list)
    rows: int = 0
    accepted: int = 0
    replaced: int = 0
    weather_rows: int = 0
    ambiguous: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    assumptions: dict[str, str] = field(default_factory=dict)
    conversions: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    first: datetime | None = None
    last: datetime | None = None
    place: str = "line"
    _problems: list[tuple[int, str]] = field(default_factory=list, repr=False)

    @property
    def problems(self) -> list[str]:
        """The first rows that were left out: line and reason."""
        return [f"{self.place} {line}: {words}" for line, words in sorted(self._problems)]

    @property
    def refused(self) -> int:
        return sum(self.dropped.values())

    def drop(self, reason: str, line: int, words: str) -> None:
        """Leave a row out, and tell of it if it is among the first."""
        self.dropped[reason] += 1
        if len(self._problems) < PROBLEMS_SHOWN:
            self._problems.append((line, words))

    def warn(self, words: str) -> None:
        """Tell of something once, of a few meters at most."""
        if words not in self.warnings and len(self.warnings) < PROBLEMS_SHOWN:
            self.warnings.append(words)

    def assume(self, what: str, said: str) -> None:
        """Say what was taken for granted, by its name: of several sheets or meters the first
        counts."""
        self.assumptions.setdefault(what, said)

    def would_store(self, meter: str, readings: pd.Series) -> None:
        """What a dry run found for a meter."""
        self.meters.append(meter)
        self.accepted += len(readings)
        if len(readings):
            self.cover(readings.index[0], readings.index[-1])

    def cover(self, first: pd.Timestamp, last: pd.Timestamp) -> None:
        """Widen the span of what was accepted."""
        begin, end = first.to_pydatetime(), last.to_pydatetime()
        self.first = begin if self.first is None else min(self.first, begin)
        self.last = end if self.last is None else max(self.last, end)

    def to_dict(self) -> Mapping[str, Any]:
        return {
            "meters": list(self.meters),
            "rows": self.rows,
            "accepted": self.accepted,
            "replaced": self.replaced,
            "refused": self.refused,
            "weather_rows": self.weather_rows,
            "ambiguous": self.ambiguous,
            "dropped": dict(self.dropped),
            "problems": self.problems,
            "columns": dict(self.columns),
            "assumptions": dict(self.assumptions),
            "conversions": dict(self.conversions),
            "warnings": list(self.warnings),
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
        }
