"""Consumption from the face of a meter that only ever counts up, until it does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data.frames import commonest_step
from data.importers.storing.counts import Floats, judge
from data.importers.summary import ImportSummary
from data.meters import Count

ADJACENT = 1.5
"""Steps between two counts that bound one interval: clocks of meters are not exact."""

LONGEST = timedelta(days=1)
"""Two counts alone that are farther apart have a gap between them, not a step."""

KEPT = 4
"""Counts remembered before the newest: a count that comes later than so many others is lost."""


def nothing_stored() -> Floats:
    """Of a meter that has no readings yet."""
    return np.empty(0)


@dataclass
class CounterReader:
    """Turns counts into consumption per interval, chunk by chunk.

    The consumption of an interval stands at its start: count there minus from the next. An
    interval whose consumption can't be known is left out and counted in `summary`: a fall, which
    is a reset or another meter (`counter_reset`), a rise back to what was counted before a fall
    (`counter_glitch`), a rise beyond all measure (`counter_jump`), a gap (`counter_gap`: how the
    amount fell into the missing intervals is unknown). A counter that passes its last digit goes
    on from zero, which is a difference like any other. `before` are the last counts of an earlier
    file: the first interval of this one may start there, and a count that comes late may fall
    between two of them (`counter_late`: it does not). `stored` gives consumption of the meter, to
    tell what is usual where the counts are few.
    """

    summary: ImportSummary
    step: timedelta | None = None
    before: Count | None = None
    stored: Callable[[], Floats] = nothing_stored
    own_step: timedelta | None = field(init=False, default=None)
    _edges: pd.Series = field(init=False)
    _peak: float | None = field(init=False)

    def __post_init__(self) -> None:
        last = self.before
        known = [] if last is None else [*last.before, (last.time, last.value)]
        index = pd.to_datetime([time for time, _ in known], utc=True)
        self._edges = pd.Series([value for _, value in known], index=index, dtype="float64")
        self._peak = None if last is None else last.peak

    def differences(self, counts: pd.Series) -> pd.Series:
        """Consumption of the intervals that these counts, and those before them, bound."""
        if counts.empty:
            return counts
        fresh = counts.sort_index()
        later = self._edges.empty or bool(fresh.index[0] > self._edges.index[-1])
        edges = self._edges.iloc[-KEPT - 1 :] if later else self._edges
        joined = fresh if edges.empty else pd.concat([edges, fresh])
        joined = joined[~joined.index.duplicated(keep="last")].sort_index()
        self._edges = joined.iloc[sorted({0, *range(max(len(joined) - KEPT - 1, 0), len(joined))})]
        self.own_step = commonest_step(pd.DatetimeIndex(joined.index))
        self.step = self.step or self.own_step
        if len(joined) < 2 or self.step is None:
            return fresh.iloc[:0]
        old = ~joined.index.isin(fresh.index)
        seconds = np.diff(pd.DatetimeIndex(joined.index).as_unit("s").asi8)
        step = self.step if len(joined) > 2 else min(self.step, LONGEST)
        apart = seconds > ADJACENT * step.total_seconds()
        values = joined.to_numpy(dtype="float64")
        found = judge(values, self._peak if later else None, ~apart, self.stored)
        if not old[-1]:
            self._peak = found.peak
        lost = {"reset": found.reset, "glitch": found.glitch, "jump": found.jump}
        known = apart | (old[:-1] & old[1:])
        told = {name: flags & ~known for name, flags in lost.items()} | {"gap": apart & ~old[1:]}
        for name, flags in told.items():
            if flags.any():
                self.summary.dropped[f"counter_{name}"] += int(flags.sum())
        kept = ~(known | found.reset | found.glitch | found.jump)
        if not kept.any() and old[-1] and not any(flags.any() for flags in told.values()):
            self.summary.dropped["counter_late"] += len(fresh)
        return pd.Series(found.rise[kept], index=joined.index[:-1][kept], name="value")

    def last(self, until: datetime) -> Count | None:
        """The newest count not after an instant; a clock that is ahead must not stop the rest."""
        times = pd.DatetimeIndex(self._edges.index).to_pydatetime().tolist()
        known = list(zip(times, self._edges.tolist(), strict=True))
        known = [(time, value) for time, value in known if time <= until][-KEPT - 1 :]
        if not known:
            return None
        *before, (time, value) = known
        return Count(time, value, tuple(before), self._peak)
