"""Readings finer than their meter's resolution: a meter that was exchanged reads more often.

Four quarter hours make an hour; the last of them alone would be a quarter of the consumption. Two
stamps of one reading, seconds apart, are still one reading: finer readings follow each other
evenly over a stretch.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.readings.clocks import SECONDS_PER_DAY, local_seconds_of, localised

IntArray = NDArray[np.int64]

FINEST_PART, MINUTE = 10, 60
SHAKE, SHAKE_SECONDS = 0.1, 20
"""How far from even a step may be: as a share of it, or in seconds for steps of minutes."""
COARSE = 0.75
"""Share of the resolution: what is further apart is not finer."""
COARSE_RUN = 6
"""So many readings at the meter's own resolution end a stretch of finer ones; fewer are gaps."""
ENOUGH = 0.9
"""Share of an interval's finer readings that stands for all: the rest can move the sum little.

With less the interval is missing, because what is not there may be its busiest part.
"""


@dataclass(frozen=True)
class Merged:
    """One value per interval; `partial`: intervals left out for want of finer readings."""

    points: pd.Series
    partial: int


def steps_of(instants: IntArray, width: int) -> IntArray:
    """Seconds that each of ascending, distinct instants stands for: `width`, or a part of it."""
    follow = np.diff(instants)
    every = np.arange(FINEST_PART, width // 2 + 1)
    parts = every[(width % every == 0) & ((every % MINUTE == 0) | (every < MINUTE))]
    if not len(follow) or not len(parts):
        return np.full(len(instants), width, np.int64)
    nearest = parts[np.sqrt(parts[1:] * parts[:-1]).searchsorted(follow)]
    leeway = np.maximum(SHAKE * nearest, np.where(nearest >= MINUTE, SHAKE_SECONDS, 0))
    even = np.abs(follow - nearest) <= leeway
    steps = np.where(follow > COARSE * width, width, np.where(even, nearest, 0))
    starts = np.concatenate([[0], np.flatnonzero(np.diff(steps)) + 1])
    lengths = np.diff(np.concatenate([starts, [len(steps)]]))
    kind = steps[starts]
    steps = np.repeat(_lasting(kind, lengths, width), lengths)
    before = np.maximum.accumulate(np.where(steps > 0, np.arange(len(steps)), -1))
    steps = np.where(before < 0, width, steps[before])
    return np.append(steps, steps[-1]).astype(np.int64)


def _lasting(kind: IntArray, lengths: IntArray, width: int) -> IntArray:
    """The steps of runs, nought for those too short to say anything.

    Even steps over two intervals are no chance. Every second reading may be missing for hours,
    though: a coarser step after a finer one must last a day.
    """
    shortest = np.where(kind == width, COARSE_RUN, 2 * width // np.maximum(kind, 1) - 1)
    found = np.where(lengths >= shortest, kind, 0)
    before = width
    for run in np.flatnonzero(found).tolist():
        if before < found[run] < width and lengths[run] * found[run] < SECONDS_PER_DAY:
            found[run] = 0
        else:
            before = int(found[run])
    return found


def merged(values: pd.Series, steps: IntArray, *, width: int, zone: str, rate: bool) -> Merged:
    """Readings of mixed steps by interval: amounts are added up, rates averaged.

    values: ascending, distinct, finite; steps: of `steps_of`. Intervals of a day are local days.
    """
    instants = np.asarray(pd.DatetimeIndex(values.index).as_unit("s").asi8, np.int64)
    own = steps == width
    slot = np.zeros(len(instants), np.int64)
    for step in np.unique(steps[~own]).tolist():
        slot[steps == step] = _nearest(instants[steps == step], step)
    place, begin, length = _intervals(instants, steps, width, zone)
    frame = pd.DataFrame(
        {"value": values.to_numpy(float), "step": steps, "slot": slot, "own": own, "place": place}
    )
    given = frame[frame["own"]].groupby("place")["value"].last()
    finer = frame[~frame["own"] & ~frame["place"].isin(given.index)]
    finer = finer.drop_duplicates(["place", "step", "slot"], keep="last")
    weighted = finer["value"] * finer["step"] if rate else finer["value"]
    groups = weighted.groupby(finer["place"]).sum()
    covered = finer.groupby("place")["step"].sum()
    share = covered / length.reindex(covered.index)
    whole = groups / (covered if rate else share)
    kept = pd.concat([given, whole[share >= ENOUGH]]).sort_index()
    index = pd.DatetimeIndex(begin.reindex(kept.index).to_numpy().astype("datetime64[s]"), tz="UTC")
    return Merged(pd.Series(kept.to_numpy(float), index=index), int((share < ENOUGH).sum()))


def _intervals(
    instants: IntArray, steps: IntArray, width: int, zone: str
) -> tuple[IntArray, pd.Series, pd.Series]:
    """The interval of each reading; by interval its begin (s since 1970) and its length (s).

    The middle of what a finer reading stands for decides, and the nearest begin for the others.
    """
    own = steps == width
    middle = instants + np.where(own, 0, steps // 2)
    half = np.where(own, width // 2, 0)
    if width == SECONDS_PER_DAY:
        wall = local_seconds_of(_index(middle), zone)
        place = (wall + half) // width
        numbers = np.unique(place)
        begin, end = (
            localised(pd.DatetimeIndex(days.astype("datetime64[D]")), zone).as_unit("s").asi8
            for days in (numbers, numbers + 1)
        )
        return place, pd.Series(begin, numbers), pd.Series(end - begin, numbers)
    phase = _phase(instants[own], width) if own.any() else _phase(instants, int(steps.min()))
    place = (middle - phase + half) // width
    numbers = np.unique(place)
    return place, pd.Series(numbers * width + phase, numbers), pd.Series(width, numbers)


def _nearest(instants: IntArray, step: int) -> IntArray:
    """The number of the slot that each instant is nearest to."""
    return (instants - _phase(instants, step) + step // 2) // step


def _phase(instants: IntArray, width: int) -> int:
    phases, counts = np.unique(instants % width, return_counts=True)
    return int(phases[counts.argmax()])


def _index(seconds: IntArray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(seconds.astype("datetime64[s]"), tz="UTC")
