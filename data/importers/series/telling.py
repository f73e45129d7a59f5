"""Which column tells apart rows of one time: registers of a meter, or several meters."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from data.importers.cells.shapes import ID_DIGITS, folded, is_missing
from data.importers.columns import words
from data.importers.columns.registers import register_of
from data.importers.rows.held import Flags, Rows, Walls

REPEATED = 0.02
"""Of the rows; fewer are values that were corrected, of which the last one counts."""
TWO_SIDES = ("consumption", "feed_in")


def rows_of_one_time(rows: Rows, at: int, zone: str) -> Flags:
    """Rows whose time and value column `at` are given again with another value.

    Of an hour that clocks show twice two rows are no conflict.
    """
    known = ~np.isnat(rows.wall) & np.isfinite(rows.values[at])
    frame = pd.DataFrame({"wall": rows.wall[known], "value": rows.values[at][known]})
    grouped = frame.groupby("wall", sort=False)["value"]
    differ = np.array(grouped.transform("nunique") > 1)
    if differ.any():
        pairs = np.asarray(grouped.transform("size") <= 2)
        differ &= ~(pairs & _twice(frame["wall"].to_numpy(), rows.absolute[known], zone))
    found = np.zeros(len(rows), dtype=bool)
    found[np.flatnonzero(known)[differ]] = True
    return found


def _twice(wall: Walls, absolute: Flags, zone: str) -> Flags:
    """Times that the clocks of a zone show twice."""
    local = pd.DatetimeIndex(wall).tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
    return np.asarray(local.isna()) & ~absolute


def telling_columns(
    rows: Rows,
    conflict: Flags,
    names: Sequence[str],
    texts: Sequence[int],
    at: int,
    zone: str,
) -> tuple[int, ...]:
    """The fewest columns of text that tell the rows of `conflict` apart; () where none do."""
    known = [one for one in texts if one in rows.labels and len(rows.labels[one][1]) > 1]
    # An hour that clocks show twice has two values of each register.
    once = conflict.copy()
    once[conflict] = ~_twice(rows.wall[conflict], rows.absolute[conflict], zone)
    conflict = once if once.any() else conflict
    times = rows.wall[conflict]
    values = rows.values[at][conflict]
    for count in (1, 2):
        found = [
            some
            for some in combinations(known, count)
            if _distinct(rows, conflict, times, values, some)
        ]
        if found:
            return min(found, key=lambda some: _preference(rows, names, some))
    return ()


def _distinct(
    rows: Rows, conflict: Flags, times: np.ndarray, values: np.ndarray, some: Sequence[int]
) -> bool:
    keys = {"time": times} | {str(one): rows.labels[one][0][conflict] for one in some}
    spread = pd.DataFrame(keys | {"value": values}).groupby(list(keys))["value"].nunique()
    # One row in a hundred may be corrected within its register.
    return bool((spread > 1).mean() <= REPEATED)


def _preference(rows: Rows, names: Sequence[str], some: Sequence[int]) -> tuple[bool, bool, int]:
    labels = [label for one in some for label in rows.labels[one][1]]
    sides = {register_of(label, "electricity").kind for label in labels}
    return (not sides & set(TWO_SIDES), any(names_meters(names[one]) for one in some), len(labels))


def two_sided(rows: Rows, texts: Sequence[int], meter_type: str) -> int | None:
    """A column whose texts name both what is taken and what is given back, whatever the times."""
    for one in texts:
        labels = rows.labels[one][1] if one in rows.labels else ()
        kinds = {register_of(label, meter_type).kind for label in labels}
        if set(TWO_SIDES) <= kinds:
            return one
    return None


def meters_in_turn(rows: Rows, names: Sequence[str], texts: Sequence[int]) -> tuple[int, ...]:
    """A column of several meters of which each has rows of its own, at times of its own."""
    for one in texts:
        if one not in rows.labels or not names_meters(names[one]):
            continue
        codes, labels = rows.labels[one]
        counts = np.bincount(codes, minlength=len(labels))
        several = [
            label for label, count in zip(labels, counts.tolist(), strict=True)
            if count > 1 and not is_missing(label)
        ]  # fmt: skip
        if len(several) > 1:
            return (one,)
    return ()


def names_meters(name: str) -> bool:
    """Whether a column of that name says whose a row is."""
    said = folded(name).replace("_", " ").split()
    return bool({*said, folded(name)} & words.METERS)


def tells_meters(rows: Rows, names: Sequence[str], one: int) -> bool:
    """Whether a column is called so, or holds numbers as long as those of meters."""
    labels = [label for label in rows.labels[one][1] if not is_missing(label)]
    numbers = all(label.isdecimal() and len(label) >= ID_DIGITS for label in labels)
    return names_meters(names[one]) or numbers


def labelled(rows: Rows, columns: Sequence[int]) -> Mapping[str, Flags]:
    """Rows by what stands in these columns."""
    found: dict[str, Flags] = {}
    parts = [rows.labels[one] for one in columns]
    keys = pd.MultiIndex.from_arrays([codes for codes, _ in parts])
    for key in keys.unique():
        label = " · ".join(
            names[int(code)] for code, (_, names) in zip(np.atleast_1d(key), parts, strict=True)
        )
        mask = np.ones(len(rows), dtype=bool)
        for code, (codes, _) in zip(np.atleast_1d(key), parts, strict=True):
            mask &= codes == int(code)
        found[label] = mask if label not in found else found[label] | mask
    return found
