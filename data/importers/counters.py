"""Consumption from the face of a meter that only ever counts up, until it does not."""

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pandas as pd

from data.frames import commonest_step
from data.importers.summary import ImportSummary
from data.meters import Count

SWAP_FACTOR = 50.0
"""A rise this many times the 99th percentile is another meter's count, not a consumption."""

_SWAP_NEEDS = 48
"""Differences needed before any can be called unusual."""

_ADJACENT = 1.5
"""Steps between two counts that bound one interval: clocks of meters are not exact."""

ROLLOVER_SHARE = 0.9
"""A counter that wraps was in the last tenth of its digits before, in the first after."""

ROLLOVER_DIGITS = 4
"""No meter has fewer; a smaller count that falls has been reset."""


@dataclass
class CounterReader:
    """Turns counts into consumption per interval, chunk by chunk.

    The consumption of an interval stands at its start: count there minus from the next. An
    interval whose consumption can't be known is left out and counted in `summary`: a reset or
    another meter (`counter_reset`), a rise beyond all measure (`counter_jump`), a gap
    (`counter_gap`: how the amount fell into the missing intervals is unknown). A counter that
    passes its last digit goes on from zero, which is a difference like any other. `before` is the
    last count of an earlier file, from which the first interval of this one may start.
    """

    summary: ImportSummary
    step: timedelta | None = None
    before: Count | None = None
    newest: Count | None = None
    _edges: pd.Series = field(default_factory=lambda: pd.Series(dtype="float64"))

    def differences(self, counts: pd.Series) -> pd.Series:
        """Consumption of the intervals that these counts, and those before them, bound."""
        if counts.empty:
            return counts
        fresh = counts.sort_index()
        self._remember(fresh)
        self.step = self.step or commonest_step(pd.DatetimeIndex(fresh.index))
        self._go_on(fresh)
        joined = fresh if self._edges.empty else pd.concat([self._edges, fresh])
        joined = joined[~joined.index.duplicated(keep="last")].sort_index()
        self.step = self.step or commonest_step(pd.DatetimeIndex(joined.index))
        old = joined.index.isin(self._edges.index) & ~joined.index.isin(fresh.index)
        self._edges = joined.iloc[[0, -1]] if len(joined) > 1 else joined
        if len(joined) < 2 or self.step is None:
            return fresh.iloc[:0]
        values = joined.to_numpy(dtype="float64")
        rise = _unwrapped(values)
        seconds = np.diff(pd.DatetimeIndex(joined.index).as_unit("s").asi8)
        between_chunks = old[:-1] & old[1:]
        gap = (seconds > _ADJACENT * self.step.total_seconds()) & ~between_chunks
        reset = (rise < 0) & ~gap & ~between_chunks
        jump = _beyond_measure(rise) & ~gap & ~between_chunks
        for reason, found in (("gap", gap), ("reset", reset), ("jump", jump)):
            if found.any():
                self.summary.dropped[f"counter_{reason}"] += int(found.sum())
        kept = ~(gap | reset | jump | between_chunks)
        return pd.Series(rise[kept], index=joined.index[:-1][kept], name="value")

    def _remember(self, fresh: pd.Series) -> None:
        last = fresh.index[-1].to_pydatetime()
        if self.newest is None or last > self.newest.time:
            self.newest = Count(last, float(fresh.iloc[-1]))

    def _go_on(self, fresh: pd.Series) -> None:
        """Take up the last count of an earlier file where this chunk begins an interval later."""
        if self.before is None:
            return
        since = fresh.index[0] - self.before.time
        if timedelta(0) < since <= _ADJACENT * (self.step or since):
            edge = pd.Series([self.before.value], index=pd.DatetimeIndex([self.before.time]))
            self._edges = edge if self._edges.empty else pd.concat([edge, self._edges])
            self.before = None


def _unwrapped(counts: np.ndarray) -> np.ndarray:
    """Differences, those over the last digit of the counter made whole."""
    rise = np.diff(counts)
    before, after = counts[:-1], counts[1:]
    top = 10.0 ** np.maximum(np.ceil(np.log10(np.maximum(before, 1.0))), ROLLOVER_DIGITS)
    wrapped = (rise < 0) & (before >= ROLLOVER_SHARE * top) & (after <= (1 - ROLLOVER_SHARE) * top)
    # A counter with decimals falls by a rounding error now and then.
    noise = (rise < 0) & (-rise <= 1e-9 * np.maximum(np.abs(before), 1.0))
    return np.where(wrapped, rise + top, np.where(noise, 0.0, rise))


def _beyond_measure(rise: np.ndarray) -> np.ndarray:
    positive = rise[rise > 0]
    if len(positive) < _SWAP_NEEDS:
        return np.zeros(len(rise), dtype=bool)
    return np.asarray(rise > SWAP_FACTOR * np.quantile(positive, 0.99))
