"""Readings of several meters in what should be one: told by equal times with different values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from config.errors import InvalidRequest
from data.importers.storing.chunks import Instants, Texts

REPEATED = 0.1
"""Of the rows; fewer are values that were corrected, of which the last one counts."""


def refuse_several(
    values: Texts, instants: Instants, unused: Mapping[str, Texts], *, place: str
) -> None:
    """Refuse rows of one time and different values that another column tells apart.

    :param unused: what stands beside time and value, by its name.
    :param place: what the lines of `instants` count: line or row.
    :raises InvalidRequest: a column looks as if it named the meters.
    """
    if not unused or len(values) < 2:
        return
    stamps = pd.Series(instants.stamps)
    rows = np.flatnonzero(instants.usable & stamps.duplicated(keep=False).to_numpy())
    if len(rows) < max(2, REPEATED * len(values)):
        return
    frame = pd.DataFrame({"time": stamps.to_numpy()[rows], "value": values[rows]})
    differ = frame.groupby("time")["value"].transform("nunique").to_numpy() > 1
    rows = rows[differ]
    if len(rows) < max(2, REPEATED * len(values)):
        return
    times = stamps.to_numpy()[rows]
    telling = {
        name: len(set(texts[rows]))
        for name, texts in unused.items()
        if not pd.DataFrame({"time": times, "text": texts[rows]}).duplicated().any()
    }
    if telling:
        name = min(telling, key=telling.__getitem__)
        first, second = rows[0], rows[times == times[0]][1]
        lines = f"{instants.lines[int(first)]} and {instants.lines[int(second)]}"
        raise InvalidRequest(
            f"{place.capitalize()}s {lines} have one time and different values; what tells them"
            f" apart is {name!r}.",
            hint=f"If it names the meters: energy import --meter-column {name!r}, or send the "
            "readings of each meter by themselves. If not, leave one row for each time.",
            field="meter_column",
        )
